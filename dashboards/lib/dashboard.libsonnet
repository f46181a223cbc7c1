// A dashboard around its panels: place, links, annotations, and what is the same on all of them.
local datasource = (import 'panels.libsonnet').datasource;
local style = import 'style.libsonnet';

// What comes before each element: [3, 4, 5] -> [0, 3, 7].
local before(sizes) = [std.sum(sizes[0:i]) for i in std.range(0, std.length(sizes) - 1)];

// A field of an object in Grafana's links.
local field(label) = if std.length(std.findSubstr('.', label) + std.findSubstr(' ', label)) == 0 then '.' + label else '["' + label + '"]';

function(config) {
  local queries = (import 'queries.libsonnet')(config),

  // Panels side by side: band(height, [[width, panel], ...]). One height for all: Grafana packs upwards, and
  // neighbours of different heights leave holes.
  band(height, cells)::
    assert std.sum([c[0] for c in cells]) == 24 : 'the widths of a band make 24';
    { height: height, cells: cells },
  rowBand(row):: $.band(1, [[24, row]]),

  local place(bands) =
    local ys = before([b.height for b in bands]);
    std.flattenArrays([
      local xs = before([c[0] for c in bands[i].cells]);
      [
        bands[i].cells[k][1] { gridPos: { x: xs[k], y: ys[i], w: bands[i].cells[k][0], h: bands[i].height } }
        for k in std.range(0, std.length(xs) - 1)
      ]
      for i in std.range(0, std.length(bands) - 1)
    ]),

  uid(name):: config.dashboardUidPrefix + name,
  // Address of another dashboard, with the data source, team and tier that are chosen here.
  address(name):: '/d/' + $.uid(name) + '?${datasource:queryparam}&${team:queryparam}&${tier:queryparam}',
  // To the page of a service.
  serviceLink(service):: {
    title: 'Open this service',
    url: $.address('service') + '&var-service=' + service + '&${__url_time_range}',
    targetBlank: false,
  },
  local toSlo(service, slo, window, group) = {
    title: 'Open this SLO',
    url: $.address('slo') + '&var-service=' + service + '&var-slo=' + slo +
         std.join('', ['&var-' + queries.chooser(label) + '=' + group(label) for label in queries.groupLabels]) +
         (if window == '' then '' else '&var-window=' + window) + '&${__url_time_range}',
    targetBlank: false,
  },
  // From a table's row to its SLO, and to its group if it has any.
  sloLink(service, slo, window):: toSlo(service, slo, window, function(label) '${__data.fields' + field(label) + '}'),
  // From a bar.
  barLink:: toSlo('${__field.labels.slo_service}', '${__field.labels.slo}', '', function(label) '${__field.labels' + field(label) + '}'),
  // All the others, at the top.
  links(own):: [
    $.link(one[0], one[1], 'dashboard')
    for one in [
      ['Portfolio', 'portfolio'],
      ['On-call', 'oncall'],
      ['Service', 'service'],
      ['SLO', 'slo'],
      ['Agreements', 'agreements'],
      ['Exporter', 'exporter'],
    ]
    if one[1] != own
  ],
  link(title, name, icon):: {
    title: title,
    type: 'link',
    icon: icon,
    url: $.address(name),
    tooltip: title,
    tags: [],
    asDropdown: false,
    includeVars: false,
    keepTime: true,
    targetBlank: false,
  },
  annotation(name, expr, color, enable, title='{{alertname}} ({{severity}})', text='{{slo}} {{long_window}}'):: {
    name: name,
    datasource: datasource,
    enable: enable,
    hide: false,
    iconColor: color,
    expr: expr,
    step: '60s',
    titleFormat: title,
    textFormat: text,
    tagKeys: 'slo,severity',
    useValueForTime: false,
  },

  // Of SLOs: alerts, agreed time, and when their definitions changed. q: has alerts(), excluded() and changed(). pages: whether
  // they are shown at first.
  annotations(q, pages):: [
    $.annotation('Pages', q.alerts([config.pageSelector]), style.page, pages),
    $.annotation('Tickets', q.alerts([config.ticketSelector]), style.ticket, false),
    $.annotation('Exclusions', q.excluded(), style.unknown, pages, 'Excluded', '{{slo}}'),
    $.annotation('Definition changes', q.changed(), style.change, false, 'Definition changed', '{{slo}}, revision {{slo_revision}}'),
  ],

  new(name, title, description, from, variables, links, annotations, bands):: {
    uid: $.uid(name),
    title: title,
    description: description,
    tags: config.dashboardTags,
    editable: false,
    graphTooltip: 1,
    // Not above 42, which Grafana 11 to 13 all read.
    schemaVersion: 42,
    version: 1,
    timezone: config.dashboardTimezone,
    refresh: config.dashboardRefresh,
    time: { from: from, to: 'now' },
    timepicker: {},
    fiscalYearStartMonth: 0,
    weekStart: '',
    templating: { list: variables },
    links: links,
    panels: place(bands),
    annotations: { list: [{
      builtIn: 1,
      datasource: { type: 'grafana', uid: '-- Grafana --' },
      enable: true,
      hide: true,
      iconColor: 'rgba(0, 211, 255, 1)',
      name: 'Annotations & Alerts',
      type: 'dashboard',
    }] + annotations },
  },
}
