// The base pair: bad and total events per second over the last five minutes, worked out at each evaluation. Everything
// else is made of these two series.
//
// Total present and no bad series means that bad is 0. No total means no sample of either. Neither is ever NaN or
// infinite: `< Inf` drops both.
local group = (import 'lib/group.libsonnet').group;
local record = (import 'lib/group.libsonnet').record;

local rate(selector) = 'sum(rate(' + selector + '[5m]))';

// Each gives total and bad of one kind of SLI. Bad is written with the total's own series, not with the recorded total:
// where a ruler writes late, that would be of another moment.
local kinds = {
  events(sli): {
    local total = rate(sli.total),
    total: total + ' < Inf',
    bad: if 'bad' in sli
    then '(\n  ' + rate(sli.bad) + ' + 0 * ' + total + '\nor\n  0 * ' + total + '\n) < Inf'
    else $.fromGood(total, rate(sli.good)),
  },

  // When Prometheus 2 becomes 3, or a client is updated, a bound changes its spelling: "1" becomes "1.0". What was
  // counted between the last sample of one spelling and the first of the other is missing from good, but not from
  // total, and would look bad. So for the five minutes in which a target has both there is no sample at all.
  latency(sli): {
    local total = rate(sli.total),
    local unlessRespelled = if sli.respelled
    then '\nunless on ()\n  count without (le) (last_over_time(' + sli.good + '[5m])) > 1'
    else '',
    total: total + ' < Inf' + unlessRespelled,
    bad: $.fromGood(total, rate(sli.good)) + unlessRespelled,
  },

  // Every series gives one second per second.
  up(sli): {
    local share = 'avg_over_time(' + sli.metric + '[5m]) >= 0',
    total: 'count(' + share + ')',
    bad: 'sum(1 - clamp(' + share + ', 0, 1))',
  },

  // What is not good is bad; two reads of counters may differ by a sample, hence the clamp.
  fromGood(total, good):: 'clamp_min(\n  ' + total + ' - ' + good + '\nor\n  ' + total + ', 0\n) < Inf',
};

{
  prometheusRules+:: {
    groups+: [
      local pair = kinds[slo.sli.kind](slo.sli);
      group(slo, 'sli', $._config.fastInterval, [
        record(slo, 'slo:sli_total:rate5m', pair.total),
        record(slo, 'slo:sli_bad:rate5m', pair.bad),
      ] + $.burn.fast(slo))
      for slo in $._config.slos
    ],
  },
}
