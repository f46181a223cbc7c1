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

    assert len(lines) == 2 + 21
    assert max(map(len, lines)) <= width
    row = next(line.split() for line in lines if "checkout-availability" in line)
    assert {"checkout-availability", "30d", "−58.9", "breached"} <= set(row)


def test_wider_terminals_tell_more() -> None:
    """Columns come back as there is room, and none is lost on the way."""
    headings = [printed(shop(), width=width).splitlines()[1].split() for width in range(60, 240, 10)]

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


def test_net_and_gross_side_by_side() -> None:
    """Where something is excluded its length and the gross compliance are told, elsewhere these are empty."""
    lines = printed(shop(), soft_wrap=True).splitlines()
    heading, booking = (next(line for line in lines if line.startswith(word)) for word in ("SLO", "travel-booking"))
    plain = next(line for line in lines if line.startswith("cart-latency"))

    def cell(line: str, title: str) -> str:
        end = heading.index(title) + len(title)
        return line[:end].rsplit("  ", maxsplit=1)[-1].strip()

    assert (cell(booking, "Compliance"), cell(booking, "Gross"), cell(booking, "Excluded")) == (
        "99.90 %",
        "99.40 %",
        "4h",
    )
    assert (cell(plain, "Gross"), cell(plain, "Excluded")) == ("", "")


def test_columns_that_nothing_is_in_are_left_out() -> None:
    """A table of usual SLOs has no columns for exclusions, calendar windows and missing verdicts."""
    text = printed(list(FakeView([Life(slo("a", "b"))]).standings()), soft_wrap=True)

    assert not {"Gross", "Excluded", "Why"} & set(text.splitlines()[1].split())
    assert {"Gross", "Excluded", "Why"} <= set(printed(shop(), soft_wrap=True).splitlines()[1].split())


def test_a_calendar_window_says_how_far_it_is() -> None:
    """The month is the one up to a day of its own calendar."""
    assert re.search(r"travel-gateway\{region=\"eu\"\} +month +to 30 Nov +99\.9 %", printed(shop(), soft_wrap=True))


def test_why_there_is_no_verdict() -> None:
    """Too little observation is told as such."""
    (row,) = [line for line in printed(shop(), soft_wrap=True).splitlines() if line.startswith("travel-index")]

    assert "no data" in row
    assert "coverage under 90 %" in row
    assert "71.4 %" in row


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
