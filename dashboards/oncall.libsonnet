// On-call: what is firing, how fast it burns, how long is left, and where to go next. Works on rules alone.
local panels = import 'lib/panels.libsonnet';
local style = import 'lib/style.libsonnet';

local build(config) =
  local d = (import 'lib/dashboard.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local parts = (import 'lib/parts.libsonnet')(config);
  local q = (import 'lib/queries.libsonnet')(config).oncall;

  local count(id, title, description, expr, color) =
    panels.stat(id, title, description, 'short', [panels.instant(q.counted(expr), title)]) +
    panels.defaults({ decimals: 0 }) + panels.steps(style.any(color));

  local toSlo = d.sloLink('${__data.fields.Service}', '${__data.fields.SLO}', '');
  local right(width, more) = { 'custom.align': 'right', 'custom.width': width, mappings: style.unknownMappings } + more;
  local colored(width, more) = right(width, { 'custom.cellOptions': { type: 'color-text' } } + more);
  local firing =
    panels.table(6, 'Firing now', 'One row for each alert that fires, pages first. Burn rates are from the rules; the budget and how long it lasts are the exporter’s. Click an SLO for its own page.', [
      { name: 'Severity', label: 'severity', props: { 'custom.cellOptions': { type: 'color-text' }, 'custom.width': 85, mappings: style.severityMappings } },
      { name: 'SLO', label: 'slo', props: { 'custom.minWidth': 200, links: [toSlo] } },
      { name: 'Service', label: 'slo_service', props: { 'custom.minWidth': 110, links: [d.serviceLink('${__data.fields.Service}')] } },
    ] + parts.groups + [
      { name: 'Alert', label: 'alertname', props: { 'custom.width': 190 } },
      { name: 'Since', expr: q.since(), props: { 'custom.width': 140, unit: 'dateTimeFromNow' } },
      { name: 'Burn rate, 5 m', expr: q.beside(q.burn('5m')), props: colored(115, { decimals: 1, thresholds: style.burn, unit: 'none' }) },
      { name: 'Burn rate, 1 h', expr: q.beside(q.burn('1h')), props: colored(115, { decimals: 1, thresholds: style.burn, unit: 'none' }) },
      { name: 'Burn rate, 6 h', expr: q.beside(q.burn('6h')), props: colored(115, { decimals: 1, thresholds: style.burn, unit: 'none' }) },
      { name: 'Budget left', expr: q.left(), props: colored(105, { decimals: 1, thresholds: style.budget(config.atRiskBelow), unit: 'percentunit' }) },
      { name: 'Time until spent', expr: q.lasts(), props: colored(130, {
        decimals: 1,
        mappings: style.exhaustionMappings + style.unknownMappings,
        thresholds: style.untilExhaustion,
        unit: 's',
      }) },
    ]) + panels.defaults({ noValue: 'Nothing fires' }) + panels.sortBy('Severity', false);

  local worst(id, title, range, description) =
    panels.bargauge(id, title, description + ' 1 spends the budget exactly in its window.', 'none', [
      panels.instant(q.worstBurners(range), parts.named),
    ]) +
    panels.defaults({ decimals: 1, max: style.highBurn, min: 0, links: [d.barLink] }) +
    panels.steps(style.burn);

  d.new(
    'oncall',
    'Tallystick / On-call',
    'What is firing now, how fast budgets burn, how long they last, and who is hit.',
    config.oncallFrom,
    [variables.datasource, variables.team, variables.tier, variables.services],
    d.links('oncall'),
    d.annotations(q, true),
    [
      d.band(4, [
        [5, count(1, 'SLOs paging', 'SLOs with a page that is firing.', 'count by (slo) (' + q.alerts([config.pageSelector]) + ')', style.breached)],
        [5, count(2, 'SLOs with tickets', 'SLOs with a ticket that is firing.', 'count by (slo) (' + q.alerts([config.ticketSelector]) + ')', style.atRisk)],
        [5, count(3, 'Signals missing', 'SLOs whose events were counted within the last day and no longer are: nothing tells whether they are kept.', 'count by (slo) (' + q.alerts(['alertname="SLOSignalMissing"']) + ')', style.breached)],
        [5, count(4, 'Burning above 1', 'SLOs that spent their budget faster than it lasts in the last hour, whether an alert fires or not.', q.worstBurnersAbove('1h'), style.atRisk)],
        [4, count(5, 'Excluded now', 'SLOs that an agreed exclusion takes out at the moment: they do not page.', q.excluded(), style.unknown)],
      ]),
      d.band(10, [[24, firing]]),
      d.band(9, [
        [8, worst(7, 'Burning fastest, last 5 minutes', '5m', 'What is on fire now.')],
        [8, worst(8, 'Burning fastest, last hour', '1h', 'What pages within the hour.')],
        [
          8,
          panels.bargauge(9, 'Most users hit', 'Bad events per second over the last five minutes: how many are hit, whatever the objective.', 'cps', [
            panels.instant(q.badEvents(), parts.named),
          ]) + panels.defaults({ decimals: 2, min: 0, noValue: 'None', links: [d.barLink] }) + panels.steps(style.all(style.atRisk)),
        ],
      ]),
      d.band(10, [[
        24,
        panels.stateTimeline(10, 'Alerts', 'Each SLO that had an alert in the time shown: silent, pending or firing.', [panels.range(q.timeline(), '{{slo}}')]) +
        panels.mappings(style.alertMappings) + panels.steps(style.plain) + panels.defaults({ noValue: 'Nothing fired' }),
      ]]),
    ],
  );

{
  grafanaDashboards+:: { 'tallystick-oncall.json': build($._config) },
}
