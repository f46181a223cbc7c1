// Rules and alerts in mixin convention; needs nothing of ../dashboards.
(import 'config.libsonnet') +
(import 'exclusions.libsonnet') +
(import 'sloth.libsonnet') +
(import 'sli.libsonnet') +
(import 'burn.libsonnet') +
(import 'meta.libsonnet') +
(import 'alerts.libsonnet') +
(import 'signal.libsonnet') +
(import 'exporter.libsonnet')
