// Template variables. All but the data source are read anew when the time range changes.
local datasource = (import 'panels.libsonnet').datasource;
function(config)
  local q = (import 'queries.libsonnet')(config);
  local query(name, label, values, sort) = {
    name: name,
    label: label,
    type: 'query',
    datasource: datasource,
    definition: values,
    query: { query: values, refId: 'PrometheusVariableQueryEditor-VariableQuery', qryType: 1 },
    refresh: 2,
    sort: sort,
    regex: '',
    hide: 0,
    multi: false,
    includeAll: false,
    options: [],
    current: {},
  };
  // All is `.*` and not a list of what there is: an SLO without a team is part of it.
  local several = { multi: true, includeAll: true, allValue: '.*', current: { selected: true, text: ['All'], value: ['$__all'] } };
  local alphabetical = 1;
  local numericalDown = 4;
  local values(metric, matchers, label) = 'label_values(' + q.selector(metric, matchers) + ', ' + label + ')';
  {
    datasource:: {
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      regex: config.datasourceRegex,
      refresh: 1,
      hide: 0,
      includeAll: false,
      multi: false,
      options: [],
      current: {},
    },
    team:: query('team', 'Team', values('slo_info', [], 'slo_team'), alphabetical) + several,
    tier:: query('tier', 'Tier', values('slo_info', ['slo_team=~"$team"'], 'slo_tier'), alphabetical) + several,
    local services = values('slo_info', ['slo_team=~"$team"', 'slo_tier=~"$tier"'], 'slo_service'),
    services:: query('service', 'Service', services, alphabetical) + several,
    service:: query('service', 'Service', services, alphabetical),
    windows:: query('window', 'Window', values('slo_valid', ['slo_service=~"$service"'], 'window'), numericalDown) + several,
    slo:: query('slo', 'SLO', values('slo_info', ['slo_service="$service"'], 'slo'), alphabetical),
    // The longest first.
    window:: query('window', 'Window', values('slo_valid', ['slo="$slo"'], 'window'), numericalDown),
  }
