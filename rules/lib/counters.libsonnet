// Base pairs of SLIs that are read from series of their own: counters, histograms, gauges of 0 and 1.
local pair = import 'pair.libsonnet';

local rate(selector) = 'rate(' + selector + '[5m])';

// One counter; or several, of which those without series count 0. `or` keeps them apart by their label.
local rates(slo, counters) =
  if std.isString(counters) then pair.sum(slo, rate(counters))
  else
    local term(i) =
      'label_replace(' + counters[i].sign + pair.sum(slo, rate(counters[i].selector)) + ', "__term__", "' + i + '", "", "")';
    'sum without (__term__) (\n  ' +
    std.join('\n  or ', [term(i) for i in std.range(0, std.length(counters) - 1)]) + '\n)';

{
  events(slo):
    local sli = slo.sli;
    local isBad = 'bad' in sli;
    local part = if isBad then sli.bad else sli.good;
    local signed = !std.isString(sli.total) || !std.isString(part);
    pair.of(rates(slo, sli.total), rates(slo, part), isBad, signed, pair.indent),

  // A histogram is classic or native, target by target; where a target shows both, the classic one is taken.
  //
  // When Prometheus 2 becomes 3, or a client is updated, a bound changes its spelling: "1" becomes "1.0". What was
  // counted between the last sample of one spelling and the first of the other is missing from good, but not from
  // total, and would look bad. So for the five minutes in which a target has both there is no sample at all.
  latency(slo):
    local sli = slo.sli;
    local native = rate(sli.native);
    local count = 'histogram_count(' + native + ')';
    local total = pair.sum(
      slo, if sli.own_total then rate(sli.total) else '\n  ' + rate(sli.total) + '\n  or\n  ' + count + '\n'
    );
    // A native histogram that stands still has the share 0/0; `>= 0` drops it.
    local good = pair.sum(
      slo,
      '\n  sum without (le) (' + rate(sli.good) + ')\n  or\n  ' +
      count + ' * histogram_fraction(-Inf, ' + sli.threshold + ', ' + native + ') >= 0\n'
    );
    local unlessRespelled = if sli.respelled
    then '\nunless ' + pair.on(slo) + '\n  count without (le) (last_over_time(' + sli.good + '[5m])) > 1'
    else '';
    local found = pair.of(total, good, false, false, pair.indent);
    { total: found.total + unlessRespelled, bad: found.bad + unlessRespelled },

  // Every series gives one second per second.
  up(slo):
    local share = 'avg_over_time(' + slo.sli.metric + '[5m]) >= 0';
    { total: pair.count(slo, share), bad: pair.sum(slo, '1 - clamp(' + share + ', 0, 1)') },
}
