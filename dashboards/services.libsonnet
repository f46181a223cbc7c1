// One dashboard for each service, with what only its definitions tell: what is promised in words, links, the thresholds of
// its own alerts, and the histograms behind its latencies. Needs `slos` as `tallystick export` prints them.
local panels = import 'lib/panels.libsonnet';
local text = import 'lib/text.libsonnet';

local longest = 40;  // of a uid, in Grafana
local plain(c) = std.member('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_', c);
local keyOf(prefix, service) =
  if std.length(prefix + service) <= longest && std.all([plain(c) for c in std.stringChars(service)]) then service
  else std.md5(service)[0:12];

local services(slos) = std.set([slo.service for slo in slos]);

local build(all, service) =
  // What other services have does not matter here: not their groups either.
  local config = all { slos: [slo for slo in all.slos if slo.service == service] };
  local d = (import 'lib/dashboard.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local q = (import 'lib/queries.libsonnet')(config);
  local slos = config.slos;
  local bands = (import 'lib/ofservice.libsonnet')(config, std.sum([std.length(slo.windows) for slo in slos]));
  local name = 'service-' + keyOf(config.dashboardUidPrefix + 'service-', service);

  local about(i) =
    local slo = slos[i];
    local links = std.join(' · ', [
      '[' + text.plain(label) + '](' + text.address(slo.links[label]) + ')'
      for label in std.objectFields(slo.links)
    ]);
    '| [' + text.plain(slo.name) + '](' + text.address('/d/' + d.uid('slo') + '?var-service=' + slo.url.service + '&var-slo=' + slo.url.slo) + ') | ' +
    slo.objective_percent + '% over ' + std.join(', ', [window.name for window in slo.windows]) + ' | ' + text.plain(slo.description) + ' | ' + links + ' |\n';
  local promises =
    panels.text(100, 'Promises', 'What is promised of the service, as its definitions say.', '| SLO | promise | in words | links |\n|---|---|---|---|\n' +
                                                                                             std.join('', [about(i) for i in std.range(0, std.length(slos) - 1)]));

  // A threshold has the colour of what is held against it.
  local colors = ['blue', 'purple', 'orange', 'green'];
  // Alerts by severity, with the thresholds that the definitions come to.
  local burning(i) =
    local slo = slos[i];
    local ratio(window) = 'max(slo:sli_error:ratio_rate' + window + text.query(slo.matcher) + ') / ' + slo.error_budget;
    panels.timeseries(
      200 + i,
      slo.name + ': burn rates',
      'Burn rates of the long windows that its alerts look at, and dashed their thresholds. The scale is straight up to 1, and logarithmic above.',
      'none',
      std.flattenArrays([
        [
          panels.range(ratio(burn.long), burn.severity + ', ' + burn.long),
          panels.range('0 * ' + ratio(burn.long) + ' + ' + burn.factor, burn.severity + ', ' + burn.long + ', threshold'),
        ]
        for burn in slo.burn
      ])
    ) +
    panels.defaults({ decimals: 2, min: 0 }) +
    panels.custom({ fillOpacity: 0, lineWidth: 2, scaleDistribution: { type: 'symlog', linearThreshold: 1, log: 10 } }) +
    panels.overrides(std.flattenArrays([
      local burn = slo.burn[k];
      local color = colors[k % std.length(colors)];
      local name = burn.severity + ', ' + burn.long;
      [
        panels.named(name, panels.fixed(color)),
        panels.named(name + ', threshold', panels.dashed(color) + panels.unlisted { 'custom.lineWidth': 1 }),
      ]
      for k in std.range(0, std.length(slo.burn) - 1)
    ]));

  local latencies = [slo for slo in slos if slo.sli.kind == 'latency'];
  local heat(i) =
    local slo = latencies[i];
    panels.heatmap(300 + i, slo.name + ': latencies', 'Observations per second by bucket of the histogram that the SLO counts; the objective asks for ' + slo.sli.threshold + ' s or less.', 's', [
      panels.range('sum by (le) (rate(' + text.query(slo.sli.buckets) + '[$__rate_interval]))', '{{le}}') { format: 'heatmap' },
    ]);

  local pairs(list) = [list[i:i + 2] for i in std.range(0, std.length(list) - 1) if i % 2 == 0];
  local two(height, list) = [
    d.band(height, if std.length(pair) == 2 then [[12, pair[0]], [12, pair[1]]] else [[24, pair[0]]])
    for pair in pairs(list)
  ];
  local shown = [burning(i) for i in std.range(0, std.length(slos) - 1) if slos[i].burn != [] && i < config.serviceSlos];
  local heats = [heat(i) for i in std.range(0, std.length(latencies) - 1) if i < config.serviceSlos];

  {
    [config.dashboardUidPrefix + name + '.json']: d.new(
      name,
      'Tallystick / Service / ' + service,
      'The service level objectives of ' + service + ', with what its definitions say of them.',
      config.serviceFrom,
      [variables.datasource, variables.team, variables.tier, variables.fixed('service', 'Service', service)],
      d.links(''),
      d.annotations(q.service, true),
      [d.band(std.max(4, 3 + std.ceil(std.min(std.length(slos), 20) * 0.9)), [[24, promises]])] + bands + two(8, shown) + two(8, heats)
    ),
  };

{
  // By file name. Apart from `grafanaDashboards`, which are the same whatever SLOs there are.
  serviceDashboards+:: std.foldl(function(all, service) all + build($._config, service), services($._config.slos), {}),
}
