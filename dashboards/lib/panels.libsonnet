// Panels as plain objects, to be composed with `+`. Ids are written out, so that a link to a panel stays right when
// another one is put before it.
local style = import 'style.libsonnet';
local datasource = { type: 'prometheus', uid: '${datasource}' };
local reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
local noLegend = { displayMode: 'list', placement: 'bottom', showLegend: false, calcs: [] };

local panel(type, id, title, description, unit, targets) = {
  type: type,
  id: id,
  title: title,
  description: description,
  datasource: datasource,
  // refId's order is the order of the targets; letters, as Grafana gives them.
  targets: [targets[i] { refId: std.char(65 + i) } for i in std.range(0, std.length(targets) - 1)],
  fieldConfig: { defaults: { unit: unit, noValue: 'No data' }, overrides: [] },
  options: {},
};

{
  datasource:: datasource,

  // Targets.
  range(expr, legend):: { datasource: datasource, editorMode: 'code', expr: expr, legendFormat: legend, range: true, instant: false },
  instant(expr, legend=''):: { datasource: datasource, editorMode: 'code', expr: expr, legendFormat: legend, range: false, instant: true },
  column(expr):: $.instant(expr) { format: 'table' },

  // Panels.
  stat(id, title, description, unit, targets):: panel('stat', id, title, description, unit, targets) + $.mappings(style.noDataMappings) {
    options: {
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'center',
      orientation: 'auto',
      reduceOptions: reduceOptions,
      showPercentChange: false,
      textMode: 'value',
      wideLayout: true,
    },
  },
  gauge(id, title, description, unit, targets):: panel('gauge', id, title, description, unit, targets) + $.mappings(style.noDataMappings) {
    options: {
      minVizHeight: 75,
      minVizWidth: 75,
      orientation: 'auto',
      reduceOptions: reduceOptions,
      showThresholdLabels: false,
      showThresholdMarkers: true,
      sizing: 'auto',
    },
  },
  bargauge(id, title, description, unit, targets):: panel('bargauge', id, title, description, unit, targets) + $.mappings(style.noDataMappings) {
    options: {
      displayMode: 'basic',
      maxVizHeight: 40,
      minVizHeight: 16,
      minVizWidth: 8,
      namePlacement: 'left',
      orientation: 'horizontal',
      reduceOptions: reduceOptions,
      showUnfilled: true,
      sizing: 'manual',
      text: { valueSize: 18 },
      valueMode: 'color',
    },
  },
  timeseries(id, title, description, unit, targets):: panel('timeseries', id, title, description, unit, targets) {
    fieldConfig+: { defaults+: { custom: {
      drawStyle: 'line',
      fillOpacity: 8,
      lineWidth: 1,
      showPoints: 'auto',
      spanNulls: false,
      thresholdsStyle: { mode: 'off' },
    } } },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  },
  text(id, title, description, markdown):: {
    type: 'text',
    id: id,
    title: title,
    description: description,
    datasource: datasource,
    targets: [],
    fieldConfig: { defaults: {}, overrides: [] },
    options: { mode: 'markdown', content: markdown, code: { language: 'plaintext', showLineNumbers: false, showMiniMap: false } },
  },
  heatmap(id, title, description, unit, targets):: panel('heatmap', id, title, description, 'short', targets) {
    fieldConfig+: { defaults+: { custom: { scaleDistribution: { type: 'linear' } } } },
    options: {
      calculate: false,
      cellGap: 1,
      color: { exponent: 0.5, fill: 'dark-orange', mode: 'scheme', reverse: false, scale: 'exponential', scheme: 'Oranges', steps: 64 },
      legend: { show: true },
      showValue: 'never',
      tooltip: { mode: 'single', showColorScale: false, yHistogram: false },
      yAxis: { axisPlacement: 'left', reverse: false, unit: unit },
    },
  },
  stateTimeline(id, title, description, targets):: panel('state-timeline', id, title, description, 'short', targets) {
    fieldConfig+: { defaults+: { color: { mode: 'thresholds' }, custom: { fillOpacity: 80, lineWidth: 0 } } },
    options: {
      alignValue: 'left',
      legend: noLegend,
      mergeValues: true,
      rowHeight: 0.8,
      showValue: 'auto',
      tooltip: { mode: 'single', sort: 'none' },
    },
  },
  // columns: { name, expr, label or null, props }; one row for each set of labels that the queries share.
  // A column is a label of the first query (label) or the value of a query of its own (expr).
  table(id, title, description, columns)::
    local values = [c for c in columns if 'expr' in c];
    local ref(i) = std.char(65 + i);
    local field(c) = if 'expr' in c then
      (if std.length(values) == 1 then 'Value' else 'Value #' + ref(std.find(c, values)[0]))
    else c.label;
    // Labels can be filtered by.
    local props(c) = (if 'label' in c then { 'custom.filterable': true } else {}) + (if 'props' in c then c.props else {});
    panel('table', id, title, description, 'short', [$.column(c.expr) for c in values]) {
      fieldConfig+: {
        defaults+: { custom: { align: 'auto', cellOptions: { type: 'auto' }, filterable: false, inspect: false } },
        overrides: [$.named(c.name, props(c)) for c in columns if props(c) != {}],
      },
      options: { cellHeight: 'sm', showHeader: true, sortBy: [] },
      transformations: [
        { id: 'merge', options: {} },
        { id: 'organize', options: {
          excludeByName: { Time: true },
          indexByName: { [field(columns[i])]: i for i in std.range(0, std.length(columns) - 1) },
          renameByName: { [field(c)]: c.name for c in columns },
        } },
      ],
    },
  // A time of its own, whatever the dashboard shows, with one value a day. The days end at midnight, as Grafana begins steps there.
  daily(back):: { timeFrom: back, interval: '1d', maxDataPoints: 400 },
  row(id, title):: { type: 'row', id: id, title: title, collapsed: false, panels: [] },

  // Parts to add to a panel.
  defaults(props):: { fieldConfig+: { defaults+: props } },
  custom(props):: { fieldConfig+: { defaults+: { custom+: props } } },
  options(props):: { options+: props },
  overrides(list):: { fieldConfig+: { overrides+: list } },
  // Before those of the panel's kind.
  mappings(list):: { fieldConfig+: { defaults+: { mappings: list + (if 'mappings' in super then super.mappings else []) } } },
  steps(thresholds):: $.defaults({ color: { mode: 'thresholds' }, thresholds: thresholds }),
  sortBy(name, desc):: $.options({ sortBy: [{ displayName: name, desc: desc }] }),
  // Of rates that are usually 0: by itself the scale would go up to 100 then.
  seldom:: $.custom({ axisSoftMax: 0.1 }),
  stacked:: $.custom({ fillOpacity: 60, lineWidth: 0, showPoints: 'never', stacking: { group: 'A', mode: 'normal' } }),

  // Overrides.
  named(name, props):: { matcher: { id: 'byName', options: name }, properties: [{ id: k, value: props[k] } for k in std.objectFields(props)] },
  matching(regexp, props):: $.named(regexp, props) { matcher: { id: 'byRegexp', options: '/' + regexp + '/' } },
  fixed(color):: { color: { mode: 'fixed', fixedColor: color } },
  dashed(color):: $.fixed(color) {
    'custom.fillOpacity': 0,
    'custom.lineStyle': { dash: [10, 10], fill: 'dash' },
    'custom.lineWidth': 2,
    'custom.showPoints': 'never',
  },
  // What explains itself and would only fill the legend.
  unlisted:: { 'custom.hideFrom': { legend: true, tooltip: false, viz: false } },
}
