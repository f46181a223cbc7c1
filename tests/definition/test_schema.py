"""The JSON Schema: it takes what `check` takes, and refuses what is wrong in shape."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tallystick.definition.compose import compose
from tallystick.definition.keys import KEYS
from tallystick.definition.load import load_paths
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.schema import DIALECT, schema_text
from tallystick.definition.source import Source

TESTS = Path(__file__).parent.parent
GOOD = sorted((TESTS.parent / "slo-definitions").glob("*.yaml"))
STRUCTURAL = (
    "unknown-key",
    "not-supported",
    "missing-key",
    "wrong-type",
    "one-of",
    "no-slos",
    "api-version",
    "other-format",
    "name-",
)
BAD = sorted(path for path in (TESTS / "bad").glob("*.yaml") if path.name.startswith(STRUCTURAL))
IN_WRITING = {"wrong-type-key.yaml", "wrong-type-merge.yaml", "wrong-type-braces.yaml"}
"""Mistakes that are gone once the file is a value."""

ELSEWHERE = {"missing-key-objective.yaml", "missing-key-window.yaml"}
"""Mistakes that defaults in another file would mend."""

SCHEMA = json.loads(schema_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


PAGES = [(TESTS.parent / "docs" / page).read_text(encoding="utf-8") for page in ("definitions.md", "reuse.md")]
SHOWN = [
    text
    for page in PAGES
    for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    if text.startswith("apiVersion")
]


def value_of(node: Node) -> Any:
    """*node* as an editor sees it."""
    match node:
        case Mapping():
            return {key: value_of(value) for key, (_, value) in node.entries.items()}
        case Sequence():
            return [value_of(item) for item in node.items]
        case Scalar(kind="text"):
            return node.text
        case Scalar(kind="bool"):
            return node.text.lower() == "true"
        case Scalar(kind="null"):
            return None
    return float(node.text) if isinstance(node, Scalar) else None


def documents_of(path: Path) -> list[Any]:
    """The documents of a file, as an editor sees them."""
    return documents_in(path.read_text(encoding="utf-8"))


def documents_in(text: str) -> list[Any]:
    """The documents of *text*, as an editor sees them."""
    documents, _ = compose(Source("a.yaml", text))
    return [value_of(document) for document in documents]


def test_it_is_a_schema() -> None:
    """It is right by its own dialect, and says which that is."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == DIALECT
    assert SCHEMA["$id"]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_definitions_pass(path: Path) -> None:
    """What ships with tallystick has no red line in an editor."""
    assert [error.message for document in documents_of(path) for error in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize("text", SHOWN, ids=range(len(SHOWN)))
def test_definitions_on_the_page_pass(text: str) -> None:
    """What the pages on definitions show, which is nearly all of the format, has no red line either."""
    assert [error.message for document in documents_in(text) for error in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize(
    "path", [path for path in BAD if path.name not in IN_WRITING | ELSEWHERE], ids=lambda path: path.name
)
def test_definitions_wrong_in_shape_fail(path: Path) -> None:
    """A mistake in keys, kinds of values or names is seen in an editor already."""
    assert any(not VALIDATOR.is_valid(document) for document in documents_of(path))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("99.9%", "0.999"),
        ("99.9%", '"0.999"'),
        ("99.9%", '"99.9 %"'),
        ("tier: 1", "tier: gold"),
        ("window: [30d, 7d]", "window: 1w2d"),
        ("  env: prod", "  version: 1.10\n  canary: true\n  since: 2026-01-01"),
        ("  - name: availability", "  - name: availability\n    labels: {a: b}\n    links: {a: 'https://example.com'}"),
        ("    alerting:", "    alerting:\n      min_events: auto"),
        ("    alerting:", "    alerting:\n      ticket: {annotations: {a: b}}"),
        ("window: [30d, 7d]", "window: [30d, month]\n    timezone: Asia/Tokyo\n    year_start: 04-01\n    was: up"),
        ("window: [30d, 7d]", "window: year\n    budgeting: timeslices\n    slice: 5m\n    slice_target: 0.95"),
        ("window: [30d, 7d]", "window: day\n    no_data: bad\n    min_coverage: 100%\n    was: [up, down]"),
        ("window: [30d, 7d]", 'window: day\n    min_coverage: "1"'),
        (
            "tier: 1",
            "exclusions: [{reason: a, starts: 2026-12-05T22:00, lasts: 1h, rrule: FREQ=DAILY, slos: latency, ticket: 5}]",
        ),
        (
            "tier: 1",
            "exclusions: [{reason: a, from: 2026-12-05 22:00:00, to: 2026-12-06 22:00, timezone: UTC, slos: [latency]}]",
        ),
    ],
)
def test_check_and_schema_take_the_same(tmp_path: Path, old: str, new: str) -> None:
    """Another way to write what is right is right for both."""
    text = (TESTS.parent / "slo-definitions" / "checkout.yaml").read_text(encoding="utf-8")
    path = tmp_path / "a.yaml"
    head, _, rest = text.partition("slos:")
    path.write_text(
        f"{head}slos:{rest}".replace(
            "      page:\n        labels: {severity: page, channel: payments-oncall}\n", "      page: {}\n"
        ).replace(old, new, 1),
        encoding="utf-8",
    )

    assert new in path.read_text(encoding="utf-8")
    assert load_paths([path]).problems == ()
    assert [error.message for document in documents_of(path) for error in VALIDATOR.iter_errors(document)] == []


def test_every_key_is_described() -> None:
    """An editor has a sentence for each key of the format."""
    described = {
        name
        for definition in SCHEMA["$defs"].values()
        for name, value in definition.get("properties", {}).items()
        if value.get("description")
    }

    assert described == {name for names in KEYS.values() for name in names}


def test_nothing_may_be_null() -> None:
    """An optional key may be left out; an empty one is a mistake here as in `check`."""
    assert '"null"' not in schema_text()
