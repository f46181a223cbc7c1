// Dashboards in mixin convention; needs nothing of ../rules.
(import 'config.libsonnet') +
(import 'portfolio.libsonnet') +
(import 'slo.libsonnet')
