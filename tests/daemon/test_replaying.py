"""Alerts replayed over what a ledger holds of each kind of SLI."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from support.ledgers import MIDNIGHT
from support.slos import BAD_EVENTS, PROBE, make_slo
from tallystick.core.alerting import Alerting
from tallystick.core.backtested import Outcome
from tallystick.core.exclusion import Exclusion
from tallystick.core.memory import Memory
from tallystick.core.sli import CompositeSli, Part, RatioSli, RecordedSli, ThresholdSli
from tallystick.core.slices import Slices
from tallystick.core.slo import Slo
from tallystick.core.timerange import DAY_SECONDS, TimeRange
from tallystick.daemon.replaying import Theatre, far_reaching
from tallystick.ledger.store import Ledger, open_ledger

DAYS = 8
SPAN = TimeRange(MIDNIGHT + 4 * DAY_SECONDS, MIDNIGHT + DAYS * DAY_SECONDS)
NOON = 4 * 1_440 + 720
"""The minute of noon on the first replayed day."""


def write(ledger: Ledger, slo: Slo, bad: range, *, days: int = DAYS, **group: str) -> None:
    """Days of readings, each wholly bad that ends in a minute of *bad*; counts as the SLI has them."""
    sli: RecordedSli = slo.sli  # type: ignore[assignment]
    per = sli.slice_seconds // 60
    minutes = np.arange(DAYS * 1_440)
    scale = 60_000.0 if sli.kind == "up" else float(sli.per_unit) * (1_000 if sli.kind == "events" else 1)
    total = np.where(minutes % per == per - 1, scale, 0.0)
    good = np.where((minutes >= bad.start) & (minutes < bad.stop), 0.0, total)
    first = (DAYS - days) * 1_440
    part = Slices(MIDNIGHT + first * 60, (minutes >= 0)[first:], good[first:], total[first:])
    ledger.append(ledger.account(slo.slo_id, sli, group), part, Memory(), "raw")


def play(ledger: Ledger, *slos: Slo) -> list[Outcome]:
    """Replay the first of *slos*; the others are there for it."""
    return Theatre(ledger, slos, SPAN, Fraction(1, 100)).play(slos[0])


def first_page(outcome: Outcome) -> tuple[int, int] | None:
    """When the one-hour page first fired and was over, in minutes after noon; None if it did not."""
    assert outcome.backtest is not None
    firings = outcome.backtest.replayed[0].firings
    if not firings:
        return None
    fired = firings[0].fired
    assert fired.end is not None
    return (fired.firing - MIDNIGHT) // 60 - NOON, (fired.end - MIDNIGHT) // 60 - NOON


@pytest.fixture
def ledger() -> Ledger:
    """An empty one, in memory."""
    return open_ledger("")


@pytest.mark.parametrize(
    ("sli", "lasts", "expected"),
    [
        (BAD_EVENTS, 10, (2, 15)),
        (PROBE, 10, (2, 15)),
        (ThresholdSli("up", "lt", Decimal(1)), 10, (3, 15)),  # two bad slices are asked for
        (RatioSli("errors", "error"), 10, (6, 15)),  # of readings that end after five and ten minutes
        (RatioSli("errors", "error", "total"), 10, None),  # 12 events an hour are fewer than the 70 it takes
    ],
    ids=["events", "up", "threshold", "ratio", "ratio-with-total"],
)
def test_each_kind_of_sli_pages(ledger: Ledger, sli: RecordedSli, lasts: int, expected: tuple[int, int] | None) -> None:
    """Counts are what the rules take them for: seconds, slices, or readings that stand for the seconds that they cover."""
    slo = make_slo(sli=sli)
    write(ledger, slo, range(NOON, NOON + lasts))

    (outcome,) = play(ledger, slo)

    assert first_page(outcome) == expected
    assert outcome.backtest is not None
    assert [(one.loss.span.start - MIDNIGHT) // 60 - NOON for one in outcome.backtest.incidents] == [0]
    assert outcome.backtest.incidents[0].loss.span.seconds == 60 * lasts


def test_groups_are_replayed_by_themselves(ledger: Ledger) -> None:
    """One region's outage is no other's, and each has its outcome."""
    slo = make_slo(sli=type(BAD_EVENTS)(BAD_EVENTS.total, None, BAD_EVENTS.bad, ("region",)))
    write(ledger, slo, range(NOON, NOON + 10), region="eu")
    write(ledger, slo, range(0), region="us")

    found = {outcome.group["region"]: first_page(outcome) for outcome in play(ledger, slo)}

    assert found == {"eu": (2, 15), "us": None}


def test_exclusions_are_the_slos_own_and_those_of_the_whole(ledger: Ledger) -> None:
    """An outage in a part's excluded time is none of the composite's, nor one in the composite's own."""
    at_noon = Exclusion(reason="work", starts=datetime(2025, 12, 5, 11, 50), lasts_seconds=3_600)  # noqa: DTZ001
    part = make_slo(exclusions=(at_noon,))
    plain, whole = make_slo(), make_slo(name="journey", sli=CompositeSli((Part(part.slo_id),)))
    write(ledger, part, range(NOON, NOON + 10))

    assert [first_page(*play(ledger, *slos)) for slos in ([plain], [part], [whole, plain], [whole, part])] == [
        (2, 15),
        None,
        (2, 15),
        None,
    ]
    excluding = make_slo(name="journey", sli=whole.sli, exclusions=(at_noon,))
    (outcome,) = play(ledger, excluding, plain)
    assert first_page(outcome) is None
    assert (outcome.excluded_seconds, outcome.unobserved_seconds) == (3_600, 0)


def test_short_history_is_told(ledger: Ledger) -> None:
    """Three days of history are never whole for windows of three days; of an SLO without any nothing is known."""
    slo, other = make_slo(), make_slo(name="other")
    write(ledger, slo, range(0), days=3)

    (outcome,) = play(ledger, slo)
    (unknown,) = play(ledger, other)

    assert (outcome.whole_from, outcome.unobserved_seconds) == (None, DAY_SECONDS)
    assert (unknown.backtest, unknown.whole_from, unknown.unobserved_seconds) == (None, None, SPAN.seconds)


def test_history_is_whole_from_when_windows_are(ledger: Ledger) -> None:
    """With five days of history in all, a window of three days is whole two days before the end."""
    slo = make_slo()
    write(ledger, slo, range(0), days=5)

    (outcome,) = play(ledger, slo)

    assert outcome.whole_from == SPAN.end - 2 * DAY_SECONDS


@pytest.mark.parametrize(
    ("slo", "days"),
    [
        (make_slo(), 30),  # a period that ends with the replay is more than its 4 days, 3 for a window, and 1 before
        (make_slo(days=5), 8),
        (make_slo(alerting=Alerting(weigh="traffic")), 4 + 1 + 30 + 1),
    ],
    ids=["period", "windows", "traffic"],
)
def test_as_much_is_read_as_is_looked_back_on(slo: Slo, days: int) -> None:
    """Whoever reads for a replay is given a window that reaches as far back as alerts and budgets look."""
    (wide,) = far_reaching([slo], SPAN)

    assert max(window.nominal_seconds for window in wide.windows) == days * DAY_SECONDS
