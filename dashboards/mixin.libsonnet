// Dashboards in mixin convention; needs nothing of ../rules.
(import 'config.libsonnet') +
(import 'portfolio.libsonnet') +
(import 'oncall.libsonnet') +
(import 'service.libsonnet') +
(import 'slo.libsonnet') +
(import 'agreements.libsonnet') +
(import 'exporter.libsonnet') +
(import 'services.libsonnet')
