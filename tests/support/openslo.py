"""A file of OpenSLO with every kind of object and indicator, for tests."""

TEXT = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: requests, labels: {team: [payments]}}
spec:
  service: checkout
  indicatorRef: requests
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
  alertPolicies: [{alertPolicyRef: pages}]
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: requests}
spec:
  ratioMetric:
    counter: true
    bad: {metricSource: {type: Prometheus, spec: {query: sum(errors_total)}}}
    total: {metricSource: {type: Prometheus, spec: {query: sum(requests_total)}}}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: pages}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: fast}]
  notificationTargets: [{targetRef: on-call}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast}
spec: {severity: critical, condition: {kind: burnrate, op: gte, threshold: 10, lookbackWindow: 1h, alertAfter: 5m}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: pagerduty}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: journey}
spec:
  service: checkout
  timeWindow: [{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}}]
  budgetingMethod: Occurrences
  objectives:
    - {displayName: pay, target: 0.99, indicatorRef: requests}
    - {displayName: queue, target: 0.9, op: lt, value: 30, indicatorRef: queue, compositeWeight: 0.5}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: queue}
spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: max(queue_age_seconds)}}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: sampled}
spec:
  service: checkout
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        counter: false
        good: {metricSource: {type: Prometheus, spec: {query: sum(good_last_minute)}}}
        total: {metricSource: {type: Prometheus, spec: {query: all_last_minute}}}
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: RatioTimeslices
  objectives: [{displayName: first, target: 0.99, timeSliceWindow: 5m}, {displayName: second, targetPercent: 99.9, timeSliceWindow: 10}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: stored}
spec:
  service: checkout
  indicator: {metadata: {name: i}, spec: {ratioMetric: {rawType: failure, raw: {metricSource: {type: Prometheus, spec: {query: 'job:errors:ratio'}}}}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""
