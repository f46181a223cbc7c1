// SLOSignalMissing: the SLI was there within the last day, and is gone. No traffic is something else: then its total is
// there, and 0. While the signal is missing no burn-rate alert can fire, which is why this one must.
//
// Of an SLO with groups all must be gone: a region that was closed or a customer who left is no outage. A composite has
// no signal of its own; its parts have these alerts. `alerting.signal: false` leaves them out.
local annotations = import 'lib/annotations.libsonnet';

// The day's events are recorded as long as there is one sample in the day.
local missing(slo, exclusions) =
  local day = 'slo:sli_total:increase1d' + slo.matcher;
  (if slo.by == [] then day + '\nunless\nslo:sli_bad:rate5m' + slo.matcher
   else 'sum by (slo, slo_service) (' + day + ')\nunless on (slo)\nslo:sli_bad:rate5m' + slo.matcher) +
  exclusions.unless(slo);

// What became of the targets, what tells it, and what to say of it.
local states(slo, exclusions) =
  local gone = missing(slo, exclusions);
  if slo.up == null then [
    {
      target: 'unknown',
      expr: gone,
      say: (if std.member(['events', 'latency', 'up'], slo.sli.kind) then 'Its matchers name no job or instance' else 'It is a query') +
           ', so whether the target is up is not known.',
    },
  ] else [
    {
      target: 'down',
      expr: gone + '\nand on ()\nmax(' + slo.up + ') == 0',
      say: "The target is down: Prometheus can't scrape any instance of it.",
    },
    {
      target: 'gone',
      expr: gone + '\nunless on ()\n' + slo.up,
      say: 'The target is gone: Prometheus does not know any instance of it any more.',
    },
    {
      target: 'up',
      expr: gone + '\nand on ()\nmax(' + slo.up + ') == 1',
      say: 'The target is up: it no longer has the metric, or has had no event since it was restarted.',
    },
  ];

// Who is told, of those that the SLO tells at all; '' for nobody.
local severityOf(config, slo, target) =
  local asked = config.signalSeverity[target];
  if slo.notices[asked].enabled then asked else if slo.notices.ticket.enabled then 'ticket' else '';

local alert(config, slo, state, severity) =
  local notice = slo.notices[severity];
  local id = slo.literal.id;
  {
    alert: 'SLOSignalMissing',
    expr: state.expr,
    'for': config.signalFor[severity],
    labels: notice.labels { target: state.target },
    annotations: {
      summary: id + ' has no data (target: ' + state.target + ')',
      description: 'The events of ' + id + ' were counted within the last day and no longer are. ' + state.say +
                   ' Until they are back, nothing tells whether the objective is kept, and no burn-rate alert of it can fire.',
    } + annotations.links(config, slo, 'SLOSignalMissing') + notice.annotations,
  };

{
  signal:: {
    rules(slo): [
      alert($._config, slo, state, severity)
      for state in if slo.sli.kind == 'composite' || !slo.signal then [] else states(slo, $.exclusions)
      for severity in [severityOf($._config, slo, state.target)]
      if severity != ''
    ],
  },
}
