"""Dashboards are what Grafana's own types allow, and a dashboard that is not is found out."""

import copy

import pytest

from dashboards.planted import PLANTED
from dashboards.queries import Json
from dashboards.validate import faults


def test_dashboards_are_right(rendered: dict[str, Json]) -> None:
    """No panel, option, unit, transformation or query that Grafana or Prometheus would not understand."""
    assert [f"{name}: {fault}" for name, one in rendered.items() for fault in faults(one)] == []


@pytest.mark.parametrize("mistake", PLANTED)
def test_planted_mistakes_are_found(mistake: str, rendered: dict[str, Json]) -> None:
    """Each mistake that Grafana would not mention is found."""
    dashboard = copy.deepcopy(rendered["tallystick-portfolio.json"])
    PLANTED[mistake](dashboard)
    assert list(faults(dashboard))
