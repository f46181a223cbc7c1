// Prints every dashboard: `jsonnet -m OUT dashboards/dashboards.jsonnet`.
// slos: the SLOs, as `tallystick export` prints them; config: merged over `_config`.
function(slos=[], config={}) (
  (import 'mixin.libsonnet') + { _config+:: { slos: slos } + config }
).grafanaDashboards
