"""Definitions of other tools, in which every field that is read is said, for tests of what is made of them."""

SLOTH = """\
# The shop.
version: prometheus/v1
service: shop
labels: {owner: web, env: prod}
slos:
  # What customers notice.
  # Agreed in spring.
  - name: availability
    description: Requests are answered.
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(requests_total{job="shop"}[{{.window}}]))
    alerting:
      name: ShopErrors
      annotations: {summary: "Errors: {{ $labels.slo }}"}
      page_alert: {labels: {severity: critical}}
      ticket_alert: {disable: true}
  - name: regions
    objective: 99
    labels: {env: test}
    sli:
      events:
        error_query: sum by (region) (rate(errors_total[{{.window}}]))
        total_query: sum by (region) (rate(requests_total[{{.window}}]))
"""
SLOTH_RESOURCE = """\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: stock, namespace: shop}
spec:
  service: stock
  labels: {team: backend, tier: 2}
  slos:
    - name: counted
      objective: 99.95
      sli:
        raw:
          errorRatioQuery: |
            sum(rate(errors_total{job="stock"}[{{.window}}]))
            /
            sum(rate(requests_total{job="stock"}[{{.window}}]))
      alerting:
        name: StockErrors
        labels: {area: "stock: \\"1\\""}
        pageAlert: {annotations: {say: "it's #1"}}
        ticketAlert: {}
    - name: timed
      objective: 95
      sli:
        raw:
          errorRatioQuery: 1 - avg(avg_over_time(share_of_good[{{ .window }}]))
    - name: asked
      objective: 95
      sli:
        events:
          errorQuery: sum(max_over_time(queue_errors[{{.window}}])) or vector(0)
          totalQuery: sum(max_over_time(queue_length[{{.window}}]))
"""
ALERT_WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""
SLO_GENERATOR = """\
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata:
  name: cart-web-availability
  labels: {service_name: cart, feature_name: web, slo_name: availability, team: web}
spec:
  description: 99.9% of the requests are answered
  goal: 0.999
  backend: prometheus
  method: good_bad_ratio
  exporters: [prometheus]
  service_level_indicator:
    filter_good: requests_total{job="cart",code!~"5.."}
    filter_bad: requests_total{job="cart",code=~"5.."}[window]
    operators: [rate, sum]
---
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata:
  name: cart-web-latency
  labels: {service_name: cart, feature_name: web, team: web}
spec:
  goal: 0.99
  backend: prometheus/eu
  method: distribution_cut
  error_budget_policy: slow
  service_level_indicator:
    expression: request_seconds_bucket{job="cart"}
    threshold_bucket: 0.25
---
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata: {name: wifi-quality}
spec:
  goal: 0.95
  backend: prometheus
  method: query_sli
  service_level_indicator:
    expression: >
      avg(avg_over_time(wifi_quality[window]))
"""
SLO_GENERATOR_CONFIG = """\
backends:
  prometheus: {url: "${PROMETHEUS_URL}"}
exporters:
  prometheus: {url: "${PUSHGATEWAY_URL}"}
error_budget_policies:
  default:
    steps:
      - {name: 1 hour, window: 3600, burn_rate_threshold: 9, alert: true, message_alert: "Page: defend", message_ok: fine}
      - {name: 28 days, window: 2419200, burn_rate_threshold: 1, alert: false, message_alert: Freeze, message_ok: thaw}
  slow:
    steps:
      - {name: 7 days, window: 604800, burn_rate_threshold: 1.5, alert: false, message_alert: Plan, message_ok: fine}
      - {name: 90 days, window: 7776000, burn_rate_threshold: 1, alert: false, message_alert: Freeze, message_ok: thaw}
"""
PYRRA = """\
# The gateway.
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: gateway-errors
  namespace: edge
  labels: {prometheus: k8s, role: alert-rules, pyrra.dev/team: edge}
  annotations: {pyrra.dev/runbook_url: "https://runbooks.example.org/gateway"}
spec:
  # Agreed in spring.
  target: "99.5"
  window: 2w
  description: Requests are answered.
  indicator:
    ratio:
      errors: {metric: 'requests_total{job="gateway",code=~"5.."}'}
      total: {metric: 'requests_total{job="gateway"}'}
      grouping: [handler]
  alerting: {name: GatewayErrors, absent: true}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: gateway-latency, namespace: edge}
spec:
  target: "99"
  window: 4w
  indicator:
    latency:
      success: {metric: 'request_seconds_bucket{job="gateway",le="0.5"}'}
      total: {metric: 'request_seconds_count{job="gateway"}'}
  alerting: {burnrates: true, absent: false}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: gateway-native, namespace: edge}
spec:
  target: "95"
  window: 28d
  indicator:
    latencyNative:
      latency: 250ms
      total: {metric: 'request_seconds{job="gateway"}'}
---
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: gateway-probe, namespace: edge}
spec:
  target: "99.9"
  window: 30d
  indicator:
    bool_gauge: {metric: 'probe_success{job="gateway"}', grouping: [instance]}
"""
OPENSLO = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: eu}
spec:
  type: Prometheus
  connectionDetails: {url: "http://prometheus.example.org:9090"}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: ledger, displayName: The ledger}
spec: {description: Who owes what.}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: booked}
spec:
  ratioMetric:
    counter: true
    good:
      metricSource:
        metricSourceRef: eu
        type: Prometheus
        spec: {query: 'sum(bookings_total{job="ledger",result="ok"})'}
    total:
      metricSource:
        metricSourceRef: eu
        type: Prometheus
        spec: {query: 'sum(bookings_total{job="ledger"})'}
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast}
spec:
  severity: page
  condition: {kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h, alertAfter: 2m}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: pager}
spec: {target: pagerduty}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: pages}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: fast}]
  notificationTargets: [{targetRef: pager}]
---
# What customers sign.
apiVersion: openslo/v1
kind: SLO
metadata:
  name: booked
  displayName: Bookings are kept
  labels: {team: finance}
  annotations: {contract: "2026-7"}
spec:
  description: Bookings are kept.
  service: ledger
  indicatorRef: booked
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Kept, target: 0.995}]
  alertPolicies: [pages]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: quick}
spec:
  service: ledger
  indicator:
    metadata: {name: seconds}
    spec:
      thresholdMetric:
        metricSource:
          type: Prometheus
          spec: {query: 'max(booking_seconds{job="ledger"})'}
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin}}]
  budgetingMethod: Timeslices
  objectives: [{op: lte, value: 0.5, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5m}]
"""
FOREIGN: dict[str, tuple[str, ...]] = {
    "sloth": (SLOTH,),
    "sloth-resource": (SLOTH_RESOURCE,),
    "sloth-windows": (SLOTH, SLOTH_RESOURCE, ALERT_WINDOWS),
    "slo-generator": (SLO_GENERATOR, SLO_GENERATOR_CONFIG),
    "slo-generator-alone": (SLO_GENERATOR,),
    "pyrra": (PYRRA,),
    "openslo": (OPENSLO,),
    "mixed": (SLOTH, SLO_GENERATOR, PYRRA, OPENSLO),
}
"""Files that are read together, by what they are."""
