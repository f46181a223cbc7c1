// Prints the files of rules.jsonnet that are of services: what is made of each SLO by itself, so that large catalogues can be
// printed in parts.
local mixin = import 'mixin.libsonnet';

local groups(slos, config) =
  local made = mixin { _config+:: config { slos: slos }, exporter+:: { groups: [] } };
  made.prometheusRules.groups + made.prometheusAlerts.groups;

function(slos=[], config={}) {
  [name + '.yaml']: { groups: groups([slo for slo in slos if slo.file_name == name], config) }
  for name in std.set([slo.file_name for slo in slos])
}
