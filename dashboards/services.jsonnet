// Prints the dashboards of single services: `jsonnet -m OUT dashboards/services.jsonnet`.
// slos: the SLOs, as `tallystick export` prints them; config: merged over `_config`.
function(slos=[], config={}) (
  (import 'mixin.libsonnet') + { _config+:: { slos: slos } + config }
).serviceDashboards
