// Agreed time: `slo:excluded` is 1 in it, and while it is, an SLO has no base pair. So no window holds its events, and
// nothing fires for them, then or later. SLOExclusionsRunOut: what recurs is worked out ahead, and ends.
local annotations = import 'lib/annotations.libsonnet';
local record = (import 'lib/group.libsonnet').record;

local mask(slo) = 'slo:excluded' + slo.matcher + ' == 1';

local alert(config, slo) =
  local notice = slo.notices.ticket;
  local id = slo.literal.id;
  local end = annotations.number(slo.literal, 'slo:exclusions_end:timestamp_seconds' + slo.literal.matcher, 'humanizeTimestamp');
  {
    alert: 'SLOExclusionsRunOut',
    expr: 'slo:exclusions_end:timestamp_seconds' + slo.matcher + ' - time() < ' + config.exclusionsAhead,
    labels: notice.labels,
    annotations: {
      summary: 'the rules of ' + id + ' know its exclusions for a few more days only',
      description: 'Recurring exclusions are worked out when rules are generated, here until ' + end +
                   '. After that, planned work will page. Run `tallystick generate` again, and load what it writes.',
    } + annotations.links(config, slo, 'SLOExclusionsRunOut') + notice.annotations,
  };

{
  exclusions:: {
    // The expression, without what is excluded.
    masked(slo, expr): if slo.excluded == null then expr else '(\n' + expr + '\n)\nunless on ()\n' + mask(slo),

    // The same for what may have several series, of one SLO each.
    unless(slo): if slo.excluded == null then '' else '\nunless on (slo)\n' + mask(slo),

    // A composite's windows are made of its parts' windows. Where those do not leave out what it does, such a window tells
    // nothing as long as it reaches into that time.
    maskedWindow(slo, window, expr):
      if slo.excluded == null || slo.excluded.apart == null then expr
      else '(\n' + expr + '\n)\nunless on ()\nmax_over_time(slo:excluded:apart' + slo.matcher + '[' + window + ':5m]) == 1',

    // 1 during an exclusion, and as long after it as the pair still looks back into it.
    recorded(slo):
      if slo.excluded == null then []
      else
        [record(slo, 'slo:excluded', slo.excluded.expr)] +
        (if slo.excluded.apart == null then [] else [record(slo, 'slo:excluded:apart', slo.excluded.apart)]),

    rules(slo):
      if slo.excluded == null || slo.excluded.ends == null || !slo.notices.ticket.enabled then []
      else [alert($._config, slo)],
  },
}
