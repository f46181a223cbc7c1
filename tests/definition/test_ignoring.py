"""Warnings that are silenced where the definition is, with a reason."""

import json
from pathlib import Path

import pytest

from bad.record import said_of
from tallystick.definition.checks import RULES, ignore
from tallystick.definition.checks.interval import RULE as INTERVAL
from tallystick.definition.load import Loaded, load_paths
from tallystick.definition.problem import Problem
from tallystick.online import checks as online

FILE = """\
apiVersion: tallystick/v1
service: shop
{document}slos:
  - name: first
    objective: {first}
    window: 30d
{slo}    sli: {{up: {{metric: up}}}}
  - name: second
    objective: {second}
    window: 30d
    sli: {{up: {{metric: up}}}}
"""
ODD = "ignore: [{check: objective-range, reason: it is an experiment}]\n"


def load(folder: Path, *, document: str = "", slo: str = "", first: str = "20%", second: str = "20%") -> Loaded:
    """Two SLOs, each with a warning about its objective unless it has another."""
    text = FILE.format(document=document, slo=f"    {slo}" if slo else "", first=first, second=second)
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    return load_paths([folder])


def told(loaded: Loaded) -> list[tuple[str, str, int]]:
    """Code, severity and line of each problem."""
    return [(one.code, one.severity, one.line) for one in loaded.problems]


def warning(loaded: Loaded, code: str, line: int) -> Problem:
    """One that would be found later, in the file's *line*."""
    file = str(loaded.files[0])
    return Problem(file=file, line=line, column=5, end_column=6, code=code, severity="warning", message="it is so")


def test_an_slo_ignores_what_is_told_of_it_alone(tmp_path: Path) -> None:
    """The same warning at the next SLO is told."""
    loaded = load(tmp_path, slo=ODD)

    assert told(loaded) == [("objective-range", "warning", 10)]
    assert [(one.problem.line, one.ignore.reason, one.ignore.line) for one in loaded.silenced] == [
        (5, "it is an experiment", 7)
    ]


def test_a_document_ignores_what_is_told_of_any_place_in_it(tmp_path: Path) -> None:
    """At the top it is for all SLOs, and for no other document of the file."""
    loaded = load(tmp_path, document=ODD)
    assert (told(loaded), len(loaded.silenced)) == ([], 2)

    path = tmp_path / "a.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + "---\n" + FILE.format(document="", slo="", first="20%", second="99%").replace("shop", "other")
    )
    assert told(load_paths([tmp_path])) == [("objective-range", "warning", 18)]


def test_the_innermost_ignores(tmp_path: Path) -> None:
    """Where the SLO and its document both do, the reason is the SLO's, and the document's is for the other."""
    loaded = load(tmp_path, document=ODD, slo=ODD.replace("it is an experiment", "of its own"))

    assert [(one.problem.line, one.ignore.reason) for one in loaded.silenced] == [
        (6, "of its own"),
        (11, "it is an experiment"),
    ]
    assert told(loaded) == []


def test_other_kinds_are_told(tmp_path: Path) -> None:
    """An entry is for one code, and is told if it has nothing to do."""
    loaded = load(tmp_path, slo="ignore: [{check: severity, reason: why not}]\n", second="99%")

    assert told(loaded) == [("objective-range", "warning", 5), ("ignore", "warning", 7)]


def test_an_error_is_told_and_so_is_the_wish_to_ignore_it(tmp_path: Path) -> None:
    """A code that is a warning elsewhere does not hide an error."""
    loaded = load(tmp_path, slo=ODD, first="100%", second="99%")

    assert told(loaded) == [("objective-range", "error", 5), ("ignore", "error", 7)]
    assert "in line 5 is an error" in loaded.problems[1].message


def test_what_takes_a_prometheus_is_judged_when_one_was_asked(tmp_path: Path) -> None:
    """Offline nobody knows; online it is silenced, or superfluous; and open while a question is."""
    loaded = load(tmp_path, slo="ignore: [{check: low-traffic, reason: quiet}]\n", first="99%", second="99%")
    assert told(loaded) == []

    found = loaded.with_problems([warning(loaded, "low-traffic", 4)]).judged(ignore.ONLINE)
    assert (told(found), [one.problem.code for one in found.silenced]) == ([], ["low-traffic"])

    assert told(loaded.judged(ignore.ONLINE)) == [("ignore", "warning", 7)]

    other = loaded.with_problems([warning(loaded, "low-traffic", 9)]).judged(ignore.ONLINE)
    assert told(other) == [("ignore", "warning", 7), ("low-traffic", "warning", 9)]

    unanswered = loaded.with_problems([warning(loaded, "unanswered", 4)]).judged(ignore.ONLINE)
    assert told(unanswered) == [("unanswered", "warning", 4)]


def test_a_file_with_errors_is_not_judged(tmp_path: Path) -> None:
    """What was not looked at to the end may still have something to ignore."""
    loaded = load(tmp_path, slo="ignore: [{check: severity, reason: why not}]\n", second="100%")

    assert ("ignore", "warning", 7) not in told(loaded)


def test_what_is_told_of_a_tier_is_ignored_there(tmp_path: Path) -> None:
    """The place counts: an SLO can't silence what stands in another document, and that document can."""
    tier = "apiVersion: tallystick/v1\ntiers:\n  1: {objective: 20%}\n"
    service = "apiVersion: tallystick/v1\nservice: shop\ntier: 1\nslos:\n  - name: a\n    window: 30d\n    sli: {up: {metric: up}}\n"
    (tmp_path / "s.yaml").write_text(f"{service}    {ODD}")
    (tmp_path / "t.yaml").write_text(tier)
    assert told(load_paths([tmp_path])) == [("ignore", "warning", 8), ("objective-range", "warning", 3)]

    (tmp_path / "s.yaml").write_text(service)
    (tmp_path / "t.yaml").write_text(tier + ODD)
    assert told(load_paths([tmp_path])) == []


def test_codes_of_online_checks_are_known() -> None:
    """The list that offline checks go by is what there is, each of which may be ignored."""
    others = [rule for rule in online.RULES if rule.code != INTERVAL.code]
    assert {rule.code for rule in others} == ignore.ONLINE
    assert {rule.code for rule in others if rule.warns} == ignore.ONLINE_WARNINGS


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "bad" / "warnings").glob("*.yaml")), ids=str)
def test_every_warning_can_be_ignored(path: Path) -> None:
    """A kind that is only a warning somewhere is not said to be always an error."""
    text, _ = said_of(f"warnings/{path.name}", "--format", "json")
    codes = {one["code"] for one in json.loads(text) if one["severity"] == "warning"}

    assert codes
    assert all(rule.warns for rule in RULES if rule.code in codes)
