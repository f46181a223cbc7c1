// PromQL, put together from parts. Every function returns a string.
//
// Series may be there more than once (two exporters, a scrape label that changed), so what is read from the exporter is
// first reduced to one series per SLO and window. Figures count only from an exporter that has a verdict: another may
// just be reading the past, and its figures are of half a window.
local style = import 'style.libsonnet';
local ofWindow = ['slo', 'slo_service', 'window'];
local wordly = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_';

function(config) {
  local q = self,

  // name{matchers}; `at` is a modifier behind it.
  selector(name, matchers=[], at='')::
    name + '{' + std.join(',', [m for m in [config.dashboardSelector] + matchers if m != '']) + '}' + at,

  // Labels that any SLO has groups by, as far as the SLOs are known. Each group is an SLO of its own, with its own row; series of
  // SLOs without groups have none of these labels.
  groups:: std.set(std.flattenArrays([slo.by for slo in config.slos if 'by' in slo])),
  // The same as they are on series: PromQL has some of them in quotes.
  groupLabels:: [if std.startsWith(label, '"') then std.parseJson(label) else label for label in q.groups],
  local ofSlo = ['slo'] + q.groups,
  local onGroup = ' + on (' + std.join(', ', ofSlo) + ') group_left () ',
  // Grafana's variable for the values of a group's label; and a matcher for them, which takes what has no such label as it is.
  chooser(label):: 'group_' + std.join('', [if std.member(wordly, c) then c else '_' for c in std.stringChars(label)]),
  local chosenGroups = [q.groups[i] + '=~"$' + q.chooser(q.groupLabels[i]) + '|"' for i in std.range(0, std.length(q.groups) - 1)],

  // The highest value since the point before, so that over a week too nothing short is left out; and the latest one, where
  // values are further apart than points.
  lately(name, matchers):: '(max_over_time(' + q.selector(name, matchers) + '[$__rate_interval]) or ' + q.selector(name, matchers) + ')',

  // What is known of SLOs beside their numbers: from the exporter, and from the rules where there is none.
  info(matchers):: q.selector('', ['__name__=~"slo_info|slo:info"'] + matchers),

  // Agreed time, and the first minutes of a definition's revision: what was not there before.
  excludedBy(matchers):: q.selector('slo:excluded', matchers) + ' == 1',
  changedBy(matchers)::
    local revision(at) = q.by('max', ['slo', 'slo_revision'], q.selector('slo:info', matchers, at));
    revision('') + ' unless ' + revision(' offset 10m') + ' and on (slo) ' + q.selector('slo:info', matchers, ' offset 10m'),

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
    windowed(name):: q.by('max', ofWindow + q.groups, p.chosen(q.selector(name, [service, window]))),
    figure(name, at=''):: q.by('max', ofWindow + q.groups, p.chosen(q.figure(name, [service, window], at))),
    state():: p.chosen(q.stateOf([service, window], ofWindow + q.groups)),
    // An SLO with several windows or groups is as well as the worst of them.
    worstState():: q.by('max', ['slo', 'slo_service'], p.chosen(q.stateOf([service, window]))),
    // One of slo_info's series for each SLO: there are two while a team changes.
    withTeam(expr, of=info):: '(' + expr + ') + on (slo) group_left (slo_team, slo_tier) 0 * topk by (slo) (1, ' + of + ')',
    // 0 only when there are SLOs to count among; without any there is no number.
    counted(expr, all):: 'count(' + expr + ') or 0 * count(' + all + ')',
    count(state):: 'sum(' + p.worstState() + ' == bool ' + state + ')',
    // All counts at once, by name: one question where there would be four.
    counts()::
      local named(expr, state) = 'label_replace(' + expr + ', "state", "' + state.name + '", "state", "' + state.value + '")';
      std.foldl(named, style.states, 'count_values("state", ' + p.worstState() + ')'),
    // Share of promises that are kept, among those of which it is known; and of those of which it is not, among all.
    keptShare():: '1 - avg((' + p.worstState() + ' != 1) == bool 3)',
    // Those without a team get a name at once: VictoriaMetrics 1.79 takes a wrong one once the label has been dropped.
    keptShareByTeam()::
      local named = 'label_replace(' + info + ', "slo_team", "no team", "slo_team", "")';
      '1 - avg by (slo_team) ((' + p.withTeam(p.worstState(), named) + ' != 1) == bool 3)',
    unknownShare():: 'avg(' + p.worstState() + ' == bool 1)',
    // 0 where there is none, so that every row has its number.
    countBy(label, state):: q.by('sum', [label], p.withTeam(p.worstState()) + ' == bool ' + state),
    // What an SLO promises once, and how each of its groups burns: on each of its windows.
    objective():: '0 * ' + p.windowed('slo_valid') + ' + on (slo) group_left () ' + q.by('max', ['slo'], q.selector('slo_objective_ratio', [service])),
    burnRate(range):: '0 * ' + p.windowed('slo_valid') + onGroup + q.by('max', ofSlo, q.selector('slo_burn_rate', [service, 'window="' + range + '"'])),
    exhaustion():: q.untilExhaustion(p),
    // The services that have least of their budget now, so that lines do not come and go.
    lowestBudgets()::
      local lowest(at) =
        q.by('min', ['slo_service'], p.chosen(q.figure('slo_error_budget_remaining_ratio', [service, window], at)));
      lowest('') + ' and on (slo_service) bottomk(' + config.worstCount + ', ' + lowest(' @ end()') + ')',
    // Of those that have least of their budget now: what was left so long ago, and their states.
    local left = 'slo_error_budget_remaining_ratio',
    amongLowest(expr):: expr + ' and on (' + std.join(', ', ['window'] + ofSlo) + ') bottomk(' + 2 * config.worstCount + ', ' + p.figure(left) + ')',
    lowestBefore(at):: p.amongLowest(p.figure(left, at)),
    lowestStates()::
      p.worstState() + ' and on (slo) bottomk(' + 2 * config.worstCount + ', ' + q.by('min', ['slo'], p.chosen(q.figure(left, [service, window], ' @ end()'))) + ')',
    worstBurners()::
      'topk(' + config.worstCount + ', ' +
      q.by('max', ['slo_service'] + ofSlo, p.chosen(q.selector('slo_burn_rate', [service, 'window="1h"']))) + ')',
    excluded():: p.chosen(q.excludedBy([service])),
    changed():: p.chosen(q.changedBy([service])),
    alerts(matchers):: p.chosen(q.selector('ALERTS', ['alertname=~"SLO.*"', 'alertstate="firing"', service] + matchers)),
  },

  // The SLO that is chosen, in the window that is chosen.
  slo:: {
    local s = self,
    local slo = 'slo="$slo"',
    // With its groups that are chosen, which are all of them at first; of several, figures are those of the worst.
    local own = [slo] + chosenGroups,
    local window = 'window="$window"',
    local pair = ['severity', 'long_window', 'short_window'],
    local ofSeverity(severity) = 'severity="' + severity + '"',
    // Error ratios of all windows that are recorded; which one it is stands in `label`.
    local ratios(label) =
      local recorded = q.selector('', ['__name__=~"slo:sli_error:ratio_rate.+"'] + own);
      q.by('max', [label], 'label_replace(' + recorded + ', "' + label + '", "$1", "__name__", "slo:sli_error:ratio_rate(.+)")'),

    windowed(name):: 'max(' + q.selector(name, own + [window]) + ')',
    // Of the group that was observed least; of two exporters what the one says that has read more.
    coverage():: 'min(' + q.by('max', ofSlo, q.selector('slo_coverage_ratio', own + [window])) + ')',
    figure(name):: 'min(' + q.figure(name, own + [window]) + ')',
    value(name, matchers=[]):: 'max(' + q.selector(name, own + matchers) + ')',
    state():: 'max(' + q.stateOf(own + [window]) + ')',
    exhaustion():: q.untilExhaustion(s),
    // Of a calendar window, how much would be left if the budget went evenly; a rolling one has no such pace.
    evenPace():: '1 - (' + s.windowed('slo_window_elapsed_ratio') + ' < 1)',
    // Share of the period's budget that each day spent, at the traffic of that day.
    spentDaily():: s.errorRatio('1d') + ' / ' + s.value('slo:error_budget:ratio') + ' / ' + s.value('slo:time_period:days'),
    // Each group of an SLO with groups, chosen or not, in the window that is chosen.
    ofGroup(expr):: q.by('max', q.groups, expr),
    groupFigure(name):: s.ofGroup(q.figure(name, [slo, window])),
    groupValue(name, matchers=[window]):: s.ofGroup(q.selector(name, [slo] + matchers)),
    groupState():: s.ofGroup(q.stateOf([slo, window], ofWindow + q.groups)),
    // Of the chosen groups together. Of groups that are the same series twice, one is taken.
    events(name)::
      if q.groups == [] then s.value(name) else 'sum(' + q.by('max', ofSlo, q.selector(name, own)) + ')',
    errorRatio(range):: s.value('slo:sli_error:ratio_rate' + range),
    // What the SLO's own alerts compare: burn rates of their long or short windows, whatever those are, and above which they
    // fire. which: 'long' or 'short'. The rules record a factor for each alert, and the error ratio of each window.
    factor(matchers=[]):: q.by('max', pair, q.selector('slo:burn_alert:factor', own + matchers)),
    burn(which, severity)::
      ratios(which + '_window') + ' / on () group_left () ' + s.value('slo:error_budget:ratio') +
      ' and on (' + which + '_window) ' + s.factor([ofSeverity(severity)]),
    threshold(severity):: s.factor([ofSeverity(severity)]),
    excluded():: q.excludedBy(own),
    changed():: q.changedBy(own),
    alerts(matchers):: q.selector('ALERTS', ['alertname=~"SLO.*"', 'alertstate="firing"'] + own + matchers),
    // 2 firing, 1 pending, 0 neither; nothing where the alert has nothing to look at.
    alertState(alertname, basis)::
      local alerts(state) = 'max(' + q.lately('ALERTS', ['alertname="' + alertname + '"', 'alertstate="' + state + '"'] + own) + ')';
      '2 * ' + alerts('firing') + ' or ' + alerts('pending') + ' or 0 * ' + basis,
    burnAlertStates()::
      local paired = s.factor() + ' and on (long_window) ' + ratios('long_window');
      local having(state) = ' and on (long_window, short_window) ' + q.lately('ALERTS', ['alertname="SLOBurnRate"', 'alertstate="' + state + '"'] + own);
      '2 + 0 * (' + paired + ')' + having('firing') + ' or 1 + 0 * (' + paired + ')' + having('pending') + ' or 0 * (' + paired + ')',
  },

  // What others were told to expect, of the chosen teams, tiers, services, parties and kinds.
  agreements:: {
    local a = self,
    local service = 'slo_service=~"$service"',
    local ids = ['agreement'] + ofWindow,
    local info = q.selector(
      'slo_agreement_info',
      [service, 'slo_team=~"$team"', 'slo_tier=~"$tier"', 'agreement_kind=~"$kind"', 'agreement_party=~"$party"']
    ),

    // Kind and party are on slo_agreement_info alone, which there are two of while one of them changes.
    chosen(expr):: '(' + expr + ') and on (agreement) ' + info,
    withTerms(expr):: '(' + expr + ') + on (agreement) group_left (agreement_kind, agreement_party) 0 * topk by (agreement) (1, ' + info + ')',
    windowed(name, how='max'):: q.by(how, ids + q.groups, a.chosen(q.selector(name, [service]))),
    figure(name, how='max')::
      q.by(how, ids + q.groups, a.chosen(q.selector(name, [service]) + ' and ' + q.selector('slo_agreement_valid', [service]) + ' == 1')),
    // As `stateOf`: 3 broken, 2 at risk, 1 unknown, 0 kept.
    state()::
      '(' + a.windowed('slo_agreement_valid') + ' == 0) + 1 or (' + a.windowed('slo_agreement_met', 'min') + ' == 0) + 3 or ' +
      q.atRisk(
        a.figure('slo_agreement_error_budget_remaining_ratio', 'min'),
        a.figure('slo_agreement_error_budget_exhaustion_timestamp_seconds', 'min')
      ) + ' or 0 * ' + a.windowed('slo_agreement_valid'),
    worst():: q.by('max', ['agreement'], a.state()),
    counted(expr):: 'count(' + expr + ') or 0 * count(' + a.worst() + ')',
    count(state):: a.counted(a.worst() + ' == ' + state),
    untilBroken()::
      a.figure('slo_agreement_error_budget_exhaustion_timestamp_seconds', 'min') + ' - time() or Inf * (' +
      a.windowed('slo_agreement_valid') + ' == 1)',
    // Of a period that has ended; of exporters that differ, the one that saw more of it is not known, so the lower figure counts.
    period(name):: q.by('min', ids + q.groups + ['period'], a.chosen(q.selector(name, [service]))),
    credits():: q.by('max', ['agreement'], a.chosen(q.selector('slo_service_credit_ratio', [service]))),
    local ofSlos(expr) = '(' + expr + ') and on (slo) ' + info,
    excluded():: ofSlos(q.excludedBy([service])),
    changed():: ofSlos(q.changedBy([service])),
    alerts(matchers):: a.chosen(q.selector('ALERTS', ['alertname=~"SLOAgreement.*"', 'alertstate="firing"', service] + matchers)),
  },

  // Everything that is wrong now, of the chosen teams, tiers and services.
  oncall:: {
    local o = self,
    local service = 'slo_service=~"$service"',
    local named = 'alertname=~"SLO.*"',
    local chosen = q.portfolio.chosen,
    local ids = ['slo_service', 'alertname', 'severity'] + ofSlo,

    alerts(matchers=[]):: chosen(q.selector('ALERTS', [named, 'alertstate="firing"', service] + matchers)),
    firing(matchers=[]):: q.by('max', ids, o.alerts(matchers)),
    counted(expr):: 'count(' + expr + ') or 0 * count(' + chosen(q.info([service])) + ')',
    // When it began, in milliseconds; of pairs of windows that fire together the first.
    since():: '1000 * ' + q.by('min', ids, chosen(q.selector('ALERTS_FOR_STATE', [named, service])) + ' and ' +
                                           'ignoring (alertstate) ' + q.selector('ALERTS', [named, 'alertstate="firing"', service])),
    // A figure of the SLO, or of its group, on each of its alerts.
    beside(expr, how='max'):: '0 * ' + o.firing() + onGroup + q.by(how, ofSlo, expr),
    burn(range):: q.selector('slo:sli_error:ratio_rate' + range, [service]) + ' / on (slo) group_left () ' +
                  q.by('max', ['slo'], q.selector('slo:error_budget:ratio', [service])),
    left():: o.beside(q.figure('slo_error_budget_remaining_ratio', [service]), 'min'),
    lasts():: o.beside('(' + q.figure('slo_error_budget_exhaustion_timestamp_seconds', [service]) + ') - time()', 'min'),
    worstBurners(range):: 'topk(' + config.worstCount + ', ' + q.by('max', ['slo_service'] + ofSlo, chosen(o.burn(range))) + ')',
    worstBurnersAbove(range):: q.by('max', ['slo'], chosen(o.burn(range))) + ' > 1',
    badEvents():: 'topk(' + config.worstCount + ', ' + q.by('sum', ['slo_service'] + ofSlo, chosen(q.selector('slo:sli_bad:rate5m', [service]))) + ' > 0)',
    excluded():: q.by('max', ['slo', 'slo_service'], chosen(q.excludedBy([service]))),
    changed():: chosen(q.changedBy([service])),
    // 2 firing, 1 pending, 0 neither.
    timeline()::
      local state(name) = q.by('max', ['slo'], chosen(q.lately('ALERTS', [named, 'alertstate="' + name + '"', service])));
      local ever = 'max_over_time(' + q.selector('ALERTS', [named, service]) + '[$__range] @ end())';
      '2 * ' + state('firing') + ' or ' + state('pending') + ' or 0 * (' +
      q.by('max', ['slo'], chosen(q.selector('slo:error_budget:ratio', [service]))) + ' and on (slo) ' + ever + ')',
  },

  // All SLOs of the chosen service.
  service:: {
    local s = self,
    local service = 'slo_service="$service"',
    windowed(name):: q.by('max', ['window'] + ofSlo, q.selector(name, [service])),
    figure(name):: q.by('max', ['window'] + ofSlo, q.figure(name, [service])),
    // Of each SLO's worst group.
    lowest(name):: q.by('min', ['slo', 'window'], q.figure(name, [service])),
    state():: q.by('max', ['window'] + ofSlo, q.stateOf([service], ofWindow + q.groups)),
    worstState():: q.by('max', ['slo'], q.stateOf([service])),
    objective():: '0 * ' + s.windowed('slo_valid') + ' + on (slo) group_left () ' + q.by('max', ['slo'], q.selector('slo_objective_ratio', [service])),
    burnRate(range):: '0 * ' + s.windowed('slo_valid') + onGroup + q.by('max', ofSlo, q.selector('slo_burn_rate', [service, 'window="' + range + '"'])),
    exhaustion():: q.untilExhaustion(s),
    // From the rules; of each SLO's worst group.
    sli(range):: '1 - ' + q.by('max', ['slo'], q.selector('slo:sli_error:ratio_rate' + range, [service])),
    promised():: q.by('max', ['slo'], q.selector('slo:objective:ratio', [service])),
    burn(range):: q.by('max', ['slo'], q.selector('slo:sli_error:ratio_rate' + range, [service])) + ' / on (slo) ' +
                  q.by('max', ['slo'], q.selector('slo:error_budget:ratio', [service])),
    events(name):: q.by('sum', ['slo'], q.selector(name, [service])),
    excluded():: q.excludedBy([service]),
    changed():: q.changedBy([service]),
    alerts(matchers):: q.selector('ALERTS', ['alertname=~"SLO.*"', 'alertstate="firing"', service] + matchers),
    alertState()::
      local state(name) = q.by('max', ['slo'], q.lately('ALERTS', ['alertname=~"SLO.*"', 'alertstate="' + name + '"', service]));
      '2 * ' + state('firing') + ' or ' + state('pending') + ' or 0 * ' + q.by('max', ['slo'], q.selector('slo:error_budget:ratio', [service])),
  },

  // The exporter itself: the chosen job and instances.
  exporter:: {
    local chosen = ['job=~"$job"', 'instance=~"$instance"'],
    value(name, matchers=[]):: q.selector(name, chosen + matchers),
    worst(how, name):: how + '(' + q.selector(name, chosen) + ')',
    // Of Prometheus itself; its groups are named by file and group.
    rules(name):: q.selector(name, ['rule_group=~".*;tallystick-.*"']),
    rate(name, matchers=[]):: 'rate(' + q.selector(name, chosen + matchers) + '[$__rate_interval])',
    // Of what every process tells, that of exporters: jobs and instances are any if all are chosen.
    ofExporter(expr):: expr + ' and on (job, instance) ' + q.selector('tallystick_build_info', chosen),
    // By reason those that there are, else none at all.
    failures()::
      'sum by (reason) (' + self.rate('tallystick_query_failures_total') + ') > 0 or ' +
      'label_replace(0 * sum(' + self.rate('tallystick_rounds_total') + '), "reason", "none", "", "")',
    // Share of its interval that a group of rules takes, of those that took most in the time shown; without the file's path.
    slowestRules(count)::
      local share(duration, at) =
        q.by('max', ['rule_group'], duration + ' / ' + self.rules('prometheus_rule_group_interval_seconds') + at);
      local duration = self.rules('prometheus_rule_group_last_duration_seconds');
      'label_replace(' + share(duration, '') + ' and topk(' + count + ', ' +
      share('max_over_time(' + duration + '[$__range] @ end())', ' @ end()') + '), "group", "$1", "rule_group", ".*;(.*)")',
  },

  // 3 breached, 2 at risk, 1 unknown, 0 met; of two exporters that differ, what the more careful one says. Of an SLO that
  // has rules but no exporter nothing is known.
  stateOf(matchers, by=ofWindow)::
    local valid = q.by('max', by, q.selector('slo_valid', matchers));
    local ruled = [std.strReplace(m, 'window=', 'slo_window=') for m in matchers];
    local alone = q.by('max', by, 'label_replace(' + q.selector('slo:info', ruled) + ', "window", "$1", "slo_window", "(.*)")') +
                  ' unless on (slo) ' + q.selector('slo_valid', [m for m in matchers if !std.startsWith(m, 'window=')]);
    local met = q.by('min', by, q.selector('slo_met', matchers));
    local figure(name) = q.by('min', by, q.figure(name, matchers));
    '(' + valid + ' == 0) + 1 or (' + met + ' == 0) + 3 or ' +
    q.atRisk(figure('slo_error_budget_remaining_ratio'), figure('slo_error_budget_exhaustion_timestamp_seconds')) +
    ' or 0 * ' + valid + ' or (' + alone + ')',

  // 2 where little is left of a budget, or where it is gone soon; the status page calls the same at risk.
  atRisk(left, exhaustion)::
    '0 * (' + left + ' <= ' + config.atRiskBelow + ') + 2 or 0 * (' + exhaustion + ' - time() <= ' + config.atRiskSeconds + ') + 2',

  // Seconds until the budget is spent; 0 or less once it is, infinite if it lasts at the present rate, absent if unknown.
  // of: one of the choices above.
  untilExhaustion(of)::
    of.figure('slo_error_budget_exhaustion_timestamp_seconds') + ' - time() or Inf * (' + of.windowed('slo_valid') + ' == 1)',
}
