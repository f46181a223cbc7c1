// What more than one dashboard shows.
local style = import 'style.libsonnet';
// An unknown figure has no colour: without this mapping it would have that of the worst.
local right(width) = { 'custom.align': 'right', 'custom.width': width, mappings: style.unknownMappings };
local colored(width) = right(width) { 'custom.cellOptions': { type: 'color-text' } };

function(config) {
  local groups = (import 'queries.libsonnet')(config).groupLabels,

  // The name of an SLO, and of its group if it has any.
  named:: std.join(' ', ['{{slo}}'] + ['{{' + label + '}}' for label in groups]),
  // Columns of a table of SLOs. q: queries.portfolio or queries.service; of the first column, its labels are columns too.
  figures(q, state):: [
    { name: 'State', expr: state, props: {
      'custom.cellOptions': { type: 'color-background', mode: 'basic' },
      'custom.filterable': true,
      'custom.width': 100,
      mappings: style.stateMappings,
    } },
    { name: 'Objective', expr: q.objective(), props: right(100) { decimals: 3, unit: 'percentunit' } },
    { name: 'Compliance', expr: q.figure('slo_compliance_ratio'), props: right(105) { decimals: 4, unit: 'percentunit' } },
    { name: 'Budget left', expr: q.figure('slo_error_budget_remaining_ratio'), props: {
      'custom.cellOptions': { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
      'custom.width': 150,
      decimals: 1,
      mappings: style.unknownMappings,
      max: 1,
      min: -1,
      thresholds: style.budget(config.atRiskBelow),
      unit: 'percentunit',
    } },
    { name: 'Burn rate, 1 h', expr: q.burnRate('1h'), props: colored(115) { decimals: 2, thresholds: style.burn, unit: 'none' } },
    { name: 'Time until spent', expr: q.exhaustion(), props: colored(130) {
      decimals: 1,
      mappings: style.exhaustionMappings + style.unknownMappings,
      thresholds: style.untilExhaustion,
      unit: 's',
    } },
    { name: 'Coverage', expr: q.windowed('slo_coverage_ratio'), props: colored(90) { decimals: 1, thresholds: style.coverage, unit: 'percentunit' } },
  ],
  slo(link, props={}):: { name: 'SLO', label: 'slo', props: props { links: [link] } },
  // A column for each label that SLOs have groups by; empty for those that have none.
  groups:: [{ name: label, label: label, props: { 'custom.minWidth': 90 } } for label in groups],
  window:: { name: 'Window', label: 'window', props: { 'custom.width': 85 } },
}
