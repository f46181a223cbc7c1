"""
A second opinion: Grafana's foundation SDK reads each dashboard into its own types, writes it again, and loses nothing.

It drops what it does not know, so that what was mistyped is missing afterwards. Of wrong values it says nothing; those are
what `validate.py` is for.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.planted import PLANTED
from dashboards.queries import Json
from support.slos import AT
from tallystick.definition.load import load_paths
from tallystick.generate.render import render

DEFINITIONS = Path(__file__).parents[2] / "slo-definitions"
KEYS = (
    "an option that a stat has not",
    "a custom field misspelt",
    "a standard field misspelt",
    "a dashboard's key misspelt",
)
"""Planted mistakes that are keys it does not know."""


@pytest.fixture(scope="module", autouse=True)
def panels_known() -> None:
    """Types of panels and queries are plugins there too."""
    plugins.register_default_plugins()


def lost(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """What of *before* is missing in *after*, or is something else there; what is there in addition are defaults."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from (f"{where}.{key} is gone" for key in before.keys() - after.keys())
        for key in before.keys() & after.keys():
            yield from lost(before[key], after[key], f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for position, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from lost(one, other, f"{where}[{position}]")
    elif before != after:
        yield f"{where}: {after!r} in place of {before!r}"


def there_and_back(dashboard: Json) -> Json:
    """*dashboard*, as the SDK writes what it has read."""
    read: Json = json.loads(json.dumps(Dashboard.from_json(copy.deepcopy(dashboard)), cls=JSONEncoder))
    return read


def test_nothing_is_lost() -> None:
    """Not of the dashboards for all services, nor of those for each."""
    files = render(load_paths([DEFINITIONS]).slos, ["dashboards"], at=AT)
    dashboards = {path: json.loads(text) for path, text in files.items() if path.endswith(".json")}
    assert len(dashboards) > 5
    assert [
        f"{path}: {one}" for path, made in dashboards.items() for one in lost(made, there_and_back(made), "dashboard")
    ] == []


@pytest.mark.parametrize("mistake", KEYS)
def test_unknown_keys_are_lost(mistake: str, rendered: dict[str, Json]) -> None:
    """What is mistyped does not come back, so that the test above would fail."""
    dashboard = copy.deepcopy(rendered["tallystick-portfolio.json"])
    PLANTED[mistake](dashboard)
    assert list(lost(dashboard, there_and_back(dashboard)))
