"""
What the exporter tells Prometheus.

Families are made afresh for each scrape from what a `View` says, so a removed SLO leaves no series behind. What is
unknown is absent: never NaN, never -1.
"""

from tallystick.metrics.exposition import Exposition
from tallystick.metrics.families import FAMILIES, Family

__all__ = ["FAMILIES", "Exposition", "Family"]
