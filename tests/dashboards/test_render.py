"""The jsonnet itself: engines, style, and what users may change."""

import json
import subprocess
from pathlib import Path
from typing import Any

import _jsonnet
import rjsonnet

from dashboards.queries import Json, queries
from dashboards.validate import faults
from tallystick.demo.tools import ensure

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "dashboards/dashboards.jsonnet"
SOURCES = sorted((ROOT / "dashboards").rglob("*sonnet"))


def evaluate(snippet: str) -> Any:
    """What *snippet* means, with imports from the top of the checkout."""
    return json.loads(rjsonnet.evaluate_snippet("snippet", snippet, jpathdir=[str(ROOT)]))


def test_two_engines_give_the_same(rendered: dict[str, Json]) -> None:
    """The reference implementation of jsonnet and the fast one make equal dashboards."""
    assert json.loads(_jsonnet.evaluate_file(str(ENTRY))) == rendered


def test_the_same_input_gives_the_same_bytes() -> None:
    """Generated files do not change unless their input does."""
    assert rjsonnet.evaluate_file(str(ENTRY)) == rjsonnet.evaluate_file(str(ENTRY))


def test_sources_are_formatted() -> None:
    """Jsonnetfmt would change nothing."""
    style = ["-n", "2", "--max-blank-lines", "2", "--string-style", "s", "--comment-style", "s"]
    subprocess.run([ensure("jsonnetfmt"), "--test", *style, *SOURCES], check=True, timeout=60)


def test_sources_are_clean() -> None:
    """jsonnet-lint has nothing to say."""
    run = subprocess.run(
        [ensure("jsonnet-lint"), "-J", ROOT, *SOURCES], check=False, capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_the_mixin_gives_the_same(rendered: dict[str, Json]) -> None:
    """Those who compose mixins get what those who call the entry point get."""
    assert evaluate("(import 'dashboards/mixin.libsonnet').grafanaDashboards") == rendered


def test_a_config_changes_what_it_names(rendered: dict[str, Json]) -> None:
    """`_config` is merged over ours: one key changes, the rest stays."""
    changed = evaluate(
        "((import 'dashboards/mixin.libsonnet') + { _config+:: { dashboardRefresh: '5m' } }).grafanaDashboards"
    )
    assert changed == {name: one | {"refresh": "5m"} for name, one in rendered.items()}


def test_the_config_argument_is_the_mixins(rendered: dict[str, Json]) -> None:
    """The entry point's `config` is merged over ours likewise."""
    changed = evaluate("(import 'dashboards/dashboards.jsonnet')(config={ portfolioFrom: 'now-90d' })")
    assert changed["tallystick-portfolio.json"]["time"]["from"] == "now-90d"
    assert changed["tallystick-slo.json"] == rendered["tallystick-slo.json"]


def test_users_can_change_and_add_dashboards(rendered: dict[str, Json]) -> None:
    """`grafanaDashboards+::` reaches into one dashboard and adds another."""
    made = evaluate(
        """
        ((import 'dashboards/mixin.libsonnet') + {
          grafanaDashboards+:: { 'tallystick-slo.json'+: { tags+: ['mine'] }, 'mine.json': { uid: 'mine' } },
        }).grafanaDashboards
        """
    )
    assert made["tallystick-slo.json"]["tags"] == [*rendered["tallystick-slo.json"]["tags"], "mine"]
    assert made["mine.json"] == {"uid": "mine"}


def test_a_prefix_makes_a_second_set() -> None:
    """With another prefix uids differ, and links stay within the set."""
    made = evaluate("(import 'dashboards/dashboards.jsonnet')(config={ dashboardUidPrefix: 'eu-' })")
    assert {one["uid"] for one in made.values()} == {
        f"eu-{name}" for name in ("agreements", "exporter", "oncall", "portfolio", "service", "slo")
    }
    assert "/d/tallystick-" not in json.dumps(made)


def test_a_selector_is_in_every_query() -> None:
    """The further selector reaches every selector of every query, variable and annotation."""
    made = evaluate("(import 'dashboards/dashboards.jsonnet')(config={ dashboardSelector: 'cluster=\"eu-1\"' })")
    for one in made.values():
        texts = [query.expr for query in queries(one, {})]
        texts += [variable["definition"] for variable in one["templating"]["list"] if "definition" in variable]
        for text in texts:
            assert text.count("{") == text.count('{cluster="eu-1"'), text
        assert list(faults(one)) == []


def test_no_file_is_too_large(rendered: dict[str, Json]) -> None:
    """Grafana's sidecar reads ConfigMaps, which hold a mebibyte."""
    assert all(len(json.dumps(one)) < 2**20 for one in rendered.values())
