"""YAML to nodes: what a scalar is, where things are, and what is refused."""

import time

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.definition import compose as compose_module
from tallystick.definition.compose import compose
from tallystick.definition.node import Mapping, Node, Scalar, Sequence, describe, kind_of
from tallystick.definition.source import Source


def root_of(text: str) -> Mapping:
    """The only document of *text*, a mapping without problems."""
    documents, problems = compose(Source("a.yaml", text))
    assert not problems
    assert len(documents) == 1
    assert isinstance(documents[0], Mapping)
    return documents[0]


def text_at(node: Node) -> str:
    """What is written where *node* is."""
    return node.source.text[node.start : node.end]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(
            (text, "text")
            for text in ("on", "yes", "no", "off", "y", "10:30", "1:30:00", "2026-01-01", "1_000", "99.9%", "0b1")
        ),
        *((text, "int") for text in ("0", "-1", "+7", "012", "0x1F", "0o17")),
        *((text, "float") for text in ("0.999", ".5", "1.", "1e3", "-1.5E-3", ".inf", "-.Inf", ".NaN")),
        *((text, "bool") for text in ("true", "True", "FALSE")),
        *((text, "null") for text in ("", "~", "null", "Null", "NULL")),
        *((text, "text") for text in ("nULL", "tRUE", ".", "-", "+", "e3", "1e", "٣", "NaN", "inf")),
    ],
)
def test_kinds_are_those_of_yaml_1_2(text: str, kind: str) -> None:
    """Plain scalars are what YAML 1.2's core schema says, so that nothing is a date, a duration or a switch by chance."""
    assert kind_of(text) == kind


def test_quoted_scalars_are_text() -> None:
    """Quotes make text of anything."""
    root = root_of('a: "1"\nb: \'true\'\nc: |\n  1\nd: ""\n')

    assert [value.kind for _, value in root.entries.values() if isinstance(value, Scalar)] == ["text"] * 4


def test_numbers_keep_their_text() -> None:
    """A number is the text that is written, not what a float makes of it."""
    value = root_of("a: 0.99990000000000000001\n").get("a")

    assert isinstance(value, Scalar)
    assert value.text == "0.99990000000000000001"


def test_aliases_stand_for_their_anchor() -> None:
    """An alias is the node of its anchor, and is where that is."""
    root = root_of("a: &x {b: 1}\nc: *x\n")

    assert root.get("c") is root.get("a")


def test_merge_keys_add_what_is_not_said() -> None:
    """`<<` takes over the keys of a mapping or of several; what is written beside it wins, then the first of them."""
    root = root_of("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 3}\n")
    merged = root.get("z")

    assert isinstance(merged, Mapping)
    assert {key: value.text for key, (_, value) in merged.entries.items() if isinstance(value, Scalar)} == {
        "a": "3",
        "b": "1",
        "c": "2",
    }


def test_quoted_merge_key_is_a_key() -> None:
    """Only a plain `<<` merges."""
    assert list(root_of('"<<": x\n').entries) == ["<<"]


def test_anchors_end_with_their_document() -> None:
    """An alias knows no anchor of another document."""
    _, problems = compose(Source("a.yaml", "a: &x 1\n---\nb: *x\n"))

    assert [problem.code for problem in problems] == ["yaml-syntax"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000, "a: " + "[" * 100_000]
)
def test_nesting_without_end_is_refused_at_once(text: str) -> None:
    """Neither the stack nor the time runs out, whatever is nested."""
    started = time.monotonic()
    _, problems = compose(Source("a.yaml", text))

    assert [problem.code for problem in problems] == ["too-large"]
    assert time.monotonic() - started < 5


def test_alias_bomb_is_refused_at_once() -> None:
    """A billion values in ten lines are not written out."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join(['*' + old] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    started = time.monotonic()

    _, problems = compose(Source("a.yaml", "\n".join(lines)))

    assert [problem.code for problem in problems] == ["too-large"]
    assert time.monotonic() - started < 1


def test_merge_bomb_is_refused() -> None:
    """Merge keys grow no further than aliases do."""
    keys = ", ".join(f"k{number}: 1" for number in range(1_000))
    merged = ", ".join(["*a"] * 1_100)

    _, problems = compose(Source("a.yaml", f"a: &a {{{keys}}}\nb: {{<<: [{merged}]}}\n"))

    assert [problem.code for problem in problems] == ["too-large"]


def test_parts_of_scalars_are_found_behind_quotes_and_escapes() -> None:
    """A part of a value is found in the text as it is written: plain, in either quotes, escaped, or in a block."""
    root = root_of(
        'plain: a{b="c"}\nsingle: \'a{b="c",d="it\'\'s"}\'\ndouble: "\\ta{b=\\"c\\"}"\nblock: |\n  a{\n    b="c"\n  }\n'
    )
    found = {}
    for key, (_, value) in root.entries.items():
        assert isinstance(value, Scalar)
        start = value.text.index('b="c"')
        span = value.part(start, start + 5)
        found[key] = span.source.text[span.start : span.end]

    assert found == {"plain": 'b="c"', "single": 'b="c"', "double": 'b=\\"c\\"', "block": 'b="c"'}


def test_parts_that_can_not_be_told_are_the_whole() -> None:
    """A part of a folded scalar that is there twice is not guessed."""
    value = root_of("a: >\n  x\n  x\n").get("a")
    assert isinstance(value, Scalar)

    assert value.part(0, 1) == value.span


@pytest.mark.parametrize(
    "text",
    ["a: é\n", "名: 日本 😀\nb: c\n", "a: b\r\nc: d\r\n", "a: 'x'' y'\nb: [1, {c: d}]\n", "a: &x b\nc: !!str d\n"],
)
def test_libyaml_and_pyyaml_put_things_in_the_same_place(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Places are the same with and without the C library, also behind characters of several bytes."""
    fast = [(type(node).__name__, node.start, text_at(node)) for node in _all(compose(Source("a", text))[0])]
    monkeypatch.setattr(compose_module, "_LOADER", yaml.BaseLoader)
    slow = [(type(node).__name__, node.start, text_at(node)) for node in _all(compose(Source("a", text))[0])]

    assert fast == slow


def _all(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        found.append(node)
        match node:
            case Mapping():
                found += _all([part for entry in node.entries.values() for part in entry])
            case Sequence():
                found += _all(node.items)
    return found


# Without the line breaks of YAML 1.1, which PyYAML writes as they are and reads as a blank.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029"), max_size=12)


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=5))
@example({"<<": "x"})
def test_what_pyyaml_writes_is_read_back(values: dict[str, str]) -> None:
    """Any mapping of texts that PyYAML writes is the same mapping here, at places inside the file."""
    text = yaml.safe_dump(values, allow_unicode=True)
    root = root_of(text)

    assert {key: value.text for key, (_, value) in root.entries.items() if isinstance(value, Scalar)} == values
    assert all(0 <= node.start <= node.end <= len(text) for node in _all([root]))


def test_description_names_what_is_there() -> None:
    """What a message says it found is a kind, or a value where that is short."""
    root = root_of("a: {b: c}\nd: [e]\nf:\ng: true\nh: x\ni: 7\n")

    assert [describe(value) for _, value in root.entries.values()] == [
        "a mapping",
        "a list",
        "nothing",
        "true",
        "text",
        "the number 7",
    ]
