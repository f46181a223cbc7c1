// SLOBurnRate: one rule for each pair of windows that `slo.burn` asks for.
// Source: Site Reliability Workbook, ch. 5, "Multiwindow, Multi-Burn-Rate Alerts".
local annotations = import 'lib/annotations.libsonnet';
local composite = import 'lib/composite.libsonnet';
local group = (import 'lib/group.libsonnet').group;

local ratio(window, slo) = 'slo:sli_error:ratio_rate' + window + slo.matcher;

// Enough events, or enough bad ones, that a single bad one is no reason to wake somebody.
local enough(slo, burn) =
  local events = 'slo:sli_total:increase' + burn.long + slo.matcher;
  if burn.min_events == null && burn.min_bad == null then ''
  else if slo.sli.kind == 'composite' then '\nand on ()\n(' + composite.ratioOfMany(slo.sli, burn) + ') > ' + burn.threshold
  else if burn.min_events == null
  then '\nand\nround(' + ratio(burn.long, slo) + ' * ' + events + ') >= ' + burn.min_bad
  else '\nand\n' + events + ' >= ' + burn.min_events;

local expr(slo, burn) =
  ratio(burn.long, slo) + ' > ' + burn.threshold + '\nand\n' +
  ratio(burn.short, slo) + ' > ' + burn.threshold + enough(slo, burn);

local texts(slo, burn) =
  local text = slo.literal;
  local number(query, as) = annotations.number(text, query, as);
  local window = slo.windows[0];
  local ofLong = 'slo:sli_error:ratio_rate' + burn.long + text.matcher;
  local total = 'slo:sli_total:increase' + burn.long + text.matcher;
  {
    summary: text.title + ' burns its error budget ' + number(ofLong + ' / ' + slo.error_budget, 'humanize') +
             ' times too fast (last ' + burn.long + ')',
    description:
      (if text.description == '' then '' else text.description + '\n') +
      '{{ $value | humanizePercentage }} of the events of the last ' + burn.long + ' were bad (about ' +
      number(ofLong + ' * ' + total, 'humanize') + ' of ' + number(total, 'humanize') + '); the objective of ' +
      slo.objective_percent + '% allows ' + slo.error_budget_percent + '%. Errors went on in the last ' + burn.short + '.\n' +
      'Above ' + burn.factor_text + ' times, ' + burn.share_percent + '% of the budget of ' + text.window + ' is gone within ' +
      burn.long + '. At the present pace a whole budget lasts ' +
      number(window.budget_seconds + ' / ' + ofLong, 'humanizeDuration') + '.',
  };

local alert(config, slo, burn) = {
  local notice = slo.notices[burn.severity],
  alert: 'SLOBurnRate',
  expr: expr(slo, burn),
  'for': config.burnFor[burn.severity],
  labels: notice.labels { long_window: burn.long, short_window: burn.short },
  annotations: texts(slo, burn) + annotations.links(config, slo, 'SLOBurnRate') + notice.annotations,
};

{
  prometheusAlerts+:: {
    groups+: [
      local rules = [alert($._config, slo, burn) for burn in slo.burn] + $.signal.rules(slo);
      group(slo, 'alerts', $._config.fastInterval, rules)
      for slo in $._config.slos
      if slo.notices.page.enabled || slo.notices.ticket.enabled
    ],
  },
}
