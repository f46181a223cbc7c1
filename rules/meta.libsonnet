// What is known without any sample, so that dashboards work on rules alone; under the names that Sloth gave them.
local record = (import 'lib/group.libsonnet').record;

{
  meta:: {
    rules(slo):
      local constant(name, number, labels) = record(slo, name, 'vector(' + number + ')', labels);
      local named = $.sloth.labels(slo);
      [
        constant('slo:objective:ratio', slo.objective, named),
        constant('slo:error_budget:ratio', slo.error_budget, named),
        constant('slo:time_period:days', slo.windows[0].days, named),
        record(
          slo, 'slo:current_burn_rate:ratio', 'slo:sli_error:ratio_rate5m' + slo.matcher + ' / ' + slo.error_budget, named
        ),
      ] + [
        // What the alerts compare with, for dashboards to draw: the pairs of windows are the SLO's own.
        constant('slo:burn_alert:factor', burn.factor, slo.recorded_labels {
          severity: burn.severity,
          long_window: burn.long,
          short_window: burn.short,
        })
        for burn in slo.burn
      ] + (
        // Until when recurring exclusions are known to these rules.
        if slo.excluded == null || slo.excluded.ends == null then []
        else [constant('slo:exclusions_end:timestamp_seconds', slo.excluded.ends, slo.recorded_labels)]
      ) + [
        // The exporter's slo_info, for those who run without it; slo_revision tells whether the rules are up to date.
        record(slo, 'slo:info', 'vector(1)', slo.info_labels),
      ] + $.sloth.rules(slo),
  },
}
