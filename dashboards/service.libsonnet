// Service: all promises of one service, from the rules and from the exporter.
local build(config) =
  local d = (import 'lib/dashboard.libsonnet')(config);
  local variables = (import 'lib/variables.libsonnet')(config);
  local bands = (import 'lib/ofservice.libsonnet')(config);
  local q = (import 'lib/queries.libsonnet')(config).service;

  d.new(
    'service',
    'Tallystick / Service',
    'All service level objectives of one service: states, indicators against objectives, burn rates, events and alerts.',
    config.serviceFrom,
    [variables.datasource, variables.team, variables.tier, variables.service],
    d.links('service'),
    d.annotations(q, true),
    bands,
  );

{
  grafanaDashboards+:: { 'tallystick-service.json': build($._config) },
}
