"""
What is looked at with a Prometheus at hand, one file for each kind of problem.

To add a check: a file here, its place in `CHECKS`, a page in ``docs/checks``.
"""

from tallystick.online.base import UNANSWERED
from tallystick.online.checks import (
    bucket_missing,
    cardinality,
    datasource,
    exclusion_horizon,
    interval,
    low_traffic,
    not_a_counter,
    not_nested,
    retention,
    rule_health,
    rules_loaded,
    series_gone,
    series_missing,
    series_young,
    too_many_groups,
    up_values,
)

CHECKS = (
    interval.CHECK,
    series_missing.CHECK,
    series_gone.CHECK,
    series_young.CHECK,
    retention.CHECK,
    bucket_missing.CHECK,
    up_values.CHECK,
    not_a_counter.CHECK,
    not_nested.CHECK,
    cardinality.CHECK,
    too_many_groups.CHECK,
    low_traffic.CHECK,
    rules_loaded.CHECK,
    rule_health.CHECK,
    exclusion_horizon.CHECK,
    datasource.CHECK,
)
"""In the order in which they are run."""

RULES = (*(check.rule for check in CHECKS), UNANSWERED)
"""Every kind of problem they find."""
