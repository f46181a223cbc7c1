"""How problems are shown: carets under the right columns of a terminal, and nothing that could break it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tallystick.definition.problem import Problem, Rule, printable, show
from tallystick.definition.render import LINE_CELLS, json_of, text_of
from tallystick.definition.source import Source, Span

RULE = Rule("some-code")


def problem_in(line: str, part: str, hint: str = "write that") -> Problem:
    """A problem with *part* of the second line of a file."""
    source = Source("a.yaml", f"first\n{line}\nlast\n")
    start = source.text.index(part)
    return RULE.at(Span(source, start, start + len(part)), "it is wrong", hint)


def test_text_names_place_and_underlines() -> None:
    """The first line is clickable, the second the source, the third carets under the part and the hint beside."""
    assert text_of(problem_in("objective: 99.95", "99.95")) == (
        "a.yaml:2:12: it is wrong (some-code)\n  2 | objective: 99.95\n    |            ^^^^^ write that\n"
    )


def test_warning_says_so() -> None:
    """A warning is told from an error without colours."""
    source = Source("a.yaml", "x")

    assert text_of(Rule("c", "warning").at(Span(source, 0, 1), "m")).startswith("a.yaml:1:1: warning: m (c)\n")


def test_styles_are_the_painters_business() -> None:
    """Every part is handed to the painter with its style."""
    styles: set[str] = set()

    def paint(text: str, style: str) -> str:
        styles.add(style)
        return text

    text_of(problem_in("a: b", "b"), paint)

    assert styles == {"place", "error", "code", "gutter", "hint"}


@pytest.mark.parametrize(
    "line", ["a:\tXX", "日本: XX", "\t\t名: XX", "a: \u200bXX", "a: \x9bXX", "e\u0301: XX", "🚀: XX # 🚀"]
)
def test_carets_are_under_the_part(line: str) -> None:
    """Tabs, wide, combining, hidden and control characters before the part do not move the carets away from it."""
    _, shown, carets = text_of(problem_in(line, "XX", "")).splitlines()

    assert cell_len(carets[: carets.index("^")]) == cell_len(shown[: shown.index("XX")])
    assert carets.count("^") == 2


@pytest.mark.parametrize("before", [0, 10, 99, 500])
@pytest.mark.parametrize("after", [0, 10, 500])
def test_long_lines_are_cut_around_the_part(before: int, after: int) -> None:
    """However long a line is, the part is shown, with carets under it, in a line of a usual terminal."""
    _, shown, carets = text_of(problem_in("b" * before + "XX" + "a" * after, "XX", "")).splitlines()

    assert shown.index("XX") == carets.index("^^")
    assert cell_len(shown) <= LINE_CELLS + len("  2 | ") + 2


def test_a_part_longer_than_the_line_is_cut() -> None:
    """A part of thousands of characters does not print thousands of carets."""
    _, shown, carets = text_of(problem_in("X" * 5_000, "X" * 5_000, "")).splitlines()

    assert cell_len(shown) <= LINE_CELLS + len("  2 | ") + 2
    assert len(carets) <= len(shown)


def test_a_part_of_several_lines_is_underlined_in_its_first() -> None:
    """Carets do not run over the end of the line."""
    source = Source("a.yaml", "a: [1,\n 2]\n")

    _, shown, carets = text_of(RULE.at(Span(source, 3, 10), "m")).splitlines()

    assert (shown, carets) == ("  1 | a: [1,", "    |    ^^^")


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200), st.text(max_size=20), st.text(max_size=20))
def test_nothing_moves_the_cursor(text: str, one: int, other: int, message: str, file: str) -> None:
    """Whatever is in file, name, message and hint: what is printed has no control character but its line ends."""
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    problem = RULE.at(Span(Source(file, text), start, end), message, message)

    shown = text_of(problem)

    assert shown.replace("\n", "").isprintable()
    assert shown.count("\n") in (1, 2, 3)


def test_hidden_characters_are_written_out() -> None:
    """What would reorder or hide text is shown as its code point."""
    assert printable("a\u202eb\x1b[31mc") == "a<U+202E>b<U+001B>[31mc"


def test_users_text_is_shortened_in_messages() -> None:
    """A message repeats no more of a user's text than a line can hold, and never nothing."""
    assert show("x" * 1_000) == "x" * 59 + "…"
    assert show(" a \n b ") == "a b"
    assert show("") == '""'


def test_json_is_a_list_of_objects() -> None:
    """Each object has the same keys, in order, with columns from 1 and the end after the last character."""
    assert json.loads(json_of([problem_in("objective: 99.95", "99.95")])) == [
        {
            "file": "a.yaml",
            "line": 2,
            "column": 12,
            "end_column": 17,
            "severity": "error",
            "code": "some-code",
            "message": "it is wrong",
            "hint": "write that",
        }
    ]
    assert json_of([]) == "[]"


def test_places_in_endless_lines_are_shown_at_once() -> None:
    """A line of millions of characters, with as many problems, takes no longer than what is shown of it."""
    source = Source("a.yaml", "x" * 2_000_000)
    problems = [RULE.at(Span(source, at, at + 5), "wrong") for at in range(0, 2_000_000, 1_000)]
    began = time.process_time()
    texts = [text_of(problem) for problem in problems]
    assert time.process_time() - began < 5
    assert all("^^^^^" in text and max(map(len, text.splitlines())) < 200 for text in texts)
