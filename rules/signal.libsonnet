// SLOSignalMissing: the SLI was there within the last day, and is gone. No traffic is something else: then its total is
// there, and 0. While the signal is missing no burn-rate alert can fire, which is why this one must.
local annotations = import 'lib/annotations.libsonnet';

// The day's events are recorded as long as there is one sample in the day.
local missing(slo) = 'slo:sli_total:increase1d' + slo.matcher + '\nunless\nslo:sli_bad:rate5m' + slo.matcher;

// What became of the targets: the condition that tells, and what to say.
local states(slo) =
  if slo.up == null then {
    unknown: { expr: missing(slo), say: 'Its matchers name no job or instance, so whether the target is up is not known.' },
  } else {
    up: {
      expr: missing(slo) + '\nand on ()\nmax(' + slo.up + ') == 1',
      say: 'The target is up: it no longer has the metric, or has had no event since it was restarted.',
    },
    down: {
      expr: missing(slo) + '\nand on ()\nmax(' + slo.up + ') == 0',
      say: "The target is down: Prometheus can't scrape any instance of it.",
    },
    gone: {
      expr: missing(slo) + '\nunless on ()\n' + slo.up,
      say: 'The target is gone: Prometheus does not know any instance of it any more.',
    },
  };

local severityOf(config, slo, state) =
  local asked = config.signalSeverity[state];
  if slo.notices[asked].enabled then asked else if slo.notices.ticket.enabled then 'ticket' else '';

local alert(config, slo, target, state, severity) = {
  alert: 'SLOSignalMissing',
  expr: state.expr,
  'for': config.signalFor[severity],
  labels: slo.notices[severity].labels { target: target },
  annotations: {
    summary: slo.literal.id + ' has no data (target: ' + target + ')',
    description: 'The events of ' + slo.literal.id + ' were counted within the last day and no longer are. ' + state.say +
                 ' Until it is back, nothing can tell whether the objective is kept, and no burn-rate alert of it can fire.',
  } + annotations.links(config, slo, 'SLOSignalMissing') + slo.notices[severity].annotations,
};

{
  signal:: {
    rules(slo):
      local all = states(slo);
      [
        alert($._config, slo, target, all[target], severityOf($._config, slo, target))
        for target in std.objectFields(all)
        if severityOf($._config, slo, target) != ''
      ],
  },
}
