// Base pairs of SLIs that are read from series of their own: counters, histograms, gauges of 0 and 1.
local pair = import 'pair.libsonnet';

local rate(selector) = 'rate(' + selector + '[5m])';

// What a counter grew by since five minutes ago, by the second. Unlike rates, which lose what is counted between the last
// sample of one range and the first of the next, such pieces add up to the event. Of a counter that fell (it began anew), or
// that was not there five minutes ago, the rate is what can be told. A millisecond less, because Prometheus 2 takes both ends of
// a range: a counter that is gone would be there for one evaluation more.
local grown(selector) =
  '(last_over_time(' + selector + '[4m59s999ms]) - ' + selector + ' offset 5m >= 0) / 300\n  or\n  ' + rate(selector);

// The same with the first value of each series that appears at a target which was up already: such a counter is born with
// its first event, which no rate ever sees. That of a target that has just been found may be years old, and does not count;
// nor does one that is more than everything there was in these five minutes, as of a series that comes back after a while.
// seen: of which targets it does; there: the rates of all events; same: how the series is told from those that were there.
local counted(slo, selector, seen, there, same='') =
  '\n  ' + grown(selector) + '\n' +
  if !slo.first_values then ''
  else
    '  or\n  label_replace(\n' +
    '    (min_over_time(' + selector + '[5m]) unless ' + same + selector + ' offset 5m)\n' +
    '    and on (job, instance) (' + seen + ')' +
    ',\n    "__first__", "1", "", ""\n  ) / 300 <= 10 / 300 + scalar(sum(' + there + ') or vector(0))\n';

// One counter; or several, of which those without series count 0. `or` keeps them apart by their label.
// rateOf: how one is read, from its selector and from what tells that its target was up.
local rates(slo, counters, seen, rateOf) =
  if std.isString(counters) then pair.sum(slo, rateOf(counters, seen))
  else
    local term(i) =
      'label_replace(' + counters[i].sign + pair.sum(slo, rateOf(counters[i].selector, seen[i])) +
      ', "__term__", "' + i + '", "", "")';
    'sum without (__term__) (\n  ' +
    std.join('\n  or ', [term(i) for i in std.range(0, std.length(counters) - 1)]) + '\n)';

// An expression in lines of its own.
local lines(expr) = if std.startsWith(expr, '\n') then expr else '\n  ' + expr + '\n';

{
  events(slo):
    local sli = slo.sli;
    local isBad = 'bad' in sli;
    local part = if isBad then sli.bad else sli.good;
    local signed = !std.isString(sli.total) || !std.isString(part);
    local there = rates(slo, sli.total, sli.seen.total, function(selector, seen) rate(selector));
    local all = function(selector, seen) counted(slo, selector, seen, there);
    pair.of(
      rates(slo, sli.total, sli.seen.total, all),
      rates(slo, part, if isBad then sli.seen.bad else sli.seen.good, all),
      isBad,
      signed,
      pair.indent,
      there
    ),

  // A histogram is classic or native, target by target; where a target shows both, the classic one is taken.
  //
  // When Prometheus 2 becomes 3, or a client is updated, a bound changes its spelling: "1" becomes "1.0". What was
  // counted between the last sample of one spelling and the first of the other is missing from good, but not from
  // total, and would look bad. So there is no sample at all until the old spelling is ten
  // minutes away, when what a target counted in five of them is all of one spelling.
  latency(slo):
    local sli = slo.sli;
    local native = rate(sli.native);
    local count = 'histogram_count(' + native + ')';
    local totalOf(rates) = pair.sum(slo, if sli.own_total then rates else lines(rates) + '  or\n  ' + count + '\n');
    local there = totalOf(rate(sli.total));
    local total = totalOf(counted(slo, sli.total, sli.seen.total, there));
    // A native histogram that stands still has the share 0/0; `>= 0` drops it.
    local good = pair.sum(
      slo,
      '\n  sum without (le) (' + counted(slo, sli.good, sli.seen.good, there, if sli.respelled then 'ignoring (le) ' else '') +
      ')\n  or\n  ' +
      count + ' * histogram_fraction(-Inf, ' + sli.threshold + ', ' + native + ') >= 0\n'
    );
    local unlessRespelled = if sli.respelled
    then '\nunless ' + pair.on(slo) + '\n  count without (le) (last_over_time(' + sli.good + '[10m])) > 1'
    else '';
    local found = pair.of(total, good, false, false, pair.indent, there);
    { total: found.total + unlessRespelled, bad: found.bad + unlessRespelled },

  // Every series gives one second per second.
  up(slo):
    local share = 'avg_over_time(' + slo.sli.metric + '[5m]) >= 0';
    { total: pair.count(slo, share), bad: pair.sum(slo, '1 - clamp(' + share + ', 0, 1)') },
}
