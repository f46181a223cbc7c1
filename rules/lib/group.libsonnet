// Rule groups. Their names are unique over all files, because SLO ids are.
{
  // slo: one of `_config.slos`; part: what the group is for; interval: '' for Prometheus' own.
  group(slo, part, interval, rules): {
    name: 'tallystick-' + slo.id + '-' + part,
    [if interval != '' then 'interval']: interval,
    rules: rules,
  },

  // The labels are set even where the expression has them: promtool takes rules without for duplicates.
  record(slo, name, expr, labels=slo.recorded_labels): { record: name, expr: expr, labels: labels },
}
