"""Exact SLO budgets for Prometheus, and the alerts and dashboards that follow from them."""

__version__ = "0.1.0"
