"""Prometheus: what to ask, how to ask, and what the answer says."""
