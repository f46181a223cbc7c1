// Exporter: its own health, and what it costs.
local panels = import 'lib/panels.libsonnet';
local style = import 'lib/style.libsonnet';

local build(config) =
  local d = (import 'lib/dashboard.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local q = (import 'lib/queries.libsonnet')(config).exporter;

  local yes = [{ type: 'value', options: {
    '0': { text: 'No', color: 'red', index: 0 },
    '1': { text: 'Yes', color: 'green', index: 1 },
  } }];
  local flag(id, title, description, metric) =
    panels.stat(id, title, description, 'short', [panels.instant(q.worst('min', metric), title)]) + panels.mappings(yes) + panels.steps(style.plain);
  local age(id, title, description, metric, how, steps) =
    panels.stat(id, title, description, 's', [panels.instant('time() - ' + q.worst(how, metric), title)]) +
    panels.defaults({ decimals: 0 }) + panels.steps(steps);
  local graph(id, title, description, unit, targets) =
    panels.timeseries(id, title, description, unit, targets) + panels.defaults({ min: 0 }) + panels.custom({ fillOpacity: 0, lineWidth: 2 });

  d.new(
    'exporter',
    'Tallystick / Exporter',
    'How the exporter itself is: whether it reaches Prometheus, keeps up with time, and what it costs.',
    config.exporterFrom,
    [variables.datasource, variables.job, variables.instance],
    d.links('exporter'),
    [],
    [
      d.band(4, [
        [3, flag(1, 'Connected', 'Whether Prometheus answered the latest request of every exporter that is chosen.', 'tallystick_up')],
        [3, flag(2, 'Definitions load', 'Whether the latest loading of definitions went well; if not, those before it are in force.', 'tallystick_config_last_reload_successful')],
        [3, age(3, 'Definitions since', 'How long ago definitions were last loaded well.', 'tallystick_config_last_reload_success_timestamp_seconds', 'min', style.plain)],
        [3, panels.stat(4, 'SLOs', 'How many SLOs are in force.', 'short', [panels.instant(q.worst('max', 'tallystick_slos'), 'SLOs')]) + panels.defaults({ decimals: 0 }) + panels.steps(style.plain)],
        [3, age(5, 'Latest round', 'How long ago the latest round ended; rounds are a minute apart.', 'tallystick_round_end_timestamp_seconds', 'min', style.ledgerAge)],
        [3, age(6, 'Ledger', 'How far the record of the SLO that is furthest behind lags.', 'slo_ledger_end_timestamp_seconds', 'min', style.ledgerAge)],
        [3, panels.stat(7, 'Past read', 'How much of the past that is to be read has been read.', 'percentunit', [panels.instant(q.worst('min', 'tallystick_backfill_done_ratio'), 'Past read')]) + panels.defaults({ decimals: 0 }) + panels.steps(style.coverage)],
        [3, panels.stat(8, 'Version', 'Versions of tallystick that run.', 'short', [panels.instant('count by (version) (' + q.value('tallystick_build_info') + ')', '{{version}}')]) + panels.options({ textMode: 'name' }) + panels.steps(style.plain)],
      ]),
      d.band(8, [
        [12, graph(9, 'Time of a round', 'How long the latest round took. A round has a minute.', 's', [panels.range(q.value('tallystick_round_duration_seconds'), '{{instance}}')])],
        [12, graph(10, 'Readings that failed', 'Readings of an SLO that failed, per second, by reason; each is tried again in the next round.', 'cps', [panels.range(q.failures(), '{{reason}}')]) + panels.seldom],
      ]),
      d.band(8, [
        [8, graph(11, 'Requests to Prometheus', 'Requests per second, by instance: a handful each minute, however many SLOs there are.', 'reqps', [panels.range(q.rate('tallystick_requests_total'), '{{instance}}')])],
        [8, graph(12, 'Slices written', 'Slices of time written to the ledger per second: one each minute of every SLO and group, many while the past is read.', 'cps', [panels.range(q.rate('tallystick_ledger_slices_total'), '{{instance}}')])],
        [8, graph(13, 'Rounds that failed', 'Rounds that the ledger made impossible, per second.', 'cps', [panels.range(q.rate('tallystick_round_failures_total'), '{{instance}}')]) + panels.seldom],
      ]),
      d.band(8, [
        [12, graph(14, 'Memory', 'Resident memory of the exporter.', 'bytes', [panels.range(q.ofExporter(q.value('process_resident_memory_bytes')), '{{instance}}')])],
        [12, graph(15, 'Processor', 'Share of one processor that the exporter takes.', 'percentunit', [panels.range(q.ofExporter(q.rate('process_cpu_seconds_total')), '{{instance}}')]) + panels.defaults({ decimals: 2 })],
      ]),
      d.band(8, [
        [12, graph(16, 'Rules: time against interval', 'Share of its interval that evaluating our slowest groups of rules takes; at 1 evaluations are missed. From Prometheus’ own metrics, if it scrapes itself.', 'percentunit', [panels.range(q.slowestRules(5), '{{group}}')]) + panels.defaults({ decimals: 2 })],
        [12, graph(17, 'Rules that failed', 'Evaluations of our rules that failed, and those that were missed, per second. From Prometheus’ own metrics, if it scrapes itself.', 'cps', [
          panels.range('sum(rate(' + q.rules('prometheus_rule_evaluation_failures_total') + '[$__rate_interval]))', 'failed'),
          panels.range('sum(rate(' + q.rules('prometheus_rule_group_iterations_missed_total') + '[$__rate_interval]))', 'missed'),
        ]) + panels.seldom],
      ]),
    ],
  );

{
  grafanaDashboards+:: { 'tallystick-exporter.json': build($._config) },
}
