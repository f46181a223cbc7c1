// SLO: one promise in full, and beneath it all promises of its service.
local panels = import 'lib/panels.libsonnet';
local style = import 'lib/style.libsonnet';

local build(config) =
  local d = (import 'lib/dashboard.libsonnet')(config);
  local parts = (import 'lib/parts.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local queries = (import 'lib/queries.libsonnet')(config);
  local q = queries.slo;
  local ofService = queries.service;

  local budget = style.budget(config.atRiskBelow);
  // The pairs of windows that SLOs have unless they say otherwise, which have colours of their own.
  local usual = { page: [['1h', '5m'], ['6h', '30m']], ticket: [['1d', '2h'], ['3d', '6h']] };

  // Where there are no groups, nobody need be told of them.
  local ofWorst = if queries.groups == [] then '' else ' Of several groups that are chosen, the worst.';

  local verdict = [
    [
      3,
      panels.stat(1, 'State', 'Whether the promise is kept in the window. Unknown: no data, no traffic, or figures that are old.' + ofWorst, 'short', [panels.instant(q.state(), 'State')]) +
      panels.mappings(style.stateMappings) + panels.steps(style.plain) + panels.options({ colorMode: 'background_solid' }),
    ],
    [
      3,
      panels.stat(2, 'Objective', 'Promised share of good events.', 'percentunit', [panels.instant(q.value('slo_objective_ratio'), 'Objective')]) +
      panels.defaults({ decimals: 3 }) + panels.steps(style.plain),
    ],
    [
      4,
      panels.stat(3, 'Compliance', 'Delivered share of good events in the window.' + ofWorst, 'percentunit', [panels.instant(q.figure('slo_compliance_ratio'), 'Compliance')]) +
      panels.defaults({ decimals: 4 }) + panels.steps(style.plain),
    ],
    [
      5,
      panels.gauge(4, 'Budget left', "Share of the window's error budget that is left; below 0 it is overspent and the promise broken." + ofWorst, 'percentunit', [panels.instant(q.figure('slo_error_budget_remaining_ratio'), 'Budget left')]) +
      panels.defaults({ decimals: 1, max: 1, min: -1 }) + panels.steps(budget),
    ],
    [
      3,
      panels.stat(5, 'Burn rate, 1 h', 'How many times faster than sustainable the budget was spent in the last hour. 1 spends it exactly in its window.' + ofWorst, 'none', [panels.instant(q.value('slo_burn_rate', ['window="1h"']), 'Burn rate')]) +
      panels.defaults({ decimals: 2 }) + panels.steps(style.burn),
    ],
    [
      3,
      panels.stat(6, 'Time until spent', 'When the budget is spent at the burn rate of the last hour.' + ofWorst, 's', [panels.instant(q.exhaustion(), 'Time until spent')]) +
      panels.defaults({ decimals: 1 }) + panels.mappings(style.exhaustionMappings) + panels.steps(style.untilExhaustion),
    ],
    [
      3,
      panels.stat(7, 'Coverage', 'Share of the window that was observed. What was not observed counts neither as good nor as bad.' + ofWorst, 'percentunit', [panels.instant(q.coverage(), 'Coverage')]) +
      panels.defaults({ decimals: 1 }) + panels.steps(style.coverage),
    ],
  ];

  local burnDown =
    panels.timeseries(8, 'Budget left over time', 'Falls with each bad event and rises again as old ones leave a rolling window. Below 0 the promise is broken.', 'percentunit', [
      panels.range(q.figure('slo_error_budget_remaining_ratio'), 'Budget left'),
      panels.range(q.evenPace(), 'Even pace'),
    ]) +
    panels.defaults({ color: { mode: 'thresholds' }, decimals: 1, max: 1, thresholds: budget }) +
    panels.custom({ axisSoftMin: 0, gradientMode: 'scheme', lineWidth: 2, thresholdsStyle: { mode: 'dashed' } }) +
    panels.overrides([panels.named('Even pace', panels.dashed('text') { 'custom.gradientMode': 'none', 'custom.lineWidth': 1 })]);

  local spent =
    panels.timeseries(23, 'Budget spent by day', 'Share of the whole budget that each day spent, at the traffic of that day. The line is an even pace: a day of a 30-day window has a thirtieth.', 'percentunit', [
      panels.range(q.spentDaily(), 'Spent') { interval: '1d' },
      panels.range('1 / ' + q.value('slo:time_period:days'), 'Even pace') { interval: '1d' },
    ]) +
    panels.defaults({ decimals: 1, min: 0 }) + panels.custom({ drawStyle: 'bars', fillOpacity: 60, lineWidth: 0 }) +
    panels.overrides([panels.named('Spent', panels.fixed('orange')), panels.named('Even pace', panels.dashed('text') { 'custom.drawStyle': 'line', 'custom.lineWidth': 1 })]);

  local ofGroups =
    local right(props) = { 'custom.align': 'right', mappings: style.unknownMappings } + props;
    panels.table(24, 'Groups', 'The groups of the SLO, each an SLO of its own with its own budget and alerts, the worst first. Click one to see it alone.', [
      { name: label, label: label, props: { 'custom.minWidth': 120, links: [d.sloLink('${service}', '${slo}', '${window}')] } }
      for label in queries.groupLabels
    ] + [
      { name: 'State', expr: q.groupState(), props: {
        'custom.cellOptions': { type: 'color-background', mode: 'basic' },
        'custom.width': 100,
        mappings: style.stateMappings,
      } },
      { name: 'Compliance', expr: q.groupFigure('slo_compliance_ratio'), props: right({ decimals: 4, unit: 'percentunit' }) },
      { name: 'Budget left', expr: q.groupFigure('slo_error_budget_remaining_ratio'), props: right({
        'custom.cellOptions': { type: 'color-text' },
        decimals: 1,
        thresholds: budget,
        unit: 'percentunit',
      }) },
      { name: 'Burn rate, 1 h', expr: q.groupValue('slo_burn_rate', ['window="1h"']), props: right({ 'custom.cellOptions': { type: 'color-text' }, decimals: 2, thresholds: style.burn, unit: 'none' }) },
      { name: 'Coverage', expr: q.groupValue('slo_coverage_ratio'), props: right({ 'custom.cellOptions': { type: 'color-text' }, decimals: 1, thresholds: style.coverage, unit: 'percentunit' }) },
    ]) + panels.defaults({ noValue: '–' }) + panels.sortBy('State', true);

  local compliance =
    panels.timeseries(9, 'Compliance against objective', 'Delivered share of good events in the window that ends at each instant; dashed, what is promised. Gross is with nothing excluded.', 'percentunit', [
      panels.range(q.figure('slo_compliance_ratio'), 'Compliance'),
      panels.range(q.figure('slo_gross_compliance_ratio'), 'Gross'),
      panels.range(q.value('slo_objective_ratio'), 'Objective'),
    ]) +
    panels.defaults({ decimals: 3, max: 1 }) + panels.custom({ lineWidth: 2 }) +
    panels.overrides([panels.named('Compliance', panels.fixed('blue')), panels.named('Gross', panels.fixed('light-blue') { 'custom.fillOpacity': 0, 'custom.lineWidth': 1 }), panels.named('Objective', panels.dashed(style.breached))]);

  local colors = [['blue', 'light-blue', style.breached], ['purple', 'light-purple', 'dark-red']];
  local burnRates(id, title, severity) =
    local pairs = usual[severity];
    local threshold(long, short) = 'Threshold, ' + long + ' and ' + short;
    panels.timeseries(id, title, 'Burn rates that a ' + severity + ' of this SLO looks at, and dashed the thresholds. It fires while a long and its short window are both above theirs. The scale is straight up to 1, and logarithmic above.', 'none', [
      panels.range(q.burn('long', severity), '{{long_window}}'),
      panels.range(q.burn('short', severity), '{{short_window}}'),
      panels.range(q.threshold(severity), threshold('{{long_window}}', '{{short_window}}')),
    ]) +
    panels.defaults({ decimals: 2, min: 0 }) +
    // Straight up to 1, then by powers of ten: in a fire, thresholds would lie flat on the ground.
    panels.custom({ fillOpacity: 0, scaleDistribution: { type: 'symlog', linearThreshold: 1, log: 10 } }) +
    panels.overrides([panels.matching('^Threshold', panels.dashed(style.breached))] + std.flattenArrays([
      local c = colors[i];
      [
        panels.named(pairs[i][0], panels.fixed(c[0]) { 'custom.lineWidth': 2 }),
        panels.named(pairs[i][1], panels.fixed(c[1])),
        panels.named(threshold(pairs[i][0], pairs[i][1]), panels.dashed(c[2])),
      ]
      for i in std.range(0, std.length(pairs) - 1)
    ]));

  local alerts =
    panels.stateTimeline(12, 'Alerts', 'State of each alert of this SLO. Nothing is drawn where an alert has nothing to look at.', [
      panels.range(q.burnAlertStates(), '{{severity}}, {{long_window}} and {{short_window}}'),
      panels.range(q.alertState('SLOSignalMissing', q.value('slo:objective:ratio')), 'signal missing'),
    ]) +
    panels.mappings(style.alertMappings) + panels.steps(style.plain);

  local total = q.events('slo:sli_total:rate5m');
  local bad = q.events('slo:sli_bad:rate5m');
  local events = [
    [
      8,
      panels.timeseries(13, 'Events', 'Events per second that the SLO covers, good and bad.', 'cps', [
        panels.range(bad, 'Bad'),
        panels.range(total + ' - ' + bad, 'Good'),
      ]) + panels.stacked + panels.defaults({ min: 0 }) +
      panels.overrides([panels.named('Good', panels.fixed('green')), panels.named('Bad', panels.fixed('red'))]),
    ],
    [
      8,
      panels.timeseries(14, 'Bad events', 'Bad events per second, on a scale of their own.', 'cps', [panels.range(bad, 'Bad')]) +
      panels.defaults({ min: 0 }) + panels.overrides([panels.named('Bad', panels.fixed('red'))]),
    ],
    [
      8,
      panels.timeseries(15, 'Error ratio', 'Share of bad events in the last 5 minutes and in the last hour; dashed, the share that the objective allows.', 'percentunit', [
        panels.range(q.errorRatio('5m'), '5m'),
        panels.range(q.errorRatio('1h'), '1h'),
        panels.range(q.value('slo:error_budget:ratio'), 'Allowed'),
      ]) + panels.defaults({ decimals: 3, min: 0 }) +
      panels.overrides([panels.named('5m', panels.fixed('light-blue')), panels.named('1h', panels.fixed('blue')), panels.named('Allowed', panels.dashed(style.breached))]),
    ],
  ];

  local record = [
    [
      8,
      panels.bargauge(16, 'Burn rates', 'Burn rates from the ledger over longer and longer windows: a fresh fire is high at the top, a slow leak at the bottom.', 'none', [
        panels.instant(q.value('slo_burn_rate', ['window="' + w + '"']), w)
        for w in ['5m', '30m', '1h', '2h', '6h', '1d', '3d']
      ]) + panels.defaults({ decimals: 2, max: style.highBurn, min: 0 }) + panels.steps(style.burn),
    ],
    [
      8,
      panels.timeseries(17, 'Coverage', 'Share of the window that was observed, over time.', 'percentunit', [panels.range(q.coverage(), 'Coverage')]) +
      panels.defaults({ decimals: 1, max: 1, min: 0 }) + panels.overrides([panels.named('Coverage', panels.fixed('blue'))]),
    ],
    [
      8,
      panels.timeseries(18, 'Age of the figures', 'How far the ledger lags behind: budget and compliance are of then. Alerts do not depend on it.', 's', [
        panels.range('time() - ' + q.value('slo_ledger_end_timestamp_seconds'), 'Age'),
      ]) + panels.defaults({ min: 0, thresholds: style.ledgerAge }) + panels.custom({ thresholdsStyle: { mode: 'off' } }) + panels.overrides([panels.named('Age', panels.fixed('blue'))]),
    ],
  ];

  local ofTheService = [
    panels.table(20, 'SLOs of the service', 'Every SLO of the service in each of its windows, the worst first. Click one to see it above.', [
      parts.slo(d.sloLink('${service}', '${__data.fields.SLO}', '${__data.fields.Window}')),
      parts.window,
    ] + parts.groups + parts.figures(ofService, ofService.state())) +
    panels.defaults({ noValue: '–' }) + panels.sortBy('State', true),
    panels.stateTimeline(21, 'States over time', 'State of every SLO of the service; an SLO with several windows is as well as the worst of them.', [
      panels.range(ofService.worstState(), '{{slo}}'),
    ]) + panels.mappings(style.stateMappings) + panels.steps(style.plain),
    panels.timeseries(22, 'Budget left of every SLO', 'Budget left over time, of every SLO of the service in each of its windows.', 'percentunit', [
      panels.range(ofService.lowest('slo_error_budget_remaining_ratio'), '{{slo}} ({{window}})'),
    ]) + panels.defaults({ decimals: 1, max: 1, thresholds: budget }) + panels.custom({ axisSoftMin: 0, fillOpacity: 0, lineWidth: 2, thresholdsStyle: { mode: 'dashed' } }),
  ];

  d.new(
    'slo',
    'Tallystick / SLO',
    'One service level objective in full: budget, compliance, burn rates with the thresholds of its alerts, events; beneath it all objectives of its service.',
    config.sloFrom,
    [variables.datasource, variables.team, variables.tier, variables.service, variables.slo] + variables.groups + [variables.window],
    d.links('slo'),
    d.annotations(q, true),
    [
      d.band(5, verdict),
      d.band(8, [[10, burnDown], [8, compliance], [6, spent]]),
    ] + (if queries.groups == [] then [] else [d.band(8, [[24, ofGroups]])]) + [
      d.band(9, [
        [12, burnRates(10, 'Burn rates, page', 'page')],
        [12, burnRates(11, 'Burn rates, ticket', 'ticket')],
      ]),
      d.band(7, [[24, alerts]]),
      d.band(8, events),
      d.band(8, record),
      d.rowBand(panels.row(19, 'Service $service')),
      d.band(8, [[24, ofTheService[0]]]),
      d.band(8, [[12, ofTheService[1]], [12, ofTheService[2]]]),
    ],
  );

{
  grafanaDashboards+:: { 'tallystick-slo.json': build($._config) },
}
