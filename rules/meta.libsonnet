// What is known without any sample, so that dashboards work on rules alone; under the names that Sloth gave them.
local record = (import 'lib/group.libsonnet').record;

{
  meta:: {
    rules(slo):
      local constant(name, number) = record(slo, name, 'vector(' + number + ')');
      [
        constant('slo:objective:ratio', slo.objective),
        constant('slo:error_budget:ratio', slo.error_budget),
        constant('slo:time_period:days', slo.windows[0].days),
        record(slo, 'slo:current_burn_rate:ratio', 'slo:sli_error:ratio_rate5m' + slo.matcher + ' / ' + slo.error_budget),
        // The exporter's slo_info, for those who run without it; slo_revision tells whether the rules are up to date.
        record(slo, 'slo:info', 'vector(1)', slo.info_labels),
      ],
  },
}
