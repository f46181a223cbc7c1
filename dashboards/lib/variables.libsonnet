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
  local ofInfo(matchers, label) = 'label_values(' + q.info(matchers) + ', ' + label + ')';
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
    team:: query('team', 'Team', ofInfo([], 'slo_team'), alphabetical) + several,
    tier:: query('tier', 'Tier', ofInfo(['slo_team=~"$team"'], 'slo_tier'), alphabetical) + several,
    local services = ofInfo(['slo_team=~"$team"', 'slo_tier=~"$tier"'], 'slo_service'),
    services:: query('service', 'Service', services, alphabetical) + several,
    service:: query('service', 'Service', services, alphabetical),
    windows:: query('window', 'Window', values('slo_valid', ['slo_service=~"$service"'], 'window'), numericalDown) + several,
    slo:: query('slo', 'SLO', ofInfo(['slo_service="$service"'], 'slo'), alphabetical),
    // One for each label that SLOs have groups by; an SLO without such groups is there whatever is chosen.
    groups:: [
      query(q.chooser(label), 'Group: ' + label, values('slo_valid', ['slo="$slo"'], label), alphabetical) + several
      for label in q.groupLabels
    ],
    // One value, which nobody chooses.
    fixed(name, label, value):: {
      name: name,
      label: label,
      type: 'constant',
      query: value,
      hide: 2,
      skipUrlSync: true,
      options: [{ selected: true, text: value, value: value }],
      current: { selected: true, text: value, value: value },
    },
    kind:: query('kind', 'Kind', values('slo_agreement_info', ['slo_service=~"$service"'], 'agreement_kind'), alphabetical) + several,
    party:: query('party', 'Party', values('slo_agreement_info', ['slo_service=~"$service"', 'agreement_kind=~"$kind"'], 'agreement_party'), alphabetical) + several,
    job:: query('job', 'Job', values('tallystick_up', [], 'job'), alphabetical) + several,
    instance:: query('instance', 'Instance', values('tallystick_up', ['job=~"$job"'], 'instance'), alphabetical) + several,
    // The longest first.
    window:: query('window', 'Window', values('slo_valid', ['slo="$slo"'], 'window'), numericalDown),
  }
