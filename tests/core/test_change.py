"""What differs between two catalogues: by what SLOs say in the end, however it is written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.kinds import SLIS as KINDS
from support.slos import GOOD_EVENTS, LATENCY, PROBE, make_slo
from tallystick.core.alerting import DEFAULT_POLICIES, Alerting, BurnPolicy, Notice
from tallystick.core.change import Change, Effect, compare
from tallystick.core.exclusion import Exclusion
from tallystick.core.facts import facts
from tallystick.core.renaming import renamed
from tallystick.core.sli import CompositeSli, Part, Sli, generation
from tallystick.core.slo import Budgeting, Slo
from tallystick.core.window import CalendarWindow, RollingWindow

EXCLUSION = Exclusion(reason="upgrade", starts=datetime(2026, 12, 5, 22), ends=datetime(2026, 12, 6, 1))  # noqa: DTZ001  # wall clock
DAY = 86_400


def slo(name: str = "a", **more: Any) -> Slo:
    """An SLO of service shop."""
    return make_slo(service="shop", name=name, **more)


def only(base: Sequence[Slo], head: Sequence[Slo]) -> Change:
    """The one change there is."""
    (change,) = compare(base, head).changes
    return change


@pytest.mark.parametrize(
    ("more", "names", "effects"),
    [
        ({"objective": "0.9995"}, {"objective", "alerts.page 1h and 5m"}, [Effect.OBJECTIVE, Effect.ALERTS]),
        ({"windows": (RollingWindow(30 * DAY), CalendarWindow("month"))}, {"window"}, [Effect.WINDOW]),
        ({"sli": GOOD_EVENTS}, {"sli.good", "sli.bad"}, [Effect.GENERATION]),
        ({"sli": LATENCY}, {"sli.kind", "sli.threshold"}, [Effect.GENERATION]),
        (
            {"budgeting": Budgeting(method="timeslices", slice_target=Decimal("0.9"))},
            {"budgeting", "slice"},
            [Effect.COUNTED_AS],
        ),
        ({"no_data": "bad"}, {"no_data"}, [Effect.COUNTED_AS]),
        ({"min_coverage": Decimal("0.5")}, {"min_coverage"}, [Effect.COUNTED_AS]),
        ({"exclusions": (EXCLUSION,)}, {"exclusions.upgrade"}, [Effect.COUNTED_AS]),
        ({"was": ("shop-old",)}, {"was"}, [Effect.HISTORY]),
        ({"team": "payments"}, {"team"}, [Effect.ROUTING]),
        ({"labels": {"env": "prod"}}, {"labels.env"}, [Effect.ROUTING]),
        ({"tier": "1"}, {"tier"}, [Effect.INFORMATION]),
        ({"links": {"runbook": "https://example.com"}}, {"links.runbook"}, [Effect.INFORMATION]),
        ({"depends_on": ("cart",)}, {"depends_on"}, [Effect.INFORMATION]),
        ({"description": "words"}, {"description"}, [Effect.INFORMATION]),
        ({"alerting": Alerting(page=Notice(enabled=False))}, {"alerts.page", "alerts.page 1h and 5m"}, [Effect.ALERTS]),
        ({"alerting": Alerting(page=Notice(for_seconds=600))}, {"alerts.page 1h and 5m"}, [Effect.ALERTS]),
        ({"alerting": Alerting(min_events=5)}, {"alerts.page 6h and 30m"}, [Effect.ALERTS]),
        ({"alerting": Alerting(weigh="traffic")}, {"alerts.ticket 3d and 6h"}, [Effect.ALERTS]),
        ({"alerting": Alerting(first_values=False)}, {"alerts.first_values"}, [Effect.ALERTS]),
        ({"alerting": Alerting(signal=False)}, {"alerts.signal"}, [Effect.ALERTS]),
        ({"alerting": Alerting(page=Notice(labels={"to": "me"}))}, {"alerts.page.labels.to"}, [Effect.ROUTING]),
        (
            {"alerting": Alerting(page=Notice(annotations={"a": "b"}))},
            {"alerts.page.annotations.a"},
            [Effect.INFORMATION],
        ),
    ],
)
def test_each_property_is_told(more: dict[str, Any], names: set[str], effects: list[Effect]) -> None:
    """Whatever an SLO says otherwise has a name, and follows what it must; the way back is the same, mirrored."""
    change, back = only([slo()], [slo(**more)]), only([slo(**more)], [slo()])

    assert names <= {fact.name for fact in change.facts}
    assert (change.kind, change.effects) == ("changed", effects)
    assert {(fact.name, fact.after, fact.before) for fact in back.facts} == {
        (fact.name, fact.before, fact.after) for fact in change.facts
    }


def test_what_means_the_same_is_the_same() -> None:
    """Places, trailing zeros, order where it means nothing, written defaults and what is excluded elsewhere are no change."""
    base = slo(
        depends_on=("a", "b"), was=("x", "y"), labels={"a": "1", "b": "2"}, exclusions=(EXCLUSION,), description="d"
    )
    head = slo(
        objective="0.99900",
        depends_on=("b", "a"),
        was=("y", "x"),
        labels={"b": "2", "a": "1"},
        exclusions=(replace(EXCLUSION, slos=("shop-a", "shop-z"), file="b.yaml", line=9),),
        description="d\n",
        file="elsewhere.yaml",
        line=7,
        revision="another",
        alerting=Alerting(page=Notice(burn=DEFAULT_POLICIES[:2], for_seconds=60)),
    )

    assert compare([base], [head]).changes == []
    assert compare([base], [head]).same == 1


def test_only_what_becomes_of_it_counts() -> None:
    """What is said of alerts that are off, or of pairs longer than the period, changes nothing."""
    off = Notice(enabled=False)
    base = slo(days=2, alerting=Alerting(page=off))
    other = Notice(enabled=False, labels={"to": "nobody"}, for_seconds=600)
    longer = (
        BurnPolicy("ticket", Fraction(1, 10), DAY, 2 * 3_600),
        BurnPolicy("ticket", Fraction(1, 10), 9 * DAY, 3_600),
    )

    assert compare([base], [slo(days=2, alerting=Alerting(page=other, ticket=Notice(burn=longer)))]).changes == []


def test_a_rename_that_is_told() -> None:
    """An SLO that names its earlier id is that one, whatever else changed; its earlier names are no property of their own."""
    change = only([slo("old")], [slo("new", was=("shop-old",), objective="0.99")])

    assert (change.kind, change.before and change.before.slo_id, change.slo.slo_id) == (
        "renamed",
        "shop-old",
        "shop-new",
    )
    assert change.effects == [Effect.RENAMED, Effect.OBJECTIVE, Effect.ALERTS]
    assert "was" not in {fact.name for fact in change.facts}


def test_a_rename_that_is_not_told() -> None:
    """What counts the same under another id looks renamed; what counts something else is gone, and another one new."""
    assert only([slo("old")], [slo("new")]).effects == [Effect.LOOKS_RENAMED]
    kinds = {change.slo.slo_id: change.kind for change in compare([slo("old")], [slo("new", sli=PROBE)]).changes}
    assert kinds == {"shop-new": "new", "shop-old": "gone"}


def test_the_most_alike_are_the_same() -> None:
    """Of several that count the same those are paired that have most in common, each once."""
    base = [slo("loose", objective="0.99"), slo("strict", objective="0.9999")]
    head = [slo("a", objective="0.9999"), slo("b", objective="0.99"), slo("c", objective="0.95")]

    assert renamed(base, head) == {"shop-strict": "shop-a", "shop-loose": "shop-b"}


def test_a_name_that_somebody_else_has_now() -> None:
    """A name that is taken over by another SLO is not that SLO's history: ids come first."""
    diff = compare([slo("a"), slo("b", sli=PROBE)], [slo("b", sli=PROBE), slo("c", was=("shop-b",))])

    (change,) = diff.changes
    assert (change.before and change.before.slo_id, change.slo.slo_id) == ("shop-a", "shop-c")
    assert change.effects == [Effect.LOOKS_RENAMED]


def composite(*parts: str, name: str = "whole", **more: Any) -> Slo:
    """A composite of *parts*."""
    return slo(name, sli=CompositeSli(tuple(Part(part) for part in parts)), **more)


def test_a_composite_of_renamed_parts_is_the_same() -> None:
    """Other names of the parts mean nothing to a composite."""
    diff = compare([slo("old"), composite("shop-old")], [slo("new"), composite("shop-new")])

    assert [change.slo.slo_id for change in diff.changes] == ["shop-new"]
    assert {one.slo_id for one in diff.base} == {one.slo_id for one in diff.head} == {"shop-new", "shop-whole"}


def test_a_composite_is_another_with_other_parts() -> None:
    """A part that counts otherwise changes what it is a part of, and that in turn; one with another objective does not."""
    wholes = [composite("shop-a"), composite("shop-whole", name="all")]
    counted = compare([slo(), *wholes], [slo(sli=PROBE), *wholes])
    judged = compare([slo(), *wholes], [slo(objective="0.99"), *wholes])

    assert {change.slo.slo_id: list(change.parts) for change in counted.changes} == {
        "shop-a": [],
        "shop-all": ["shop-whole"],
        "shop-whole": ["shop-a"],
    }
    assert all(change.is_measured for change in counted.changes)
    assert [change.slo.slo_id for change in judged.changes] == ["shop-a"]


def test_a_composite_has_no_history_to_lose() -> None:
    """A composite that is made up otherwise, or renamed, is worked out anew; nothing starts anew."""
    assert only(
        [slo(), slo("b", sli=PROBE), composite("shop-a")], [slo(), slo("b", sli=PROBE), composite("shop-b")]
    ).effects == [Effect.RECOMPUTED]
    assert only([slo(), composite("shop-a")], [slo(), composite("shop-a", name="journey")]).effects == [Effect.RENAMED]


@pytest.mark.parametrize(
    "more", [{"description": "words"}, {"team": "x"}, {"labels": {"a": "b"}}, {"tier": "2"}, {"was": ("shop-z",)}]
)
def test_what_is_only_told_is_not_measured(more: dict[str, Any]) -> None:
    """Nothing is read from anywhere for changes by which no figure and no alert would have been another."""
    assert not only([slo()], [slo(**more)]).is_measured
    assert not only([slo("old")], [slo("new", **more)]).is_measured


SLIS = [sli for sli in KINDS.values() if sli.kind != "composite"]
slos = st.builds(
    slo,
    st.sampled_from("abcde"),
    objective=st.sampled_from(["0.9", "0.99", "0.999"]),
    days=st.sampled_from([1, 7, 30]),
    sli=st.sampled_from(SLIS),
    team=st.sampled_from([None, "x", "y"]),
    no_data=st.sampled_from(["ignore", "good", "bad"]),
    labels=st.dictionaries(st.sampled_from("pq"), st.sampled_from("12")),
    exclusions=st.sampled_from([(), (EXCLUSION,)]),
)
catalogues = st.lists(slos, max_size=5, unique_by=lambda one: one.slo_id)


@given(catalogues)
def test_nothing_differs_from_itself(catalogue: list[Slo]) -> None:
    """A catalogue and itself, in whatever order, are the same."""
    diff = compare(catalogue, list(reversed(catalogue)))

    assert (diff.changes, diff.same) == ([], len(catalogue))


@given(catalogues, catalogues)
def test_the_way_back_is_the_way_mirrored(base: list[Slo], head: list[Slo]) -> None:
    """What is new one way is gone the other way, renames are the same pairs, and what changed has the same properties."""
    there, back = compare(base, head), compare(head, base)

    def pairs(changes: Sequence[Change], *, mirrored: bool) -> set[tuple[str | None, str | None, frozenset[Any]]]:
        found = set()
        for one in changes:
            ids = [side.slo_id if side else None for side in (one.before, one.after)]
            texts = [
                (fact.name, *((fact.after, fact.before) if mirrored else (fact.before, fact.after)))
                for fact in one.facts
            ]
            found.add((*(reversed(ids) if mirrored else ids), frozenset(texts)))
        return found

    assert pairs(there.changes, mirrored=False) == pairs(back.changes, mirrored=True)
    assert there.same == back.same


@given(catalogues, catalogues)
def test_everybody_is_somewhere(base: list[Slo], head: list[Slo]) -> None:
    """Each SLO of either side is in one change, or is one of those that are the same."""
    diff = compare(base, head)
    before = sum(change.before is not None for change in diff.changes)
    after = sum(change.after is not None for change in diff.changes)

    assert (before + diff.same, after + diff.same) == (len(base), len(head))


@pytest.mark.parametrize("one", SLIS)
@pytest.mark.parametrize("other", SLIS)
def test_facts_tell_every_kind_apart(one: Sli, other: Sli) -> None:
    """What counts something else says something else, be it of the same kind."""
    assert (facts(slo(sli=one)) == facts(slo(sli=other))) == (generation(one) == generation(other))


@given(slos, slos)
def test_facts_tell_all_that_counts(one: Slo, other: Slo) -> None:
    """Two SLOs with the same facts count the same, promise the same and alert the same."""
    if facts(one) == facts(other):
        assert one.generation == other.generation
        assert (one.objective, one.windows, one.no_data, one.team) == (
            other.objective,
            other.windows,
            other.no_data,
            other.team,
        )
