// Sloth's names and labels on top of ours, if `_config.names` is 'sloth': dashboards, gates and alert routes that were built
// on them go on working. Series that have Sloth's name already get its labels, so that there is one series of each; what it
// records beside them is added: the whole period's error ratio, as a ratio of sums, and what follows from it.
local record = (import 'lib/group.libsonnet').record;

{
  sloth:: {
    local asked = $._config.names == 'sloth',

    // Labels of a series that has Sloth's name; window: what it is over, or ''.
    labels(slo, window=''):
      slo.recorded_labels +
      if asked then slo.sloth.labels + (if window == '' then {} else { sloth_window: window }) else {},

    // The same series with our labels alone, for what puts them beside others.
    plain(expr): if asked then 'sum without (sloth_id, sloth_service, sloth_slo, sloth_window) (' + expr + ')' else expr,

    // Labels of a burn-rate alert.
    alertLabels(slo, severity): if asked then slo.sloth.alert_labels { sloth_severity: severity } else {},

    // Windows that are recorded for the sake of the period.
    periods(slo): if asked then [period { period: true } for period in slo.sloth.periods] else [],

    rules(slo):
      if !asked then []
      else
        local labels = $.sloth.labels(slo);
        local ratio = 'slo:sli_error:ratio_rate' + slo.sloth.period + slo.matcher;
        [
          record(slo, 'slo:period_burn_rate:ratio', ratio + ' / ' + slo.error_budget, labels),
          record(
            slo, 'slo:period_error_budget_remaining:ratio', '1 - slo:period_burn_rate:ratio' + slo.matcher, labels
          ),
          record(slo, 'sloth_slo_info', 'vector(1)', slo.sloth.info_labels + labels),
        ],
  },
}
