"""What changes mean, in words."""

from typing import Any

import pytest

from support.slos import PROBE, make_slo
from tallystick.core.change import Change, compare
from tallystick.core.sli import CompositeSli, Part
from tallystick.core.slo import Slo
from tallystick.report.changed import between, clusters, headline, sentences

LOGIN, SEARCH = make_slo(name="login"), make_slo(name="search", sli=PROBE)


def whole(*parts: str, **more: Any) -> Slo:
    """A composite of *parts*."""
    settings: dict[str, Any] = {"name": "whole", "sli": CompositeSli(tuple(Part(part) for part in parts))}
    return make_slo(**(settings | more))


def only(base: list[Slo], head: list[Slo]) -> Change:
    """The one change."""
    (change,) = compare(base, head).changes
    return change


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([LOGIN], [], ["its rules and metrics end; what a ledger holds of it stays there"]),
        ([], [LOGIN], ["its history is filled in as far back as Prometheus goes"]),
        (
            [LOGIN],
            [make_slo(name="entry", was=("checkout-login",))],
            ["was `checkout-login`, and goes on with its history"],
        ),
        (
            [LOGIN],
            [make_slo(name="entry", was=("checkout-login",), sli=PROBE, no_data="bad")],
            [
                "was `checkout-login`",
                "counts something else: its history starts anew, filled in as far back as Prometheus goes",
            ],
        ),
        (
            [LOGIN],
            [make_slo(name="entry", no_data="bad")],
            [
                "looks renamed, and starts without history: add `was: checkout-login` to go on with that of `checkout-login`",
            ],
        ),
        ([LOGIN], [make_slo(name="login", no_data="bad")], ["keeps its history, which is counted otherwise"]),
        (
            [LOGIN],
            [make_slo(name="login", was=("checkout-x",))],
            ["has other earlier names, whose history it goes on with"],
        ),
        ([LOGIN], [make_slo(name="login", tier="1")], []),
        ([LOGIN, SEARCH], [LOGIN, SEARCH, whole("checkout-login")], ["its past is worked out from its parts"]),
        ([LOGIN, SEARCH, whole("checkout-login")], [LOGIN, SEARCH], ["its rules and metrics end"]),
        (
            [LOGIN, SEARCH, whole("checkout-login")],
            [LOGIN, SEARCH, whole("checkout-login", name="all")],
            ["was `checkout-whole`; its past is worked out from its parts"],
        ),
        (
            [LOGIN, SEARCH, whole("checkout-login")],
            [LOGIN, SEARCH, whole("checkout-search", no_data="bad")],
            ["is made up otherwise: its past is worked out anew, from its parts", "its past is counted otherwise"],
        ),
    ],
)
def test_sentences(before: list[Slo], after: list[Slo], words: list[str]) -> None:
    """What follows is said once, and nothing is said to be kept of what starts anew."""
    assert sentences(only(before, after)) == words


def test_what_changes_alike_is_told_once() -> None:
    """SLOs that say the same otherwise are together; what is new is told by itself."""
    base = [make_slo(name=name) for name in "abc"]
    head = [make_slo(name=name, team="x" if name < "c" else "y") for name in "abc"] + [
        make_slo(name=name, sli=PROBE) for name in "de"
    ]

    found = clusters(compare(base, head).changes)

    assert [[change.slo.name for change in one.changes] for one in found] == [["a", "b"], ["c"], ["d"], ["e"]]
    assert headline(compare(base, head)) == "SLOs: 3 changed, 2 new; 0 are the same"
    assert headline(compare(base, base)) == "No SLO differs; 3 are the same"


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [("1", "2", "1 → 2"), ("1", "1", "1"), (None, "2", "2"), ("1", None, "1"), (None, None, "")],
)
def test_two_figures(before: str | None, after: str | None, text: str) -> None:
    """What is the same stands once."""
    assert between(before, after) == text
