// What all kinds of SLI share: sums by group, and bad events from what is given of them.
//
// Total present and no bad series means that bad is 0. No total means no sample of either. Neither is ever NaN,
// infinite or negative: comparisons drop what is no number, and where a difference can be negative it is clamped.
// Bad is written with the total's own expression, not with the recorded total: where a ruler writes late, that would be
// of another moment.
{
  // The sum of a vector, for each group if the SLO has groups.
  sum(slo, expr): (if slo.by == [] then 'sum' else 'sum by (' + std.join(', ', slo.by) + ') ') + '(' + expr + ')',

  count(slo, expr): (if slo.by == [] then 'count' else 'count by (' + std.join(', ', slo.by) + ') ') + '(' + expr + ')',

  // 'on (...)' for a vector of all series to say something of each group.
  on(slo): 'on (' + std.join(', ', slo.by) + ')',

  // Only numbers.
  number(expr): expr + ' < Inf',
  // Only numbers, and none under 0.
  amount(expr): 'clamp_min(' + expr + ' < Inf > -Inf, 0)',

  // Lines that stand within others. Not for queries: a string in one may have lines of its own.
  indent(text): std.strReplace(text, '\n', '\n  '),

  // total, part: expressions of vectors; isBad: whether part is the bad events or the good ones; signed: whether either
  // may be negative; within: how they are written inside of brackets; there: what tells that there is a total.
  of(total, part, isBad, signed, within=function(text) text, there=total): {
    local none = '0 * ' + within(there),
    local bad = if isBad
    then '(\n  ' + within(part) + ' + ' + none + '\nor\n  ' + none + '\n)'
    else '(\n  ' + within(total) + ' - (\n  ' + within(part) + '\n  or\n  ' + none + '\n  )\n)',
    total: if signed then $.amount(total) else $.number(total),
    // What is not good is bad; two reads of counters may differ by a sample.
    bad: if signed || !isBad then $.amount(bad) else $.number(bad),
  },
}
