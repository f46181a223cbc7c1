"""The register of exclusions as people and programs read it."""

import io
import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from support.slos import make_slo
from tallystick.core.exclusion import Exclusion
from tallystick.core.register import LeftOut, Register, register
from tallystick.core.timerange import TimeRange
from tallystick.report.register import register_json, register_text

NOW = int(datetime(2026, 12, 5, 21, 30, tzinfo=UTC).timestamp())
DAY = 86_400
SPAN = TimeRange(NOW - 30 * DAY, NOW + 30 * DAY)

UPGRADE = Exclusion(
    reason="Database upgrade",
    starts=datetime.fromisoformat("2026-12-05T22:00"),
    ends=datetime.fromisoformat("2026-12-06T01:00"),
    zone="Europe/Berlin",
    approved_by="Ada",
    ticket="OPS-123",
    file="slos/shop.yaml",
    line=12,
)
WEEKLY = Exclusion(
    reason="Maintenance",
    starts=datetime.fromisoformat("2024-01-07T02:30"),
    lasts_seconds=5_400,
    rrule="FREQ=WEEKLY;BYDAY=SU",
    zone="America/New_York",
    slos=("shop-availability",),
    file="slos/shop.yaml",
    line=20,
)
PAST = Exclusion(reason="Outage of the supplier", starts=datetime.fromisoformat("2026-01-01T00:00"), lasts_seconds=60)


def shop(*, worth: bool = False, exclusions: tuple[Exclusion, ...] = (UPGRADE, WEEKLY, PAST)) -> Register:
    """The register of one SLO."""
    slo = make_slo(service="shop", exclusions=exclusions)
    left_out = [
        LeftOut(slo=slo.slo_id, group={"region": region}, good=good, total=1_200)
        for region, good in (("eu", 1_100), ("us", 1_200))
    ]
    return register([slo], SPAN, NOW, (lambda *_: left_out) if worth else None)


def printed(found: Register, *, width: int = 200) -> list[str]:
    """The lines that a console of *width* shows of *found*."""
    out = io.StringIO()
    Console(file=out, width=width).print(register_text(found))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_json() -> None:
    """What was agreed as it was written, what follows from it in UTC, and numbers as numbers."""
    found: dict[str, Any] = json.loads(register_json(shop(worth=True)))

    assert (found["from"], found["to"]) == ("2026-11-05T21:30:00Z", "2027-01-04T21:30:00Z")
    assert found["now"] == "2026-12-05T21:30:00Z"
    upgrade, weekly = found["exclusions"][1:]
    left_out = [
        {"slo": "shop-availability", "group": {"region": "eu"}, "good": 1_100, "bad": 100, "total": 1_200},
        {"slo": "shop-availability", "group": {"region": "us"}, "good": 1_200, "bad": 0, "total": 1_200},
    ]
    assert upgrade == {
        "reason": "Database upgrade",
        "service": "shop",
        "slos": ["shop-availability"],
        "starts": "2026-12-05T22:00:00",
        "ends": "2026-12-06T01:00:00",
        "lasts_seconds": None,
        "rrule": None,
        "timezone": "Europe/Berlin",
        "approved_by": "Ada",
        "ticket": "OPS-123",
        "file": "slos/shop.yaml",
        "line": 12,
        "occurrences": [{"start": "2026-12-05T21:00:00Z", "end": "2026-12-06T00:00:00Z"}],
        "used_seconds": 1_800,
        "planned_seconds": 9_000,
        "active": True,
        "next": None,
        "over": False,
        "left_out": left_out,
    }
    assert (weekly["lasts_seconds"], weekly["rrule"], weekly["ends"]) == (5_400, "FREQ=WEEKLY;BYDAY=SU", None)
    assert weekly["next"] == {"start": "2026-12-06T07:30:00Z", "end": "2026-12-06T09:00:00Z"}
    assert found["slos"] == [
        {
            "slo": "shop-availability",
            "used_seconds": 1_800 + 4 * 5_400,
            "planned_seconds": 9_000 + 5 * 5_400,
            "left_out": left_out,
        }
    ]


def test_json_without_a_ledger() -> None:
    """Where nobody looked into a ledger, what was left out is unknown, and not nothing."""
    found: dict[str, Any] = json.loads(register_json(shop()))
    assert {one["left_out"] for one in (*found["exclusions"], *found["slos"])} == {None}


def test_text() -> None:
    """A line for each exclusion with its state and its times by its own clock, and one for each SLO."""
    lines = printed(shop())

    assert lines[0] == "Exclusions from 2026-11-05 21:30 to 2027-01-04 21:30 UTC"
    assert [line.split() for line in lines[2:5]] == [
        ["Outage", "of", "the", "supplier", "shop", "over", "—", "0", "0s", "0s", "—", "—", ":0"],
        ["Database", "upgrade", "shop", "active", "until", "2026-12-06", "01:00", "CET", "1", "30m", "2h30m", "Ada", "OPS-123", "slos/shop.yaml:12"],
        ["Maintenance", "shop-availability", "planned", "2026-12-06", "02:30", "EST", "9", "6h", "7h30m", "—", "—", "slos/shop.yaml:20"],
    ]  # fmt: skip
    assert lines[-1].split() == ["shop-availability", "6h30m", "10h"]
    assert "Left out by each exclusion alone" not in lines


def test_text_with_a_ledger() -> None:
    """What was left out stands beside the time of each SLO and group, and of each exclusion alone."""
    lines = printed(shop(worth=True))

    assert 'shop-availability{region="eu"}  6h30m      10h           100            1,200' in lines
    assert 'Database upgrade        shop-availability{region="eu"}  100   1,200' in lines
    assert 'Maintenance             shop-availability{region="us"}    0   1,200' in lines


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 200])
def test_it_fits(width: int) -> None:
    """On any terminal each exclusion has one line, with its reason, its state and the time used."""
    lines = printed(shop(), width=width)

    assert max(map(len, lines)) <= width
    headings = lines[1].split("  ")
    assert {"Reason", "State", "Used"} <= {heading.strip() for heading in headings}
    assert any(line.startswith("Database upgrade") and "active" in line and "30m" in line for line in lines)


def test_wider_terminals_tell_more() -> None:
    """Columns come back as there is room, and none is lost on the way."""
    headings = [set(printed(shop(), width=width)[1].split()) for width in range(60, 200, 10)]
    assert all(narrow <= wide for narrow, wide in itertools.pairwise(headings))
    assert "Defined" in headings[-1]
    assert "Defined" not in headings[0]


def test_words_are_shown_and_not_obeyed() -> None:
    """Markup, escapes and line breaks in a reason are text: no colour, no second line, nothing hidden."""
    hostile = Exclusion(
        reason="[red]x[/red]\x1b[2J\nFake  line\u202e",
        starts=datetime.fromisoformat("2026-12-05T22:00"),
        lasts_seconds=60,
    )
    text = "\n".join(printed(shop(exclusions=(hostile,))))
    assert "[red]x[/red] [2J Fake" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_no_exclusions() -> None:
    """Without exclusions that is said, and JSON has empty lists."""
    empty = register([make_slo()], SPAN, NOW)
    assert printed(empty) == ["There are no exclusions."]
    assert json.loads(register_json(empty))["exclusions"] == []
