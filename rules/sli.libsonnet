// The base pair: bad and total events per second over the last five minutes, worked out at each evaluation. Everything
// else is made of these two series; a composite is made of its parts' windows, and has the pair for people to look at.
local composite = import 'lib/composite.libsonnet';
local group = (import 'lib/group.libsonnet').group;
local record = (import 'lib/group.libsonnet').record;
local kinds = (import 'lib/counters.libsonnet') + (import 'lib/queries.libsonnet');

local total(slo, expr) = record(slo, 'slo:sli_total:rate5m', expr);
local bad(slo, expr) = record(slo, 'slo:sli_bad:rate5m', expr);

local rules(slo, exclusions, fast) =
  local masked(expr) = exclusions.masked(slo, expr);
  exclusions.recorded(slo) +
  if slo.sli.kind == 'composite' then
    [total(slo, masked(composite.total(slo.sli)))] + fast + [bad(slo, masked(composite.bad(slo)))]
  else
    local pair = { before: [] } + kinds[slo.sli.kind](slo);
    pair.before + [total(slo, masked(pair.total)), bad(slo, masked(pair.bad))] + fast;

{
  prometheusRules+:: {
    groups+: [
      group(slo, 'sli', $._config.fastInterval, rules(slo, $.exclusions, $.burn.fast(slo)))
      for slo in $._config.slos
    ],
  },
}
