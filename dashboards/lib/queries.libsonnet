// PromQL, put together from parts. Every function returns a string.
//
// Series may be there more than once (two exporters, a scrape label that changed), so what is read from the exporter is
// first reduced to one series per SLO and window. Figures count only from an exporter that has a verdict: another may
// just be reading the past, and its figures are of half a window.
local ofWindow = ['slo', 'slo_service', 'window'];

function(config) {
  local q = self,

  // name{matchers}; `at` is a modifier behind it.
  selector(name, matchers=[], at='')::
    name + '{' + std.join(',', [m for m in [config.dashboardSelector] + matchers if m != '']) + '}' + at,

  // Labels that any SLO has groups by, as far as the SLOs are known.
  groups:: std.set(std.flattenArrays([slo.by for slo in config.slos if 'by' in slo])),

  by(aggregation, labels, expr):: aggregation + ' by (' + std.join(', ', labels) + ') (' + expr + ')',

  figure(name, matchers, at='')::
    q.selector(name, matchers, at) + ' and ' + q.selector('slo_valid', matchers, at) + ' == 1',

  // SLOs of the chosen teams, tiers and services; window: of the chosen windows only.
  portfolio:: {
    local p = self,
    local service = 'slo_service=~"$service"',
    local window = 'window=~"$window"',
    local info = q.selector('slo_info', [service, 'slo_team=~"$team"', 'slo_tier=~"$tier"']),

    // Team and tier are on slo_info alone.
    chosen(expr):: '(' + expr + ') and on (slo) ' + info,
    windowed(name):: q.by('max', ofWindow, p.chosen(q.selector(name, [service, window]))),
    figure(name):: q.by('max', ofWindow, p.chosen(q.figure(name, [service, window]))),
    state():: p.chosen(q.stateOf([service, window])),
    // An SLO with several windows is as well as the worst of them.
    worstState():: q.by('max', ['slo', 'slo_service'], p.chosen(q.stateOf([service, window]))),
    // One of slo_info's series for each SLO: there are two while a team changes.
    withTeam(expr):: '(' + expr + ') + on (slo) group_left (slo_team, slo_tier) 0 * topk by (slo) (1, ' + info + ')',
    // 0 only when there are SLOs to count among; without any there is no number.
    counted(expr, all):: 'count(' + expr + ') or 0 * count(' + all + ')',
    count(state):: p.counted(p.worstState() + ' == ' + state, p.worstState()),
    // 0 where there is none, so that every row has its number.
    countBy(label, state):: q.by('sum', [label], p.withTeam(p.worstState()) + ' == bool ' + state),
    // Value that an SLO has once, on each of its windows.
    perWindow(name, matchers=[])::
      '0 * ' + p.windowed('slo_valid') + ' + on (slo) group_left () ' + q.by('max', ['slo'], q.selector(name, [service] + matchers)),
    exhaustion():: q.untilExhaustion(p),
    // The services that have least of their budget now, so that lines do not come and go.
    lowestBudgets()::
      local lowest(at) =
        q.by('min', ['slo_service'], p.chosen(q.figure('slo_error_budget_remaining_ratio', [service, window], at)));
      lowest('') + ' and on (slo_service) bottomk(' + config.worstCount + ', ' + lowest(' @ end()') + ')',
    worstBurners()::
      'topk(' + config.worstCount + ', ' +
      q.by('max', ['slo', 'slo_service'], p.chosen(q.selector('slo_burn_rate', [service, 'window="1h"']))) + ')',
    alerts(matchers):: p.chosen(q.selector('ALERTS', ['alertname=~"SLO.*"', 'alertstate="firing"', service] + matchers)),
  },

  // The SLO that is chosen, in the window that is chosen.
  slo:: {
    local s = self,
    local slo = 'slo="$slo"',
    local window = 'window="$window"',

    windowed(name):: 'max(' + q.selector(name, [slo, window]) + ')',
    figure(name):: 'max(' + q.figure(name, [slo, window]) + ')',
    value(name, matchers=[]):: 'max(' + q.selector(name, [slo] + matchers) + ')',
    state():: 'max(' + q.stateOf([slo, window]) + ')',
    exhaustion():: q.untilExhaustion(s),
    // Of all groups together. Of groups that are the same series twice, one is taken.
    events(name)::
      if q.groups == [] then s.value(name) else 'sum(' + q.by('max', ['slo'] + q.groups, q.selector(name, [slo])) + ')',
    errorRatio(range):: s.value('slo:sli_error:ratio_rate' + range),
    // What the alerts compare, from the recorded series.
    burn(range):: s.errorRatio(range) + ' / ' + s.value('slo:error_budget:ratio'),
    // Burn rate above which an alert of this policy fires: share x period / long window, under what all events being bad
    // would burn, and at least 1. The period is that of the window the alerts are for, which is recorded.
    factor(policy)::
      local days(more) = s.value('slo:time_period:days', more);
      local asked = policy.share + ' / ' + q.days(policy.long) + ' * ' + days([]);
      local ceiling = '1 / ' + s.value('slo:error_budget:ratio');
      'clamp_min(' + asked + ' < ' + ceiling + ' or 0.75 * ' + ceiling + ', 1) and ' +
      days(q.having(policy)) + ' > ' + q.days(policy.long),
    alerts(matchers):: q.selector('ALERTS', ['alertname=~"SLO.*"', 'alertstate="firing"', slo] + matchers),
    // 2 firing, 1 pending, 0 neither; nothing where the alert has nothing to look at.
    alertState(alertname, basis, matchers=[])::
      local alerts(state) = 'max(' + q.selector('ALERTS', ['alertname="' + alertname + '"', 'alertstate="' + state + '"', slo] + matchers) + ')';
      '2 * ' + alerts('firing') + ' or ' + alerts('pending') + ' or 0 * ' + basis,
    burnAlertState(policy)::
      s.alertState('SLOBurnRate', s.value('slo:sli_error:ratio_rate' + policy.long, q.having(policy)), ['long_window="' + policy.long + '"']),
  },

  // All SLOs of the chosen service.
  service:: {
    local s = self,
    local service = 'slo_service="$service"',
    windowed(name):: q.by('max', ['slo', 'window'], q.selector(name, [service])),
    figure(name):: q.by('max', ['slo', 'window'], q.figure(name, [service])),
    state():: q.by('max', ['slo', 'window'], q.stateOf([service])),
    worstState():: q.by('max', ['slo'], q.stateOf([service])),
    perWindow(name, matchers=[])::
      '0 * ' + s.windowed('slo_valid') + ' + on (slo) group_left () ' + q.by('max', ['slo'], q.selector(name, [service] + matchers)),
    exhaustion():: q.untilExhaustion(s),
  },

  // 3 breached, 2 at risk, 1 unknown, 0 met; of two exporters that differ, what the more careful one says.
  stateOf(matchers)::
    local valid = q.by('max', ofWindow, q.selector('slo_valid', matchers));
    local met = q.by('min', ofWindow, q.selector('slo_met', matchers));
    local left = q.by('min', ofWindow, q.figure('slo_error_budget_remaining_ratio', matchers));
    '(' + valid + ' == 0) + 1 or (' + met + ' == 0) + 3 or 0 * (' + left + ' < ' + config.atRiskBelow + ') + 2 or 0 * ' + valid,

  // Seconds until the budget is spent; 0 or less once it is, infinite if it lasts at the present rate, absent if unknown.
  // of: one of the choices above.
  untilExhaustion(of)::
    of.figure('slo_error_budget_exhaustion_timestamp_seconds') + ' - time() or Inf * (' + of.windowed('slo_valid') + ' == 1)',

  // Matcher of the SLOs that have an alert of this policy, as far as the SLOs are known: all, less those that do not.
  having(policy)::
    local has(slo) = std.length([b for b in slo.burn if b.severity == policy.severity && b.long == policy.long && b.short == policy.short]) > 0;
    local without = [q.literal(slo.id) for slo in config.slos if !has(slo)];
    if without == [] then [] else ['slo!~' + std.escapeStringJson(std.join('|', without))],
  // As a regular expression that matches the text alone. Grafana would take `$` for a variable.
  literal(text)::
    std.join('', [
      if c == '$' then '\\x24' else if std.member('\\.+*?()|[]{}^', c) then '\\' + c else c
      for c in std.stringChars(text)
    ]),

  // '6h' as days, for PromQL to divide by.
  days(duration)::
    local n = std.length(duration) - 1;
    local perDay = { s: '86400', m: '1440', h: '24', d: '1', w: '(1 / 7)' };
    '(' + duration[0:n] + ' / ' + perDay[duration[n]] + ')',
}
