// Bands of panels on the service that is chosen. rows: how many its table has, if that is known.
local panels = import 'panels.libsonnet';
local style = import 'style.libsonnet';

function(config, rows=6)
  local d = (import 'dashboard.libsonnet')(config);
  local parts = (import 'parts.libsonnet')(config);
  local q = (import 'queries.libsonnet')(config).service;

  local lines(id, title, description, unit, targets) =
    panels.timeseries(id, title, description, unit, targets) + panels.custom({ fillOpacity: 0, lineWidth: 2 });

  local table =
    panels.table(1, 'SLOs', 'Every SLO of the service in each of its windows, the worst first. Click one for its own page.', [
      parts.slo(d.sloLink('${service}', '${__data.fields.SLO}', '${__data.fields.Window}')),
      parts.window,
    ] + parts.groups + parts.figures(q, q.state())) +
    panels.defaults({ noValue: '–' }) + panels.sortBy('State', true);

  [
    d.band(std.min(3 + rows, 15), [[24, table]]),
    d.band(8, [
      [
        12,
        lines(2, 'Indicator, last hour', 'Share of good events in the hour before each instant, of every SLO; dashed, what is promised.', 'percentunit', [
          panels.range(q.sli('1h'), '{{slo}}'),
          panels.range(q.promised(), '{{slo}}, objective'),
        ]) + panels.defaults({ decimals: 3, max: 1 }) +
        panels.overrides([panels.matching('.*, objective', panels.dashed('text') + panels.unlisted { 'custom.lineWidth': 1 })]),
      ],
      [
        12,
        lines(3, 'Burn rate, last hour', 'How many times faster than sustainable each budget was spent. 1, the line, spends it exactly in its window. The scale is straight up to 1, and logarithmic above.', 'none', [
          panels.range(q.burn('1h'), '{{slo}}'),
        ]) + panels.defaults({ decimals: 2, min: 0, thresholds: style.burn }) +
        panels.custom({ scaleDistribution: { type: 'symlog', linearThreshold: 1, log: 10 }, thresholdsStyle: { mode: 'dashed' } }),
      ],
    ]),
    d.band(8, [
      [12, lines(4, 'Events', 'Events per second that each SLO covers.', 'cps', [panels.range(q.events('slo:sli_total:rate5m'), '{{slo}}')]) + panels.defaults({ min: 0 })],
      [12, lines(5, 'Bad events', 'Bad events per second of each SLO.', 'cps', [panels.range(q.events('slo:sli_bad:rate5m'), '{{slo}}')]) + panels.defaults({ min: 0 })],
    ]),
    d.band(8, [
      [
        12,
        lines(6, 'Budget left', 'Budget left over time, of every SLO in each of its windows. Below 0 the promise is broken.', 'percentunit', [
          panels.range(q.lowest('slo_error_budget_remaining_ratio'), '{{slo}} ({{window}})'),
        ]) + panels.defaults({ decimals: 1, max: 1, thresholds: style.budget(config.atRiskBelow) }) + panels.custom({ axisSoftMin: 0, thresholdsStyle: { mode: 'dashed' } }),
      ],
      [
        12,
        panels.stateTimeline(7, 'Alerts', 'Each SLO’s alerts over time: silent, pending or firing.', [panels.range(q.alertState(), '{{slo}}')]) +
        panels.mappings(style.alertMappings) + panels.steps(style.plain),
      ],
    ]),
  ]
