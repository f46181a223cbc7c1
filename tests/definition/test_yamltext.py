"""What is written as YAML is read as it was, by readers of YAML 1.1 and of 1.2, wherever it stands."""

import textwrap
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.definition.compose import compose
from tallystick.definition.formats import nodes
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.source import Source
from tallystick.definition.yamltext import pair_text

PLACE = Scalar(Source("a.yaml", ""), 0, 0, "", "text")
TRICKY = ["", "null", "~", "yes", "Off", "1e5", "0x1F", "0o7", "1_000", "10:30", "2026-01-01", ".nan", "<<", "=", " a", "a ", "\ta", "---", "...",
          "# a", "a # b", "a: b", "a:", "- a", "? a", "%a", "@a", "`a`", "&a", "*a", "!a", "|", ">", "a\n", "\n", "a\n\n", "\n a", "a\n  b\n\nc", "a\r\nb", "a\n---\nb: c",
          "{{ $labels.slo }}", "{{.window}}", '"', "'", "\\", "\u2028x: y", "\x85", "\ufeff", "\u202e", "é\u202e\n", "🚀", "\x00\x07", "x" * 200, "long " * 40 + "\\", 'a{b="c"} ' * 12]  # fmt: skip
TEXTS = st.sampled_from(TRICKY) | st.text(
    st.sampled_from(TRICKY[-12] + "{}[]\"'\\:#-?&*!|>%@` \n\t\r\x85\u2028\u202e$,=~<.01ey+é🚀")
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def node_of(value: Any) -> Node:
    """*value* as nodes."""
    if isinstance(value, dict):
        return nodes.mapping(PLACE, {key: node_of(one) for key, one in value.items()})
    if isinstance(value, list):
        return nodes.listed(PLACE, [node_of(one) for one in value])
    return nodes.text(value, PLACE)


def value_of(node: Node) -> Any:
    """What *node* says, all of it text."""
    if isinstance(node, Mapping):
        return {key: value_of(value) for key, (_, value) in node.entries.items()}
    if isinstance(node, Sequence):
        return [value_of(item) for item in node.items]
    assert node.kind == "text"
    return node.text


def read(text: str) -> Any:
    """*text* as both read it: our own reader, of YAML 1.2, and PyYAML, of 1.1."""
    (root,), problems = compose(Source("a.yaml", text))
    assert problems == []
    assert yaml.safe_load(text) == value_of(root)
    return value_of(root)


@given(TEXTS, TREES)
@settings(deadline=None, max_examples=400)
def test_any_text_comes_back(key: str, value: Any) -> None:
    """At the left margin, and further in among other keys, as in an SLO."""
    text = pair_text(key, node_of(value))
    inside = "a:\n" + textwrap.indent(text, "    ", lambda line: line != "\n")

    assert read(text) == {key: value}
    assert read(f"{inside}b: c\n") == {"a": {key: value}, "b": "c"}


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_text_comes_back(text: str) -> None:
    """Each of the texts that YAML takes for something else, as a value, as a key and in a list."""
    assert read(pair_text("a", node_of(text))) == {"a": text}
    assert read(pair_text("a", node_of({text: [text, "b"]}))) == {"a": {text: [text, "b"]}}


@pytest.mark.parametrize(("text", "kind"), [("1.10", "float"), ("0x1F", "int"), ("1e3", "float"), ("true", "bool")])
def test_other_values_stay_as_they_are_written(text: str, kind: Any) -> None:
    """A number keeps its digits, and is no text."""
    (root,), _ = compose(Source("a.yaml", pair_text("a", nodes.plain(text, kind, PLACE))))
    assert isinstance(root, Mapping)
    value = root.get("a")

    assert isinstance(value, Scalar)
    assert (value.text, value.kind) == (text, kind)


def test_what_hides_is_shown() -> None:
    """Characters that can't be seen are escapes; others are not."""
    assert pair_text("a", node_of("Ünïcode 🚀")) == "a: Ünïcode 🚀\n"
    assert pair_text("a", node_of("a\u202eb")) == 'a: "a\\u202Eb"\n'


def test_keys_are_in_the_order_of_the_documentation() -> None:
    """Whatever order they came in; long queries are blocks, words are plain, pairs of windows are in one line."""
    alerting = {"for": "2m", "page": {"burn": [{"budget": "2%", "in": "1h"}], "labels": {"z": "1", "a": "b"}}}
    query = f"sum(rate({'a' * 80}[$window]))"

    assert pair_text("alerting", node_of(alerting), ("slos",)) == (
        "alerting:\n  page:\n    labels:\n      z: '1'\n      a: b\n    burn:\n      - {budget: 2%, in: 1h}\n  for: 2m\n"
    )
    assert pair_text("sli", node_of({"events": {"by": ["a", "b"], "bad": query}}), ("slos",)) == (
        f"sli:\n  events:\n    bad: |-\n      {query}\n    by: [a, b]\n"
    )
