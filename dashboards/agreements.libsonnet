// Agreements: what was delivered beside what was agreed, with whom, and what falling short of it costs.
local panels = import 'lib/panels.libsonnet';
local style = import 'lib/style.libsonnet';

local build(config) =
  local d = (import 'lib/dashboard.libsonnet')(config);
  local parts = (import 'lib/parts.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local q = (import 'lib/queries.libsonnet')(config).agreements;
  local named = std.strReplace(parts.named, '{{slo}}', '{{agreement}}');

  local count(id, title, description, expr, steps) =
    panels.stat(id, title, description, 'short', [panels.instant(expr, title)]) + panels.defaults({ decimals: 0 }) + panels.steps(steps);
  local states = { [s.name]: s for s in style.agreementStates };
  local inState(id, name, description) = count(id, name, description, q.count(states[name].value), style.any(states[name].color));

  local right(width, more={}) = { 'custom.align': 'right', 'custom.width': width, mappings: style.unknownMappings } + more;
  local share(width, decimals, more={}) = right(width, { decimals: decimals, unit: 'percentunit' } + more);
  local due(width) = share(width, 1, { 'custom.cellOptions': { type: 'color-text' }, thresholds: style.due });
  local toSlo = d.sloLink('${__data.fields.Service}', '${__data.fields.SLO}', '');
  local who = [
    { name: 'Agreement', label: 'agreement', props: { 'custom.minWidth': 150 } },
    { name: 'Party', label: 'agreement_party', props: { 'custom.minWidth': 100 } },
    { name: 'Kind', label: 'agreement_kind', props: { 'custom.width': 100 } },
    { name: 'SLO', label: 'slo', props: { 'custom.minWidth': 140, links: [toSlo] } },
    { name: 'Service', label: 'slo_service', props: { 'custom.width': 90, links: [d.serviceLink('${__data.fields.Service}')] } },
  ] + parts.groups + [
    { name: 'Window', label: 'window', props: { 'custom.width': 95 } },
  ];

  local present =
    panels.table(6, 'Present period', 'What was agreed and what was delivered so far, the worst first. The credit is what would be due if the period ended as it stands. Click an SLO for its own page.', who + [
      { name: 'State', expr: q.withTerms(q.state()), props: {
        'custom.cellOptions': { type: 'color-background', mode: 'basic' },
        'custom.filterable': true,
        'custom.width': 90,
        mappings: style.agreementMappings,
      } },
      { name: 'Agreed', expr: q.windowed('slo_agreement_objective_ratio'), props: share(80, 3) },
      { name: 'Delivered', expr: q.figure('slo_agreement_compliance_ratio', 'min'), props: share(95, 4) },
      { name: 'May still fail', expr: q.figure('slo_agreement_error_budget_remaining_ratio', 'min'), props: {
        'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
        'custom.width': 125,
        decimals: 1,
        mappings: style.unknownMappings,
        max: 1,
        min: -1,
        thresholds: style.budget(config.atRiskBelow),
        unit: 'percentunit',
      } },
      { name: 'Broken in', expr: q.untilBroken(), props: right(120, {
        'custom.cellOptions': { type: 'color-text' },
        decimals: 1,
        mappings: style.brokenMappings + style.unknownMappings,
        thresholds: style.untilExhaustion,
        unit: 's',
      }) },
      { name: 'Coverage', expr: q.windowed('slo_agreement_coverage_ratio'), props: share(90, 1, { 'custom.cellOptions': { type: 'color-text' }, thresholds: style.coverage }) },
      { name: 'Credit due', expr: q.windowed('slo_service_credit_ratio'), props: due(90) },
      { name: 'At most', expr: q.windowed('slo_service_credit_max_ratio'), props: share(75, 1) },
    ]) + panels.defaults({ noValue: '–' }) + panels.sortBy('State', true);

  local ended =
    panels.table(7, 'Ended periods', 'What was delivered in each period that has ended, of the last twelve, the newest first; with how much of it was observed, and what is due for it.', who + [
      { name: 'Period', label: 'period', props: { 'custom.width': 95 } },
      { name: 'Delivered', expr: q.withTerms(q.period('slo_agreement_period_compliance_ratio')), props: share(100, 4) },
      { name: 'Kept', expr: q.period('slo_agreement_period_met'), props: {
        'custom.align': 'center',
        'custom.cellOptions': { type: 'color-text' },
        'custom.filterable': true,
        'custom.width': 70,
        mappings: style.keptMappings + style.unknownMappings,
      } },
      { name: 'Coverage', expr: q.period('slo_agreement_period_coverage_ratio'), props: share(90, 1, { 'custom.cellOptions': { type: 'color-text' }, thresholds: style.coverage }) },
      { name: 'Credit due', expr: q.period('slo_service_credit_period_ratio'), props: due(90) },
    ]) + panels.defaults({ noValue: '–' }) + panels.sortBy('Period', true);

  local lines(id, title, description, targets) =
    panels.timeseries(id, title, description, 'percentunit', targets) + panels.custom({ fillOpacity: 0, lineWidth: 2 });

  d.new(
    'agreements',
    'Tallystick / Agreements',
    'What was delivered beside what was agreed with customers, teams and suppliers, now and in periods that have ended; and credits.',
    config.agreementsFrom,
    [variables.datasource, variables.team, variables.tier, variables.services, variables.kind, variables.party],
    d.links('agreements'),
    d.annotations(q, true),
    [
      d.band(4, [
        [4, count(1, 'Agreements', 'Agreements of the chosen services, kinds and parties.', 'count(' + q.worst() + ')', style.plain)],
        [4, inState(2, 'Kept', 'Agreements that are kept so far, with room to spare.')],
        [4, inState(3, 'At risk', 'Agreements that are kept so far, with little left of what may fail.')],
        [4, inState(4, 'Broken', 'Agreements that are not kept so far: more failed than they allow.')],
        [4, inState(5, 'Unknown', 'Agreements without a verdict: no data, no traffic, or figures that are old. Neither kept nor broken.')],
        [4, count(8, 'With a credit due', 'Agreements for which something would be due if the present period ended as it stands.', q.counted(q.credits() + ' > 0'), style.any(style.breached))],
      ]),
      d.band(8, [[24, present]]),
      d.band(9, [[24, ended]]),
      d.band(9, [
        [
          12,
          lines(9, 'Delivered so far', 'Share of good events in the period so far, of each agreement; dashed, what was agreed. A new period begins anew.', [
            panels.range(q.figure('slo_agreement_compliance_ratio', 'min'), named),
            panels.range(q.windowed('slo_agreement_objective_ratio'), named + ', agreed'),
          ]) + panels.defaults({ decimals: 3, max: 1 }) +
          panels.overrides([panels.matching('.*, agreed', panels.dashed('text') + panels.unlisted { 'custom.lineWidth': 1 })]),
        ],
        [
          12,
          lines(10, 'May still fail', 'How much is left of what each agreement allows to fail, over time. Below 0 it is broken.', [
            panels.range(q.figure('slo_agreement_error_budget_remaining_ratio', 'min'), named),
          ]) + panels.defaults({ decimals: 1, max: 1, thresholds: style.budget(config.atRiskBelow) }) + panels.custom({ axisSoftMin: 0, thresholdsStyle: { mode: 'dashed' } }),
        ],
      ]),
      d.band(8, [
        [
          12,
          panels.bargauge(11, 'Credit due', 'Share of the price that would be due if the present period ended as it stands.', 'percentunit', [
            panels.instant(q.withTerms(q.windowed('slo_service_credit_ratio')), named + ', {{agreement_party}}'),
          ]) + panels.defaults({ decimals: 1, max: 1, min: 0, noValue: 'None agreed' }) + panels.steps(style.due),
        ],
        [
          12,
          panels.bargauge(12, 'Excluded time', 'How much of the present period is agreed not to count, of each agreement.', 's', [
            panels.instant(q.windowed('slo_agreement_excluded_seconds'), named),
          ]) + panels.defaults({ decimals: 1, min: 0 }) + panels.steps(style.any(style.unknown)),
        ],
      ]),
    ],
  );

{
  grafanaDashboards+:: { 'tallystick-agreements.json': build($._config) },
}
