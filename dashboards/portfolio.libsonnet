// Portfolio: how all promises stand, for those who answer for many of them.
local panels = import 'lib/panels.libsonnet';
local style = import 'lib/style.libsonnet';

local build(config) =
  local d = (import 'lib/dashboard.libsonnet')(config);
  local parts = (import 'lib/parts.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local q = (import 'lib/queries.libsonnet')(config).portfolio;

  local worst = 'An SLO with several windows or groups is as well as the worst of them.';
  local count(id, state, description) =
    panels.stat(id, state.name, description + ' ' + worst, 'short', [panels.instant(q.count(state.value), state.name)]) +
    panels.defaults({ decimals: 0 });
  local states = { [s.name]: s for s in style.states };

  local countsBy(id, label, name) =
    panels.table(id, 'By ' + std.asciiLower(name), 'Number of SLOs in each state, by ' + std.asciiLower(name) + '. ' + worst, [
      { name: name, label: label, props: { 'custom.minWidth': 100, mappings: style.noneMappings } },
    ] + [
      { name: s.name, expr: q.countBy(label, s.value), props: {
        'custom.align': 'right',
        'custom.cellOptions': { type: 'color-text' },
        'custom.width': if s.name == 'Breached' then 100 else 80,
        thresholds: style.any(s.color),
      } }
      for s in style.states
    ]) +
    panels.defaults({ decimals: 0 }) +
    panels.sortBy('Breached', true);

  local link = d.sloLink('${__data.fields.Service}', '${__data.fields.SLO}', '${__data.fields.Window}');
  local all =
    panels.table(13, 'All SLOs', 'One row for each SLO and window, the worst first. Click an SLO for its own page.', [
      parts.slo(link, { 'custom.width': 210 }),
      { name: 'Service', label: 'slo_service', props: { 'custom.minWidth': 110, links: [d.serviceLink('${__data.fields.Service}')] } },
      { name: 'Team', label: 'slo_team', props: { 'custom.minWidth': 110 } },
      { name: 'Tier', label: 'slo_tier', props: { 'custom.width': 65 } },
      parts.window,
    ] + parts.groups + parts.figures(q, q.withTeam(q.state()))) +
    panels.defaults({ noValue: '–' }) +
    panels.sortBy('State', true);

  local fixedStates = [panels.named(s.name, panels.fixed(s.color)) for s in style.states];
  local daysOfStates =
    panels.timeseries(15, 'States, day by day', 'Share of SLOs in each state at the end of each day. ' + worst, 'short', [panels.range(q.counts(), '{{state}}')]) +
    panels.defaults({ decimals: 0 }) + panels.daily(config.portfolioMonths) +
    panels.custom({ axisSoftMin: 0, drawStyle: 'bars', fillOpacity: 80, lineWidth: 0, stacking: { group: 'A', mode: 'percent' } }) +
    panels.overrides(fixedStates);
  local daysOfPromises =
    panels.timeseries(16, 'Promises kept, day by day', 'Share of SLOs that were kept at the end of each day, among those of which it was known: in all, and by team. Dashed, the share of those of which it was not.', 'percentunit', [
      panels.range(q.keptShareByTeam(), '{{slo_team}}'),
      panels.range(q.keptShare(), 'All'),
      panels.range(q.unknownShare(), 'Unknown'),
    ]) +
    panels.defaults({ decimals: 1, max: 1, min: 0 }) + panels.daily(config.portfolioMonths) +
    panels.custom({ fillOpacity: 0 }) +
    panels.overrides([
      panels.named('All', panels.fixed('text') { 'custom.lineWidth': 3 }),
      panels.named('Unknown', panels.dashed(style.unknown)),
    ]);
  local daysOfLowest =
    panels.stateTimeline(17, 'States of the lowest, day by day', 'State at the end of each day of the SLOs that have least of their budget now. ' + worst, [
      panels.range(q.lowestStates(), '{{slo}}'),
    ]) +
    panels.mappings(style.stateMappings) + panels.steps(style.plain) + panels.daily(config.portfolioMonths);
  local ago(months) = if months == 0 then { name: 'Now', at: '' } else { name: 30 * months + ' days ago', at: ' offset ' + 30 * months + 'd' };
  local months =
    panels.table(18, 'Budget left, month by month', 'Budget left of the SLOs that have least of it now, as it stood every 30 days: below 0 the promise was broken. Windows of 30 days do not overlap; of a calendar window it is what was left of the period so far. A dash where it is not known.', [
      parts.slo(link, { 'custom.width': 210 }),
      { name: 'Service', label: 'slo_service', props: { 'custom.minWidth': 110, links: [d.serviceLink('${__data.fields.Service}')] } },
      parts.window,
    ] + parts.groups + [
      { name: 'Objective', expr: q.amongLowest(q.objective()), props: { 'custom.align': 'right', 'custom.width': 100, decimals: 3, unit: 'percentunit' } },
    ] + [
      { name: ago(n).name, expr: q.lowestBefore(ago(n).at), props: {
        'custom.align': 'right',
        'custom.cellOptions': { type: 'color-text' },
        'custom.width': 115,
        decimals: 1,
        mappings: style.unknownMappings,
        thresholds: style.budget(config.atRiskBelow),
        unit: 'percentunit',
      } }
      for n in [6, 5, 4, 3, 2, 1, 0]
    ]) + panels.defaults({ noValue: '–' }) + panels.sortBy('Now', false);

  d.new(
    'portfolio',
    'Tallystick / Portfolio',
    'How all service level objectives stand: met, at risk, breached or unknown; by team, tier and service.',
    config.portfolioFrom,
    [variables.datasource, variables.team, variables.tier, variables.services, variables.windows],
    d.links('portfolio'),
    d.annotations(q, false),
    [
      d.band(4, [
        [4, panels.stat(1, 'SLOs', 'SLOs of the chosen teams, tiers, services and windows.', 'short', [panels.instant('count(' + q.worstState() + ')', 'SLOs')]) + panels.defaults({ decimals: 0 }) + panels.steps(style.plain)],
        [4, count(2, states.Met, 'SLOs whose promise is kept with budget to spare.') + panels.steps(style.any(style.met))],
        [4, count(3, states['At risk'], 'SLOs whose promise is kept, with little of the budget left.') + panels.steps(style.any(style.atRisk))],
        [4, count(4, states.Breached, 'SLOs whose promise is broken: the budget is overspent.') + panels.steps(style.any(style.breached))],
        [4, count(5, states.Unknown, 'SLOs without a verdict: no data, no traffic, or figures that are old. Neither good nor bad.') + panels.steps(style.any(style.unknown))],
        [
          4,
          panels.stat(6, 'SLOs alerting', 'SLOs with an alert that is firing, page or ticket.', 'short', [
            panels.instant(q.counted('count by (slo) (' + q.alerts([]) + ')', q.worstState()), 'Alerting'),
          ]) + panels.defaults({ decimals: 0 }) + panels.steps(style.any(style.breached)),
        ],
      ]),
      d.band(9, [
        [
          12,
          panels.timeseries(7, 'SLOs by state', 'How many SLOs were in each state over time. ' + worst, 'short', [
            panels.range(q.count(s.value), s.name)
            for s in style.states
          ]) + panels.stacked + panels.defaults({ decimals: 0, min: 0 }) + panels.overrides(fixedStates),
        ],
        [
          12,
          panels.bargauge(8, 'Burning fastest', 'Burn rates of the last hour, the highest first. 1 spends the budget exactly in its window.', 'none', [
            panels.instant(q.worstBurners(), parts.named),
          ]) + panels.defaults({ decimals: 2, max: style.highBurn, min: 0, links: [d.barLink] }) + panels.steps(style.burn),
        ],
      ]),
      d.band(15, [[24, all]]),
      d.band(8, [
        [8, countsBy(9, 'slo_team', 'Team')],
        [8, countsBy(10, 'slo_tier', 'Tier')],
        [8, countsBy(11, 'slo_service', 'Service')],
      ]),
      d.band(9, [[
        24,
        panels.timeseries(12, 'Budget left, lowest services', 'Budget left over time of the services that have least of it now; of each service its worst SLO. Below 0 a promise is broken.', 'percentunit', [
          panels.range(q.lowestBudgets(), '{{slo_service}}'),
        ]) + panels.defaults({ decimals: 1, max: 1, thresholds: style.budget(config.atRiskBelow) }) + panels.custom({ axisSoftMin: 0, fillOpacity: 0, lineWidth: 2, thresholdsStyle: { mode: 'dashed' } }),
      ]]),
      d.rowBand(panels.row(14, 'Over the months')),
      d.band(9, [[12, daysOfStates], [12, daysOfPromises]]),
      d.band(10, [[24, daysOfLowest]]),
      d.band(12, [[24, months]]),
    ],
  );

{
  grafanaDashboards+:: { 'tallystick-portfolio.json': build($._config) },
}
