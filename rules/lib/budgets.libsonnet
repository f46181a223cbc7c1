// Vectors over all SLOs at once, from the exporter's metrics; groups: the labels that any SLO is grouped by.
//
// Two replicas are one alert: series are put together by SLO, window and group before anything is joined to them, so no
// join ever finds two where it wants one, which would fail the rule for every SLO. Of replicas that differ the worst
// counts.
local list(labels) = '(' + std.join(', ', labels) + ')';
local identity = ['slo', 'slo_service'];

// Every target has these of its own, so a group's label of that name always comes as exported_<name>.
local isOfTarget(label) = std.member(['instance', 'job'], label);

local replaced(labels, pattern, vector) = std.foldl(
  function(inner, label)
    'label_replace(' + inner + ', "' + label + '", "$1", "exported_' + label + '", "' + pattern + '")',
  labels,
  vector
);

// A group's label that the scrape target has too was renamed by Prometheus. It gets its own name back, so that an alert
// has the labels that the rules of its SLO have; but not while it is all that tells replicas apart.
local of(how, labels, groups, vector) =
  local renamed = [label for label in groups if isOfTarget(label)];
  local others = [label for label in groups if !isOfTarget(label)];
  local together(keys, inner) = how + ' by ' + list(labels + keys) + ' (' + inner + ')';
  local one = together(others + ['exported_' + label for label in renamed], replaced(others, '(.+)', vector));
  if renamed == [] then one else together(groups, replaced(renamed, '(.*)', one));

// Whose SLO it is: exactly one series of each, whatever replicas say, and also without slo_info, so that no alert is
// lost for want of a team.
local owner = std.join('\n', [
  'topk by (slo, slo_service) (1,',
  '  group by (slo, slo_service, team) (label_replace(slo_info, "team", "$1", "slo_team", "(.*)"))',
  '  or on (slo, slo_service)',
  '  group by (slo, slo_service) (slo_valid)',
  ')',
]);

// Figures of which there is a verdict, and more than a little was observed: of a new SLO's first hour one bad event may
// be more than the budget. prefix: of whose metrics, `slo` or `slo_agreement`; untold: matchers that leave SLOs out, or ''.
local figure(config, prefix, metric, untold) =
  prefix + metric + (if untold == '' then '' else '{' + untold + '}') +
  ' and ' + prefix + '_valid == 1 and ' + prefix + '_coverage_ratio >= ' + config.budgetCoverage;

// Share of a budget that is left, of the whole period's: a month allows more bad events than its first day does. At the
// traffic so far the whole has 1 / elapsed times as many events. A rolling window is always whole. keys: labels that tell
// one budget from another, beside those of groups.
local left(config, groups, untold, prefix, keys) =
  '1 - (1 - ' + of('min', keys, groups, figure(config, prefix, '_error_budget_remaining_ratio', untold)) +
  ')\n* on ' + list(keys) + ' group_left ()\nmax by ' + list(keys) + ' (' + prefix + '_window_elapsed_ratio)';

// What an agreement is, and with whom: one series of each, whatever replicas say.
local terms = std.join('\n', [
  'topk by (agreement, slo, slo_service) (1,',
  '  group by (agreement, slo, slo_service, agreement_kind, agreement_party) (slo_agreement_info)',
  ')',
]);

{
  // One sample of each SLO and group.
  worst(groups, how, vector): of(how, identity, groups, vector),

  // Share of each SLO's budget that is left.
  left(config, groups, untold): left(config, groups, untold, 'slo', identity + ['window']),

  // Share that is left of what each agreement allows to fail, with its kind and party. A group's own label of the name
  // `agreement` is told by neither.
  leftOfAgreements(config, groups, untold):
    local others = [label for label in groups if label != 'agreement'];
    '(\n' + left(config, others, untold, 'slo_agreement', ['agreement'] + identity + ['window']) + '\n)\n' +
    '* on (agreement, slo, slo_service) group_left (agreement_kind, agreement_party)\n' + terms,

  // Seconds until the budget is gone, while errors go on: an outage that is over stays in the burn rate of the last
  // hour for an hour.
  lasts(config, groups, untold):
    of(
      'min', identity + ['window'], groups, figure(config, 'slo', '_error_budget_exhaustion_timestamp_seconds', untold)
    ) +
    ' - time()\n> 0 < ' + config.forecastHorizon + '\nand on ' + list(identity + groups) + '\n' +
    of('max', identity, groups, 'slo_burn_rate{window="30m"}') + ' > 1',

  // The same with the label `team`; a group's own label of that name stays.
  owned(groups, vector):
    local joined(inner) = inner + '\n* on (slo, slo_service) group_left (team)\n' + owner;
    local whole = '(\n' + vector + '\n)';
    if !std.member(groups, 'team') then joined(whole)
    else joined('(' + whole + ' and on (team) vector(1))') + '\nor\n(' + whole + ' unless on (team) vector(1))',
}
