// Error ratios over longer windows, each a ratio of sums of the base pair, under the names that Sloth gave them.
//
// A 5-minute rate every 5 minutes covers each moment once, so an hour is the sum of 12 such pieces that end now, however
// often rules are evaluated; six hours are the sum of six, a day of four times six, three days of three. All of them end
// at the moment of evaluation, to the second, and cost a few samples each. The sum of *all* samples would not do: the latest
// minutes are in few of them, and a page would come two minutes late.
local composite = import 'lib/composite.libsonnet';
local group = (import 'lib/group.libsonnet').group;
local record = (import 'lib/group.libsonnet').record;

local total = 'slo:sli_total:rate5m';
local bad = 'slo:sli_bad:rate5m';

local minute = 60;
local piece = 5 * minute;
local hour = 60 * minute;
local day = 24 * hour;

local offset(seconds) =
  if seconds == 0 then ''
  else if seconds % hour == 0 then ' offset ' + (seconds / hour) + 'h'
  else ' offset ' + (seconds / minute) + 'm';

// What sums are made of, longest first; `of` is what they are recorded as. Months are only there for the sake of a period that
// is longer.
local month = { of: 'increase30d', seconds: 30 * day };
local units = [
  { of: 'increase1d', seconds: day },
  { of: 'increase6h', seconds: 6 * hour },
  { of: 'increase1h', seconds: hour },
  { of: 'rate5m', seconds: piece },
];

// What a window is put together of, from now backwards: the longest sums that are recorded and shorter than it.
local parts(seconds, units, ago=0) =
  if ago == seconds then []
  else
    local unit = [unit for unit in units if unit.seconds < seconds && unit.seconds <= seconds - ago][0];
    [{ of: unit.of, ago: ago }] + parts(seconds, units, ago + unit.seconds);

// The text around the matchers, which is the same for all SLOs. `or` keeps the parts apart by their label. A rate is
// events by the second, a piece has 300.
local around(which, seconds, of=units) =
  local all = parts(seconds, of);
  local last = std.length(all) - 1;
  local before(i) =
    'label_replace(' + (if all[i].of == 'rate5m' then '300 * ' else '') + 'slo:sli_' + which + ':' + all[i].of;
  local after(i) = offset(all[i].ago) + ', "__piece__", "' + i + '", "", "")';
  ['sum without (__piece__) (\n  ' + before(0)] +
  [after(i) + '\n  or ' + before(i + 1) for i in std.range(0, last - 1)] +
  [after(last) + '\n)'];

// Those that every SLO has are put together once: locals keep what was worked out.
local bad30m = around('bad', 30 * minute);
local bad1h = around('bad', hour);
local bad2h = around('bad', 2 * hour);
local bad6h = around('bad', 6 * hour);
local bad1d = around('bad', day);
local bad3d = around('bad', 3 * day);
local total30m = around('total', 30 * minute);
local total1h = around('total', hour);
local total2h = around('total', 2 * hour);
local total6h = around('total', 6 * hour);
local total1d = around('total', day);
local total3d = around('total', 3 * day);
local bad4w = around('bad', 28 * day);
local total4w = around('total', 28 * day);
local bad30d = around('bad', 30 * day);
local total30d = around('total', 30 * day);
local known = {
  bad: {
    '30m': bad30m,
    '1h': bad1h,
    '2h': bad2h,
    '6h': bad6h,
    '1d': bad1d,
    '3d': bad3d,
    '4w': bad4w,
    '30d': bad30d,
  },
  total: {
    '30m': total30m,
    '1h': total1h,
    '2h': total2h,
    '6h': total6h,
    '1d': total1d,
    '3d': total3d,
    '4w': total4w,
    '30d': total30d,
  },
};

// Events of a window: window is one of `slo.recorded`, which: 'bad' or 'total'.
local events(which, window, slo) =
  std.join(
    slo.matcher,
    if window.name in known[which] then known[which][window.name]
    else
      local long = if 'period' in window && window.months then [month] else [];
      around(which, std.parseInt(window.seconds), long + units)
  );

// Bad events are recorded where longer windows are made of them, and where alerts compare them with the whole period's.
local keepsBad(window, slo) =
  local asks = [burn for burn in slo.burn if burn.usual != null && (burn.long == window.name || burn.short == window.name)];
  slo.sli.kind != 'composite' && window.name != '5m' && ('period' in window || std.member(['1h', '6h', '1d'], window.name) || asks != []);

local ratio(window, slo, exclusions) =
  if slo.sli.kind == 'composite' then exclusions.maskedWindow(slo, window.name, composite.ratio(slo.sli, window))
  else if window.name == '5m' then bad + slo.matcher + '\n/\n(' + total + slo.matcher + ' > 0)'
  else
    local name(which) = 'slo:sli_' + which + ':increase' + window.name + slo.matcher;
    (if keepsBad(window, slo) then name('bad') else events('bad', window, slo)) + '\n/\n(' +
    (if window.events then name('total') else events('total', window, slo)) + ' > 0)';

local increase(window, slo) =
  if slo.sli.kind == 'composite' then composite.increase(slo.sli, window) else events('total', window, slo);

local rules(windows, slo, exclusions, sloth) = std.flattenArrays([
  (if window.events then [record(slo, 'slo:sli_total:increase' + window.name, increase(window, slo))] else []) +
  (if keepsBad(window, slo) then [record(slo, 'slo:sli_bad:increase' + window.name, events('bad', window, slo))] else []) +
  [
    record(
      slo,
      'slo:sli_error:ratio_rate' + window.name,
      ratio(window, slo, exclusions),
      sloth.labels(slo, window.name)
    ),
  ]
  for window in windows
]);

// The events that the whole period has, at the mean rate of what there was of it: so a young SLO is told of a whole
// period too.
local usual(slo) =
  if slo.usual == null then []
  else
    local rates = total + slo.matcher + '[' + slo.usual.range + ':' + slo.usual.step + ']';
    [record(slo, 'slo:sli_total:increase_period', slo.usual.seconds + ' * avg_over_time(' + rates + ')')];

local isFast(window) = std.parseInt(window.seconds) <= hour;

{
  burn:: {
    // Rules for the group of the base pair: they see the sample of the same evaluation.
    fast(slo): rules([window for window in slo.recorded if isFast(window)], slo, $.exclusions, $.sloth),
  },

  prometheusRules+:: {
    groups+: [
      local slow = [window for window in slo.recorded if !isFast(window)] + $.sloth.periods(slo);
      local made = rules(slow, slo, $.exclusions, $.sloth) + usual(slo) + $.meta.rules(slo);
      group(slo, 'windows', $._config.slowInterval, made)
      for slo in $._config.slos
    ],
  },
}
