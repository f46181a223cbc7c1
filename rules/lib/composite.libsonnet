// Error ratios of an SLO that is made of others, from the recorded ratios of its parts over the same window.
//
// A window of the whole is defined by what the parts kept in that window, so it can't be summed up of five minutes: a
// product, or a highest value, of sums is not the sum of those. There is a ratio as soon as one part had events. A part
// without events is left out; one without data in the window counts by `no_data`.
local total = 'slo:sli_total:rate5m';

// Whether there are samples of a part in a window; what it is agreed to leave out is not missing.
local known(window, matcher) =
  (if window.name == '5m' then total + matcher
   else if window.events then 'slo:sli_total:increase' + window.name + matcher
   else 'present_over_time(' + total + matcher + '[' + window.name + ':5m])') +
  ' unless on () max_over_time(slo:excluded' + matcher + '[' + window.name + ':5m]) == 1';

local recorded(window) = function(matcher) 'slo:sli_error:ratio_rate' + window.name + matcher;

// Likewise, where the errors of a part with fewer events, or fewer bad ones, than a page needs count as none.
local recordedWith(window, burn, plain) =
  local ratio = function(matcher) plain(recorded(window)(matcher));
  function(matcher)
    local events = 'slo:sli_total:increase' + window.name + matcher;
    local enough = std.join(
      ' and ',
      (if burn.min_events == null then [] else [events + ' >= ' + burn.min_events]) +
      (if burn.min_bad == null then [] else ['round(' + ratio(matcher) + ' * ' + events + ') >= ' + burn.min_bad])
    );
    '(' + ratio(matcher) + ' and ' + enough + ' or 0 * ' + ratio(matcher) + ')';

local whole(sli, window, ratio) =
  // What is missing is made up for, part by part; `or` keeps the parts apart by their label.
  local fill = sli.no_data == 'bad' || (sli.no_data == 'good' && sli.method == 'weighted');
  local assumed = if sli.no_data == 'bad' then '1' else '0';
  local part(i, of) =
    local matcher = sli.parts[i].matcher;
    if fill then
      'label_replace(' + of(matcher) + ' or vector(' + assumed + ') unless on () ' + known(window, matcher) +
      ', "__part__", "' + i + '", "", "")'
    else of(matcher);
  local union(of) = '(\n  ' + std.join('\n  or ', [of(i) for i in std.range(0, std.length(sli.parts) - 1)]) + '\n)';
  local all = if fill then union(function(i) part(i, ratio)) else '(' + ratio(sli.matcher) + ')';
  local methods = {
    weighted:
      'sum' + union(function(i) sli.parts[i].weight + ' * ' + part(i, ratio)) + '\n/\nsum' +
      union(function(i) '0 * ' + part(i, recorded(window)) + ' + ' + sli.parts[i].weight),
    // A product, which PromQL has none of.
    serial: '1 - exp(sum(ln(clamp_min(1 - ' + all + ', 0))))',
    worst: 'max' + all,
  };
  methods[sli.method] + (if fill then '\nand on ()\n' + recorded(window)(sli.matcher) else '');

{
  // window: { name, events }, as in burn.libsonnet.
  ratio(sli, window): whole(sli, window, recorded(window)),

  // The same over the long window of a page: a single bad event of a part that has few must not be one.
  ratioOfMany(sli, burn, plain):
    local counted = { name: burn.long, events: true };
    whole(sli, counted, recordedWith(counted, burn, plain)),

  increase(sli, window): 'sum(slo:sli_total:increase' + window.name + sli.matcher + ')',

  // The events are those of its parts, and as many of them are bad as make the ratio.
  total(sli): 'sum(' + total + sli.matcher + ')',
  bad(slo):
    local own = total + slo.matcher;
    'slo:sli_error:ratio_rate5m' + slo.matcher + ' * ' + own + '\nor\n0 * ' + own,
}
