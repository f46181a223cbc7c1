// Error ratios over longer windows, each a ratio of sums of the base pair, under the names that Sloth gave them.
//
// A 5-minute rate every 5 minutes covers each moment once, so a window is the sum of such pieces, however often rules
// are evaluated. The sum of *all* samples would not do: the latest minutes are in few of them, and a page would come
// two minutes late.
local composite = import 'lib/composite.libsonnet';
local group = (import 'lib/group.libsonnet').group;
local record = (import 'lib/group.libsonnet').record;

local total = 'slo:sli_total:rate5m';
local bad = 'slo:sli_bad:rate5m';

// Pieces that end now: exact to the second, for windows that page. `or` keeps the pieces apart by their label. The text
// around the matchers is put together once, not for every SLO.
local piecesTo(count) =
  local around(metric) =
    local before = 'label_replace(' + metric;
    local after(i) = (if i == 0 then '' else ' offset ' + (5 * i) + 'm') + ', "__piece__", "' + i + '", "", "")';
    ['sum without (__piece__) (\n  ' + before] +
    [after(i) + '\n  or ' + before for i in std.range(0, count - 2)] +
    [after(count - 1) + '\n)'];
  local ofBad = around(bad);
  local ofTotal = around(total);
  { bad(slo): std.join(slo.matcher, ofBad), total(slo): std.join(slo.matcher, ofTotal) };

// Pieces on the clock's multiples of 5 minutes: short to write, and late by up to 5 minutes, which a long window bears.
local piecesIn(window) =
  local sum(metric, slo) = 'sum_over_time(' + metric + slo.matcher + '[' + window + ':5m])';
  { bad(slo): sum(bad, slo), total(slo): sum(total, slo) };

// seconds of a piece: events = rate x 300.
local perPiece = '300 * ';

// name; pieces: how its sum is written; events: whether its number of events is recorded too, for alerts to ask for.
local fast = [
  { name: '30m', pieces: piecesTo(6), events: false },
  { name: '1h', pieces: piecesTo(12), events: true },
];
local slow = [
  { name: '2h', pieces: piecesIn('2h'), events: false },
  { name: '6h', pieces: piecesIn('6h'), events: true },
  { name: '1d', pieces: piecesIn('1d'), events: true },
  { name: '3d', pieces: piecesIn('3d'), events: true },
];

local latest = { name: '5m', events: false };

local ratio(window, slo) =
  if slo.sli.kind == 'composite' then composite.ratio(slo.sli, window)
  else if window.name == latest.name then bad + slo.matcher + '\n/\n(' + total + slo.matcher + ' > 0)'
  else if window.events then
    perPiece + window.pieces.bad(slo) + '\n/\n(slo:sli_total:increase' + window.name + slo.matcher + ' > 0)'
  else
    window.pieces.bad(slo) + '\n/\n(' + window.pieces.total(slo) + ' > 0)';

local increase(window, slo) =
  if slo.sli.kind == 'composite' then composite.increase(slo.sli, window) else perPiece + window.pieces.total(slo);

local rules(windows, slo) = std.flattenArrays([
  (if window.events then [record(slo, 'slo:sli_total:increase' + window.name, increase(window, slo))] else []) +
  [record(slo, 'slo:sli_error:ratio_rate' + window.name, ratio(window, slo))]
  for window in windows
]);

{
  burn:: {
    // Rules for the group of the base pair: they see the sample of the same evaluation.
    fast(slo): rules([latest] + fast, slo),
  },

  prometheusRules+:: {
    groups+: [
      group(slo, 'windows', $._config.slowInterval, rules(slow, slo) + $.meta.rules(slo))
      for slo in $._config.slos
    ],
  },
}
