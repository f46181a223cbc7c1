"""The table of standings: fits its terminal, and is plain text in a file."""

import io
import itertools
import re
from datetime import UTC, datetime

import pytest
from rich.console import Console

from tallystick.core.standing import Standing
from tallystick.report.table import standings_table
from web.fake_view import NOW, FakeView, Life, slo

AT = datetime.fromtimestamp(NOW, UTC)


def printed(found: list[Standing], *, width: int = 80, soft_wrap: bool = False, terminal: bool = False) -> str:
    """What a console of *width* prints of *found*."""
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=terminal, color_system="standard" if terminal else None).print(
        standings_table(found, AT), soft_wrap=soft_wrap
    )
    return out.getvalue()


def shop() -> list[Standing]:
    """Every standing of the shop."""
    return list(FakeView().standings())


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 160, 240])
def test_it_fits(width: int) -> None:
    """On any terminal every SLO has one line that is no longer than it is wide, with its window, budget and state."""
    lines = printed(shop(), width=width).splitlines()

    assert len(lines) == 2 + 14
    assert max(map(len, lines)) <= width
    row = next(line.split() for line in lines if "checkout-availability" in line)
    assert {"checkout-availability", "30d", "−58.9", "breached"} <= set(row)


def test_wider_terminals_tell_more() -> None:
    """Columns come back as there is room, and none is lost on the way."""
    headings = [printed(shop(), width=width).splitlines()[1].split() for width in range(60, 180, 10)]

    assert all(set(narrow) <= set(wide) for narrow, wide in itertools.pairwise(headings))
    assert {"SLO", "Objective", "Compliance", "Coverage", "Runs", "3d"} <= set(headings[-1])


def test_a_file_gets_all_columns_and_no_colour() -> None:
    """Without a terminal's width there is no reason to leave anything out, and nothing but text."""
    text = printed(shop(), width=80, soft_wrap=True)

    assert "\x1b" not in text
    assert "Runs out" in text
    assert "Burn 3d" in text
    assert "not at this rate" in text


def test_a_terminal_gets_colour() -> None:
    """The state of a breached promise is red."""
    assert "\x1b[1;31mbreached" in printed(shop(), width=100, terminal=True)


def test_unknown_is_shown_as_such() -> None:
    """An SLO without data shows a dash for what is not known, and its coverage of nothing."""
    (row,) = [line for line in printed(shop(), soft_wrap=True).splitlines() if "mail-delivery" in line]

    assert re.split(r"\s{2,}", row.strip()) == [
        *("mail-delivery", "30d", "99.5 %", "—", "—", "—", "—", "—", "0 %", "no data", "nothing was observed", "—")
    ]


def test_a_group_is_part_of_the_name() -> None:
    """Standings of one SLO are told apart by their group."""
    view = FakeView([Life(slo("checkout", "availability"))])
    view.regroup("checkout-availability", {"region": "eu"})

    assert 'checkout-availability{region="eu"}' in printed(list(view.standings()), soft_wrap=True)


def test_markup_in_a_name_is_text() -> None:
    """A name that looks like the library's markup is printed as it is."""
    found = list(FakeView([Life(slo("[red]shop[/red]", "a"))]).standings())

    assert "[red]shop[/red]-a" in printed(found)


def test_none_is_said() -> None:
    """Without SLOs there is a sentence instead of a table."""
    assert printed([]) == "There are no SLOs.\n"
