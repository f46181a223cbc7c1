// Base pairs of SLIs that are queries. Their text stands between brackets in lines of its own, as it was written.
local record = (import 'group.libsonnet').record;
local pair = import 'pair.libsonnet';

local lines(query) = '\n' + query.query + '\n';

// A count in five minutes, by the second.
local events(slo, query) =
  pair.sum(slo, if query.scalar then 'vector(' + lines(query) + ')' else lines(query)) + (if query.rate then '' else ' / 300');

// The value of the one series that a query gives, without its labels; nothing of none, of several, and of NaN.
local value(query) = 'vector(' + (if query.scalar then lines(query) else 'scalar(' + lines(query) + ')') + ')';

{
  query(slo):
    local sli = slo.sli;
    local isBad = 'bad' in sli;
    pair.of(events(slo, sli.total), events(slo, if isBad then sli.bad else sli.good), isBad, true),

  // A slice is an event; its verdict is recorded at each evaluation, and read at the slice's end.
  threshold(slo):
    local sli = slo.sli;
    local verdict = 'slo:sli_bad:bool';
    local of(aggregation) =
      aggregation + '(' + verdict + slo.matcher + '[' + sli.range + ':' + sli.slice + ']) / ' + sli.range_seconds;
    {
      before: [record(slo, verdict, '(' + value(sli) + ' >= -Inf) ' + sli.fails + ' bool ' + sli.value)],
      total: of('count_over_time'),
      bad: of('sum_over_time'),
    },

  // Where there are no events the ratio may be missing: that there are none is known all the same.
  ratio(slo):
    local sli = slo.sli;
    local share = 'clamp(' + value(sli) + ' < Inf > -Inf, 0, 1)';
    local bad = if sli.means == 'error' then share else '(1 - ' + share + ')';
    if sli.total == null then {
      total: '0 * ' + share + ' + 1',
      bad: bad,
    } else {
      local total = '(' + pair.number(events(slo, sli.total)) + ' >= 0)',
      local idle = '\nor\n' + total + ' == 0',
      total: total + '\nand\n' + share + idle,
      bad: total + '\n*\n' + bad + idle,
    },
}
