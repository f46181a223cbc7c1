"""What docs/dashboards.md says is so."""

import json
import re
from pathlib import Path

import pytest
import rjsonnet
import yaml

from dashboards.queries import Json
from dashboards.validate import faults

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/dashboards.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Blocks of code in *language*."""
    found = re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)
    assert found
    return found


def test_every_setting_is_described() -> None:
    """Each key of `_config` has its place in the table of settings."""
    keys = json.loads(
        rjsonnet.evaluate_snippet(
            "keys", "std.objectFields((import 'dashboards/config.libsonnet')._config)", jpathdir=[str(ROOT)]
        )
    )
    table = "\n".join(line for line in TEXT.splitlines() if line.startswith("| `"))
    assert [key for key in keys if f"`{key}`" not in table] == []


def test_every_dashboard_and_variable_is_described(rendered: dict[str, Json]) -> None:
    """Files, uids and variables are named."""
    names = {f"`{name}`" for name in rendered} | {f"`{one['uid']}`" for one in rendered.values()}
    names |= {f"`{variable['name']}`" for one in rendered.values() for variable in one["templating"]["list"]}
    assert [name for name in sorted(names) if name not in TEXT] == []


def test_the_example_of_changing_them_works(rendered: dict[str, Json]) -> None:
    """The jsonnet that is shown makes right dashboards, with what it changes."""
    example = blocks("jsonnet")[0]
    made = json.loads(rjsonnet.evaluate_snippet("example", example, jpathdir=[str(ROOT)]))
    assert set(made) == set(rendered)
    assert made["tallystick-slo.json"]["timezone"] == "utc"
    assert all(panel["transparent"] for panel in made["tallystick-oncall.json"]["panels"])
    assert 'severity="critical"' in json.dumps(made["tallystick-slo.json"]).replace("\\", "")
    assert [fault for one in made.values() for fault in faults(one)] == []


@pytest.mark.parametrize("number", [0, 1])
def test_provisioning_files_are_yaml(number: int) -> None:
    """The files that are shown can be copied as they are."""
    content = yaml.safe_load(blocks("yaml")[number])
    assert content["apiVersion"] == 1
    assert len(content) == 2
