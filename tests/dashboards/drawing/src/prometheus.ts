// A data source in the browser that asks a real Prometheus: what Grafana's back end does for the queries that a panel holds.
import { DataFrameType, DataSourceApi, FieldType, dateMath, toDataFrame } from '@grafana/data';
import { sceneGraph } from '@grafana/scenes';
import { of } from 'rxjs';

export const problems: string[] = [];

type Labels = Record<string, string>;
type Point = [number, string];
type Series = { labels: Labels; points: Point[] };

async function api(path: string, params: Record<string, any>) {
  const body = new URLSearchParams(params);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await (await fetch('/prometheus/api/v1/' + path, { method: 'POST', headers, body })).json();
  if (answer.status !== 'success') {
    problems.push(`${answer.error} in ${params.query ?? path}`);
    throw new Error(answer.error);
  }
  return answer.data;
}

const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400, w: 604800, y: 31536000 };
const secondsOf = (duration: string) =>
  [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, count, unit]) => sum + +count * UNITS[unit], 0);

// How values of variables stand in PromQL: as regular expressions where there may be several.
const escaped = (text: any) =>
  String(text)
    .replace(/\\/g, '\\\\\\\\')
    .replace(/[$^*{}\[\]'+?.()|]/g, '\\\\$&');
const inPromql = (value: any, variable: any) => {
  if (Array.isArray(value)) return value.length === 1 ? escaped(value[0]) : `(${value.map(escaped).join('|')})`;
  if (variable?.multi || variable?.includeAll) return escaped(value);
  return String(value).replace(/\\/g, '\\\\').replace(/"/g, '\\"');
};

const filled = (format: string, labels: Labels) =>
  format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');
const legend = (format: string | undefined, labels: Labels) => {
  if (format && format !== '__auto') return filled(format, labels);
  const { __name__: name = '', ...others } = labels;
  const list = Object.entries(others).map(([key, text]) => `${key}="${text}"`);
  return list.length ? `${name}{${list.join(', ')}}` : name || 'Value';
};
const number = (text: string) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : parseFloat(text));

export class Prometheus extends DataSourceApi<any> {
  // Whatever is above 0 is one event, as long as it lasts.
  annotations = {
    prepareAnnotation: (annotation: any) => annotation,
    prepareQuery: (annotation: any) => ({
      refId: 'Anno',
      expr: annotation.expr,
      range: true,
      interval: annotation.step,
    }),
    processEvents: (annotation: any, frames: any[]) => {
      const events: any[] = [];
      for (const { fields, meta } of frames) {
        const [times, values] = fields;
        let event: any;
        times.values.forEach((time: number, i: number) => {
          if (!values.values[i]) return;
          if (event && time - event.timeEnd <= 2 * meta.custom.stepMs) event.timeEnd = time;
          else
            events.push(
              (event = {
                time,
                timeEnd: time,
                isRegion: true,
                title: filled(annotation.titleFormat ?? '', values.labels),
                text: filled(annotation.textFormat ?? '', values.labels),
                color: annotation.iconColor,
                source: annotation,
                id: String(events.length),
              }),
            );
        });
      }
      return of(events);
    },
  } as any;

  constructor(
    settings: any,
    private readonly scrapeSeconds: number,
  ) {
    super(settings);
  }

  expanded(expr: string, request: any, step: number) {
    const range = Math.round((request.range.to.valueOf() - request.range.from.valueOf()) / 1000);
    const own: Record<string, string> = {
      __rate_interval: `${Math.max(step + this.scrapeSeconds, 4 * this.scrapeSeconds)}s`,
      __interval: `${step}s`,
      __range: `${range}s`,
    };
    const text = expr.replace(/\$\{?(__rate_interval|__interval|__range)\}?/g, (_, name) => own[name]);
    const scene = request.scopedVars?.__sceneObject?.value?.valueOf();
    const made = scene ? sceneGraph.interpolate(scene, text, request.scopedVars, inPromql as any) : text;
    const left = made.match(/\$\{?[a-zA-Z_]\w*/);
    if (left) problems.push(`unresolved ${left[0]} in ${made}`);
    return made;
  }

  query(request: any): any {
    return this.ask(request);
  }

  private async ask(request: any) {
    const targets = request.targets.filter((target: any) => !target.hide && target.expr);
    const data: any[] = [];
    for (const target of targets) {
      const from = request.range.from.valueOf() / 1000;
      const to = request.range.to.valueOf() / 1000;
      const least = target.interval ? secondsOf(target.interval) : this.scrapeSeconds;
      const step = Math.max(1, Math.ceil(Math.max(request.intervalMs / 1000, least, (to - from) / 11000)));
      const query = this.expanded(target.expr, request, step);
      const edges = { start: Math.floor(from / step) * step, end: Math.floor(to / step) * step };
      const { resultType, result } = target.instant
        ? await api('query', { query, time: to })
        : await api('query_range', { query, step, ...edges });
      const rows = resultType === 'scalar' ? [{ metric: {}, value: result }] : result;
      const series = rows.map((row: any) => ({ labels: row.metric, points: row.values ?? [row.value] }));
      if (target.format === 'table') data.push(table(target, series, targets.length > 1));
      else if (target.format === 'heatmap') data.push(heatmap(target, series, step));
      else data.push(...series.map((one: Series) => line(target, one, step)));
    }
    return { data };
  }

  async metricFindQuery(query: any, options: any): Promise<any[]> {
    const range = options.range ?? { from: dateMath.parse('now-6h'), to: dateMath.parse('now') };
    const text = this.expanded(query.query ?? query, { ...options, range }, 60);
    const values = text.match(/^label_values\((.+),\s*(\w+)\)\s*$/s);
    if (!values) {
      problems.push(`variable query not understood: ${text}`);
      return [];
    }
    const [, selector, label] = values;
    const time = range.to.valueOf() / 1000;
    const { result } = await api('query', { query: `count by (${label}) (last_over_time(${selector}[1d]))`, time });
    return result.filter((row: any) => row.metric[label]).map((row: any) => ({ text: row.metric[label] }));
  }

  testDatasource(): any {
    return Promise.resolve({});
  }
}

function line(target: any, { labels, points }: Series, step: number) {
  const config = { displayNameFromDS: legend(target.legendFormat, labels) };
  return toDataFrame({
    refId: target.refId,
    meta: { custom: { stepMs: step * 1000 } },
    fields: [
      {
        name: 'Time',
        type: FieldType.time,
        config: { interval: step * 1000 },
        values: points.map(([at]) => at * 1000),
      },
      { name: 'Value', type: FieldType.number, labels, config, values: points.map(([, text]) => number(text)) },
    ],
  });
}

function table(target: any, series: Series[], many: boolean) {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort();
  const rows = series.flatMap(({ labels, points }) => points.map((point) => ({ labels, point })));
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, config: {}, values: rows.map(({ point }) => point[0] * 1000) },
      ...names.map((name) => ({
        name,
        type: FieldType.string,
        config: { filterable: true },
        values: rows.map(({ labels }) => labels[name] ?? ''),
      })),
      {
        name: many ? `Value #${target.refId}` : 'Value',
        type: FieldType.number,
        config: {},
        values: rows.map(({ point }) => number(point[1])),
      },
    ],
  });
}

// Buckets hold what those below them hold; a heatmap shows each by itself.
function heatmap(target: any, series: Series[], step: number) {
  const sorted = [...series].sort((one, other) => number(one.labels.le) - number(other.labels.le));
  const times = [...new Set(sorted.flatMap(({ points }) => points.map(([at]) => at)))].sort(
    (one, other) => one - other,
  );
  let below = times.map(() => 0);
  const buckets = sorted.map(({ labels, points }) => {
    const at = new Map(points.map(([time, text]) => [time, number(text)]));
    const upTo = times.map((time) => at.get(time) ?? 0);
    const values = upTo.map((count, i) => Math.max(0, count - below[i]));
    below = upTo;
    return { name: labels.le ?? '', type: FieldType.number, labels, config: {}, values };
  });
  const time = {
    name: 'Time',
    type: FieldType.time,
    config: { interval: step * 1000 },
    values: times.map((at) => at * 1000),
  };
  return toDataFrame({ refId: target.refId, meta: { type: DataFrameType.HeatmapRows }, fields: [time, ...buckets] });
}
