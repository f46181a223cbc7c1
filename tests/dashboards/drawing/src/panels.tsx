// Kinds of panels, on Grafana's own parts: field config, display values, uPlot, BigValue, BarGauge, TableNG.
import {
  FieldColorModeId,
  FieldConfigProperty,
  FieldType,
  PanelPlugin,
  cacheFieldDisplayNames,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  identityOverrideProcessor,
  renderMarkdown,
} from '@grafana/data';
import { sceneUtils } from '@grafana/scenes';
import { defaultOptions as barGaugeDefaults } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import { defaultOptions as statDefaults } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import { BarGauge, BigValue, TimeSeries, VizRepeater, useTheme2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import React from 'react';
import { Dial, Empty, Heatmap, StateTimeline } from './shapes';

// One drawing for each value that the panel comes down to.
function Values({ panel, draw, more, options }: any) {
  const theme = useTheme2();
  const getValues = () =>
    getFieldDisplayValues({
      fieldConfig: panel.fieldConfig,
      reduceOptions: panel.options.reduceOptions,
      replaceVariables: panel.replaceVariables,
      theme,
      data: panel.data.series,
      timeZone: panel.timeZone,
      ...more,
    });
  if (!getValues().length) return <Empty />;
  return (
    <VizRepeater
      getAlignmentFactors={getDisplayValueAlignmentFactors as any}
      getValues={getValues}
      renderValue={(one: any) => draw({ ...one, theme })}
      width={panel.width}
      height={panel.height}
      source={panel.data}
      renderCounter={panel.renderCounter}
      orientation={panel.options.orientation}
      {...options}
    />
  );
}

const Stat = (panel: any) => (
  <Values
    panel={panel}
    more={{ sparkline: panel.options.graphMode !== 'none' }}
    options={{ autoGrid: true, itemSpacing: 3 }}
    draw={({ value, width, height, count, alignmentFactors, theme }: any) => (
      <BigValue
        value={value.display}
        count={count}
        sparkline={value.sparkline}
        colorMode={panel.options.colorMode}
        graphMode={panel.options.graphMode}
        justifyMode={panel.options.justifyMode}
        textMode={panel.options.textMode}
        text={panel.options.text}
        width={width}
        height={height}
        theme={theme}
        disableWideLayout={!panel.options.wideLayout}
        alignmentFactors={alignmentFactors}
      />
    )}
  />
);

const Bars = (panel: any) => (
  <Values
    panel={panel}
    options={{ minVizHeight: panel.options.minVizHeight, maxVizHeight: panel.options.maxVizHeight, itemSpacing: 8 }}
    draw={({ value, width, height, orientation, alignmentFactors, theme }: any) => (
      <BarGauge
        theme={theme}
        value={value.display}
        field={value.field}
        display={value.view?.getFieldDisplayProcessor(value.colIndex)}
        text={panel.options.text}
        width={width}
        height={height}
        orientation={orientation}
        displayMode={panel.options.displayMode}
        showUnfilled={panel.options.showUnfilled}
        valueDisplayMode={panel.options.valueMode}
        namePlacement={panel.options.namePlacement}
        itemSpacing={8}
        lcdCellWidth={12}
        alignmentFactors={alignmentFactors}
      />
    )}
  />
);

const Gauge = (panel: any) => (
  <Values
    panel={panel}
    options={{ autoGrid: true, itemSpacing: 8 }}
    draw={({ value, width, height }: any) => (
      <Dial display={value.display} field={value.field} width={width} height={height} />
    )}
  />
);

// Grafana's core marks annotations as this does: a line, its time shaded, and a mark on the axis.
function annotate(plot: any, frames: any[], theme: any) {
  const { left, top, width, height } = plot.bbox;
  for (const frame of frames) {
    const values = (name: string) => frame.fields.find((field: any) => field.name === name)?.values ?? [];
    values('time').forEach((time: number, i: number) => {
      const from = plot.valToPos(time, 'x', true);
      const to = plot.valToPos(values('timeEnd')[i] ?? time, 'x', true);
      if (to < left || from > left + width) return;
      plot.ctx.save();
      plot.ctx.fillStyle = theme.visualization.getColorByName(values('color')[i]);
      plot.ctx.fillRect(from, top, 1, height);
      plot.ctx.fillRect(from, top + height, Math.max(4, to - from), 3);
      plot.ctx.globalAlpha = 0.15;
      plot.ctx.fillRect(from, top, Math.max(1, to - from), height);
      plot.ctx.restore();
    });
  }
}

function Lines(panel: any) {
  const theme = useTheme2();
  const { series, annotations = [], structureRev } = panel.data;
  const frames = series.filter((frame: any) => frame.fields.some((field: any) => field.type === FieldType.number));
  if (!frames.length) return <Empty />;
  return (
    <TimeSeries
      key={annotations.map((frame: any) => frame.length).join()} // drawn anew when they have come
      frames={frames}
      structureRev={structureRev}
      width={panel.width}
      height={panel.height}
      timeRange={panel.timeRange}
      timeZone={panel.timeZone}
      legend={panel.options.legend}
      options={panel.options}
    >
      {(builder: any) => {
        builder.addHook('draw', (plot: any) => annotate(plot, annotations, theme));
        return null;
      }}
    </TimeSeries>
  );
}

function Table(panel: any) {
  const { series, structureRev } = panel.data;
  if (!series.length) return <Empty />;
  cacheFieldDisplayNames(series);
  return (
    <TableNG
      data={series[0]}
      width={panel.width}
      height={panel.height}
      noHeader={!panel.options.showHeader}
      cellHeight={panel.options.cellHeight}
      sortBy={panel.options.sortBy}
      fieldConfig={panel.fieldConfig}
      timeRange={panel.timeRange}
      structureRev={structureRev}
    />
  );
}

const Text = ({ options, replaceVariables }: any) => (
  <div
    className="markdown-html"
    style={{ padding: 4 }}
    dangerouslySetInnerHTML={{ __html: renderMarkdown(replaceVariables(options.content, {}, 'html')) }}
  />
);

// Where it says nothing else, a panel has these; as Grafana's core has them.
const HIDE_FROM = { legend: false, tooltip: false, viz: false };
const LINES = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  showPoints: 'auto',
  pointSize: 5,
  stacking: { mode: 'none', group: 'A' },
  lineStyle: { fill: 'solid' },
  spanNulls: false,
  insertNulls: false,
  barAlignment: 0,
  barWidthFactor: 0.6,
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisBorderShow: false,
  axisGridShow: true,
  axisCenteredZero: false,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: HIDE_FROM,
};
const CELLS = {
  align: 'auto',
  cellOptions: { type: 'auto' },
  inspect: false,
  filterable: false,
  width: undefined,
  minWidth: undefined,
  wrapHeaderText: false,
  footer: { reducers: [] },
};
const STATES = { lineWidth: 0, fillOpacity: 70, spanNulls: false, hideFrom: HIDE_FROM, axisPlacement: 'auto' };
const HEAT = { scaleDistribution: { type: 'linear' }, hideFrom: HIDE_FROM };
const REDUCE = { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, orientation: 'auto' };
const LEGEND = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };

const colored = (mode: FieldColorModeId, bySeriesSupport = false) => ({
  [FieldConfigProperty.Color]: { settings: { byValueSupport: true, bySeriesSupport }, defaultValue: { mode } },
});
const BY_SERIES = colored(FieldColorModeId.PaletteClassic, true);
const BY_VALUE = colored(FieldColorModeId.Thresholds);

function register(id: string, component: any, fields: object, standardOptions: any, options: object) {
  const nothing = () => null;
  const plugin = new PanelPlugin<any>(component);
  const editor = (path: string, defaultValue: any) => ({ id: path, path, name: path, defaultValue, editor: nothing });
  plugin.useFieldConfig({
    standardOptions,
    useCustomConfig: (builder: any) => {
      for (const [path, value] of Object.entries(fields)) {
        const how = { override: nothing, process: identityOverrideProcessor, shouldApply: () => true };
        builder.addCustomEditor({ ...editor(path, value), ...how });
      }
    },
  });
  plugin.setPanelOptions((builder: any) => {
    for (const [path, value] of Object.entries(options)) builder.addCustomEditor(editor(path, value));
  });
  plugin.setDataSupport({ annotations: true, alertStates: true });
  sceneUtils.registerRuntimePanelPlugin({ pluginId: id, plugin });
}

export function registerPanels() {
  register('timeseries', Lines, LINES, BY_SERIES, { legend: LEGEND, tooltip: { mode: 'single', sort: 'none' } });
  register('stat', Stat, {}, BY_VALUE, { ...statDefaults, ...REDUCE });
  register('gauge', Gauge, {}, BY_VALUE, { ...REDUCE });
  register('bargauge', Bars, {}, BY_VALUE, { ...barGaugeDefaults, ...REDUCE });
  register('table', Table, CELLS, BY_VALUE, { showHeader: true, cellHeight: 'sm' });
  register('state-timeline', StateTimeline, STATES, colored(FieldColorModeId.ContinuousGrYlRd), { rowHeight: 0.9 });
  register('heatmap', Heatmap, HEAT, BY_SERIES, { yAxis: {}, cellGap: 1, color: { exponent: 0.5 } });
  register('text', Text, {}, {}, { content: '' });
}
