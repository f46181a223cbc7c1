// SLOBurnRate: one rule for each pair of windows that `slo.burn` asks for.
// Source: Site Reliability Workbook, ch. 5, "Multiwindow, Multi-Burn-Rate Alerts".
local annotations = import 'lib/annotations.libsonnet';
local composite = import 'lib/composite.libsonnet';
local group = (import 'lib/group.libsonnet').group;

local ratio(window, slo, sloth) = sloth.plain('slo:sli_error:ratio_rate' + window + slo.matcher);

// Enough events, or enough bad ones, that a single bad one is no reason to wake somebody.
local enough(slo, burn, sloth) =
  local events = 'slo:sli_total:increase' + burn.long + slo.matcher;
  if burn.min_events == null && burn.min_bad == null then ''
  else if slo.sli.kind == 'composite' then '\nand on ()\n(' + composite.ratioOfMany(slo.sli, burn, sloth.plain) + ') > ' + burn.threshold
  else
    (if burn.min_events == null then '' else '\nand\n' + events + ' >= ' + burn.min_events) +
    (if burn.min_bad == null then '' else '\nand\nround(' + ratio(burn.long, slo, sloth) + ' * ' + events + ') >= ' + burn.min_bad);

// Bad events of a window, above so many for each event of the whole period.
local over(slo, window, threshold) =
  local bad = if window == '5m' then '300 * slo:sli_bad:rate5m' else 'slo:sli_bad:increase' + window;
  bad + slo.matcher + ' > ' + threshold + ' * slo:sli_total:increase_period' + slo.matcher;

local expr(slo, burn, sloth) =
  (if burn.usual == null then
     ratio(burn.long, slo, sloth) + ' > ' + burn.threshold + '\nand\n' +
     ratio(burn.short, slo, sloth) + ' > ' + burn.threshold
   else
     ratio(burn.long, slo, sloth) + '\nand\n' + over(slo, burn.long, burn.usual.long) + '\nand\n' +
     over(slo, burn.short, burn.usual.short)) +
  enough(slo, burn, sloth);

local texts(slo, burn, sloth) =
  local text = slo.literal;
  local number(query, as) = annotations.number(text, query, as);
  local window = slo.windows[0];
  local ofLong = sloth.plain('slo:sli_error:ratio_rate' + burn.long + text.matcher);
  local total = 'slo:sli_total:increase' + burn.long + text.matcher;
  {
    summary: text.title + ' burns its error budget ' + number(ofLong + ' / ' + slo.error_budget, 'humanize') +
             ' times too fast (last ' + burn.long + ')',
    description:
      (if text.description == '' then '' else text.description + '\n') +
      '{{ $value | humanizePercentage }} of the events of the last ' + burn.long + ' were bad (about ' +
      number(ofLong + ' * ' + total, 'humanize') + ' of ' + number(total, 'humanize') + '); the objective of ' +
      slo.objective_percent + '% allows ' + slo.error_budget_percent + '%. Errors went on in the last ' + burn.short + '.\n' +
      (if burn.usual == null then
         'Above ' + burn.factor_text + ' times, ' + burn.share_percent + '% of the budget of ' + text.window + ' is gone within ' +
         burn.long + '. At the present pace a whole budget lasts ' +
         number(window.budget_seconds + ' / ' + ofLong, 'humanizeDuration') + '.'
       else
         'That is more than ' + burn.share_percent + '% of the bad events that the budget of ' + text.window +
         ' allows at its usual traffic (' +
         number(slo.error_budget + ' * slo:sli_total:increase_period' + text.matcher, 'humanize') + ').'),
  };

local alert(config, slo, burn, exclusions, sloth) = {
  local notice = slo.notices[burn.severity],
  // The long window, and as much before it.
  local shown = '2 * ' + [window.seconds for window in slo.recorded if window.name == burn.long][0],
  alert: 'SLOBurnRate',
  expr: expr(slo, burn, sloth) + exclusions.unless(slo),
  'for': if burn['for'] == null then config.burnFor[burn.severity] else burn['for'],
  labels: notice.labels { long_window: burn.long, short_window: burn.short } + sloth.alertLabels(slo, burn.severity),
  annotations: texts(slo, burn, sloth) + annotations.links(config, slo, 'SLOBurnRate', shown) + notice.annotations,
};

{
  prometheusAlerts+:: {
    groups+: [
      local rules = [alert($._config, slo, burn, $.exclusions, $.sloth) for burn in slo.burn] + $.signal.rules(slo) + $.exclusions.rules(slo);
      group(slo, 'alerts', $._config.fastInterval, rules)
      for slo in $._config.slos
      if slo.notices.page.enabled || slo.notices.ticket.enabled
    ],
  },
}
