// Prints the one file of rules.jsonnet that is made of all SLOs together: the alerts from the exporter's metrics. No
// service can be named so: names begin with a letter or a digit. Of each SLO only `by`, `matcher` and
// `notices.ticket.enabled` are looked at, so that large catalogues can be printed in parts, and this of all of it.
local mixin = import 'mixin.libsonnet';

function(slos=[], config={}) { '_exporter.yaml': (mixin { _config+:: config { slos: slos } }).exporter }
