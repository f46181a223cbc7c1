"""The register of exclusions: who agreed on what, and how much time it took."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from support.slos import make_slo
from tallystick.core.exclusion import Exclusion
from tallystick.core.register import LeftOut, register
from tallystick.core.slo import Slo
from tallystick.core.timerange import TimeRange

HOUR = 3_600


def utc(text: str) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def agreed(reason: str, starts: str, hours: int, **more: Any) -> Exclusion:
    """An exclusion that takes so many *hours*."""
    return Exclusion(reason=reason, starts=datetime.fromisoformat(starts), lasts_seconds=hours * HOUR, **more)


UPGRADE = agreed("upgrade", "2026-11-10T22:00", 4, file="shop.yaml", line=20)
NIGHTLY = agreed("nightly", "2026-11-01T23:00", 1, rrule="FREQ=DAILY;UNTIL=20261130T230000", file="shop.yaml", line=10)
MOVE = agreed("move", "2026-12-05T00:00", 48, slos=("shop-b",), file="a.yaml", line=90)
NOVEMBER = TimeRange(utc("2026-11-01"), utc("2026-12-01"))


def shop() -> list[Slo]:
    """Two SLOs of one service: three exclusions, of which one is for the second only."""
    return [
        make_slo(service="shop", name="a", exclusions=(NIGHTLY, UPGRADE)),
        make_slo(service="shop", name="b", exclusions=(NIGHTLY, UPGRADE, MOVE)),
        make_slo(service="blog", name="c"),
    ]


def test_each_exclusion_is_there_once() -> None:
    """An exclusion of a whole service is one row with all of its SLOs, in the order of files and lines."""
    found = register(shop(), NOVEMBER, utc("2026-11-11T00:00"))

    assert [(one.exclusion.reason, one.service, one.slos) for one in found.exclusions] == [
        ("move", "shop", ("shop-b",)),
        ("nightly", "shop", ("shop-a", "shop-b")),
        ("upgrade", "shop", ("shop-a", "shop-b")),
    ]
    assert [one.slo for one in found.slos] == ["shop-a", "shop-b"]
    assert {one.left_out for one in found.exclusions} == {one.left_out for one in found.slos} == {None}


def test_time_is_counted_once() -> None:
    """What was used and what is planned add up to the range's, and where exclusions overlap an SLO loses the time once."""
    found = register(shop(), NOVEMBER, utc("2026-11-11T00:00"))

    times = {one.exclusion.reason: (one.used_seconds / HOUR, one.planned_seconds / HOUR) for one in found.exclusions}
    assert times == {"move": (0, 0), "nightly": (10, 20), "upgrade": (2, 2)}
    assert [(one.used_seconds / HOUR, one.planned_seconds / HOUR) for one in found.slos] == [(11, 22), (11, 22)]
    assert [len(one.occurrences) for one in found.exclusions] == [0, 30, 1]


@pytest.mark.parametrize(
    ("now", "states"),
    [
        # whether it is active, whether it is over, and when it is next
        ("2026-11-10T21:59", {"nightly": (False, False, "10T23"), "upgrade": (False, False, "10T22")}),
        ("2026-11-10T22:00", {"nightly": (False, False, "10T23"), "upgrade": (True, False, None)}),
        ("2026-11-11T01:59", {"nightly": (False, False, "11T23"), "upgrade": (True, False, None)}),
        ("2026-11-11T02:00", {"nightly": (False, False, "11T23"), "upgrade": (False, True, None)}),
        ("2026-11-29T23:30", {"nightly": (True, False, "30T23"), "upgrade": (False, True, None)}),
        ("2026-11-30T23:30", {"nightly": (True, False, None), "upgrade": (False, True, None)}),
        ("2026-12-01T00:00", {"nightly": (False, True, None), "upgrade": (False, True, None)}),
    ],
)
def test_states(now: str, states: dict[str, tuple[bool, bool, str | None]]) -> None:
    """Active from its first instant to before its last; over when it is not and none will follow, whatever the range is."""
    found = register(shop()[:1], TimeRange(utc("2020-01-01"), utc("2020-01-02")), utc(now))

    told = {
        one.exclusion.reason: (
            one.active,
            one.over,
            f"{datetime.fromtimestamp(one.following.start, UTC):%dT%H}" if one.following else None,
        )
        for one in found.exclusions
    }
    assert told == states


def test_ranges_before_and_after_now() -> None:
    """A range that is over has nothing planned, and of one to come nothing is used."""
    past, future = (register(shop(), NOVEMBER, utc(now)) for now in ("2026-12-24T00:00", "2026-10-01T00:00"))

    assert [(one.used_seconds, one.planned_seconds) for one in past.slos] == [(33 * HOUR, 0)] * 2
    assert [(one.used_seconds, one.planned_seconds) for one in future.slos] == [(0, 33 * HOUR)] * 2


def test_worth_is_asked_of_what_was_used() -> None:
    """Each exclusion is appraised alone and each SLO with all of its own, by the time they took and none to come."""
    asked: list[tuple[str, int]] = []

    def worth(slo: Slo, parts: Sequence[TimeRange]) -> list[LeftOut]:
        seconds = sum(part.seconds for part in parts)
        asked.append((slo.slo_id, seconds // HOUR))
        return [LeftOut(slo=slo.slo_id, group={}, good=seconds - 7, total=seconds)]

    found = register(shop(), NOVEMBER, utc("2026-11-11T00:00"), worth)

    alone = [("shop-a", 10), ("shop-b", 10), ("shop-a", 2), ("shop-b", 2), ("shop-b", 0)]
    assert asked == [*alone, ("shop-a", 11), ("shop-b", 11)]
    upgrade = found.exclusions[2].left_out
    assert upgrade is not None
    assert [(one.slo, one.bad, one.total) for one in upgrade] == [("shop-a", 7, 2 * HOUR), ("shop-b", 7, 2 * HOUR)]


def test_two_services_may_agree_on_the_same() -> None:
    """Exclusions that are alike but of two services are two."""
    slos = [make_slo(service=name, name="a", exclusions=(UPGRADE,)) for name in ("shop", "blog")]
    assert [one.service for one in register(slos, NOVEMBER, NOVEMBER.end).exclusions] == ["shop", "blog"]
