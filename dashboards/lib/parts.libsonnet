// What more than one dashboard shows.
local style = import 'style.libsonnet';
local right = { 'custom.align': 'right' };
local colored = { 'custom.align': 'right', 'custom.cellOptions': { type: 'color-text' } };

function(config) {
  // Columns of a table of SLOs. q: queries.portfolio or queries.service; of the first column, its labels are columns too.
  figures(q, state):: [
    { name: 'State', expr: state, props: {
      'custom.cellOptions': { type: 'color-background', mode: 'basic' },
      'custom.width': 110,
      mappings: style.stateMappings,
    } },
    { name: 'Objective', expr: q.perWindow('slo_objective_ratio'), props: right { decimals: 3, unit: 'percentunit' } },
    { name: 'Compliance', expr: q.windowed('slo_compliance_ratio'), props: right { decimals: 4, unit: 'percentunit' } },
    { name: 'Budget left', expr: q.windowed('slo_error_budget_remaining_ratio'), props: {
      'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
      'custom.width': 190,
      decimals: 1,
      max: 1,
      min: -1,
      thresholds: style.budget(config.atRiskBelow),
      unit: 'percentunit',
    } },
    { name: 'Burn rate, 1 h', expr: q.perWindow('slo_burn_rate', ['window="1h"']), props: colored { decimals: 2, thresholds: style.burn, unit: 'none' } },
    { name: 'Time until spent', expr: q.exhaustion(), props: colored {
      decimals: 1,
      mappings: style.exhaustionMappings,
      thresholds: style.untilExhaustion,
      unit: 's',
    } },
    { name: 'Coverage', expr: q.windowed('slo_coverage_ratio'), props: colored { decimals: 1, thresholds: style.coverage, unit: 'percentunit' } },
  ],
  slo(link):: { name: 'SLO', label: 'slo', props: { links: [link], 'custom.width': 230 } },
  window:: { name: 'Window', label: 'window', props: { 'custom.width': 90 } },
}
