"""Every wrong definition in tests/bad, one mistake each: that problem, at that place, and nothing else."""

import json
import re
from pathlib import Path

import pytest

from bad.record import said_of
from tallystick.definition.checks import RULES

BAD = Path(__file__).parent.parent / "bad"
WRONG = sorted(path.name for path in BAD.glob("*.yaml"))
DOUBTFUL = sorted(f"warnings/{path.name}" for path in (BAD / "warnings").glob("*.yaml"))

PLACE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): .* \((?P<code>[a-z-]+)\)")


def expected_of(name: str) -> str:
    """What a person reviewed."""
    return (BAD / name).with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WRONG)
def test_wrong_definition(name: str) -> None:
    """Text, place, underlined part and hint are as a person reviewed them, and the exit code is 1."""
    assert said_of(name) == (expected_of(name), 1)


@pytest.mark.parametrize("name", WRONG + DOUBTFUL)
def test_one_mistake_is_one_problem(name: str) -> None:
    """There is exactly one problem, and JSON has it at the line and column of the first line of the text."""
    place = PLACE.match(expected_of(name))
    assert place

    text, _ = said_of(name, "--format", "json")

    found = [(one["file"], one["line"], one["column"], one["code"]) for one in json.loads(text)]
    assert found == [(name, int(place["line"]), int(place["column"]), place["code"])]


@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubtful_definition(name: str) -> None:
    """A warning alone is told and does not fail; with --strict it does."""
    assert said_of(name) == (expected_of(name), 0)
    assert said_of(name, "--strict") == (expected_of(name), 1)


def test_every_kind_of_problem_has_a_wrong_definition() -> None:
    """No check is without an example, but for a path that is not there, which is no file."""
    told = {match["code"] for name in WRONG + DOUBTFUL if (match := PLACE.match(expected_of(name)))}

    assert told == {rule.code for rule in RULES} - {"path"}
