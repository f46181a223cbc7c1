// Prints the rules: file name -> rule file, one file for each service.
//   tallystick export slo-definitions > slos.json
//   jsonnet -J . -m DIR --tla-code-file slos=slos.json rules/rules.jsonnet
// slos: as `tallystick export` prints them; config: see config.libsonnet.
local mixin = import 'mixin.libsonnet';

local groups(slos, config) =
  local made = mixin { _config+:: config { slos: slos } };
  made.prometheusRules.groups + made.prometheusAlerts.groups;

function(slos=[], config={}) {
  [name + '.yaml']: { groups: groups([slo for slo in slos if slo.file_name == name], config) }
  for name in std.set([slo.file_name for slo in slos])
}
