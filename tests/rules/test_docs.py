"""The documentation of the rules names everything that there is."""

import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
RULES = [
    rule
    for path in sorted((TOP / "tests/golden").glob("*/*.yaml"))
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
]
PAGE = (TOP / "docs/rules.md").read_text()


@pytest.mark.parametrize("name", sorted({rule["alert"] for rule in RULES if "alert" in rule}))
def test_every_alert_has_a_page(name: str) -> None:
    """Whoever is paged finds what the alert means and what to do first, and the overview leads there."""
    text = (TOP / f"docs/alerts/{name}.md").read_text()

    assert text.startswith(f"# {name}\n")
    assert {"## What it means", "## First things to do"} <= set(text.splitlines())
    assert f"[{name}](alerts/{name}.md)" in PAGE


@pytest.mark.parametrize("name", sorted({rule["record"] for rule in RULES if "record" in rule}))
def test_every_series_is_described(name: str) -> None:
    """Each recorded series, its window aside, is in the table."""
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    base = re.sub(r"(30m|5m|1h|2h|6h|1d|3d)$", "", name)
    window = name.removeprefix(base)

    assert any(f"`{name}`" in row or (f"`{base}" in row and f"`{window}`" in row) for row in rows)


@pytest.mark.parametrize(
    "setting", re.findall(r"^    (\w+):", (TOP / "rules/config.libsonnet").read_text(), re.MULTILINE)
)
def test_every_setting_is_described(setting: str) -> None:
    """Each knob of `_config` is in the table."""
    assert f"`{setting}`" in PAGE
