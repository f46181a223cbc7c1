"""How an error budget went over the last window."""

from tallystick.core.budget import budget_remaining
from tallystick.core.slo import Slo
from tallystick.core.standing import Observe
from tallystick.core.tally import UNOBSERVED
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.core.view import BurnDownPoint
from tallystick.core.window import Window
from tallystick.ledger.store import Ledger

POINTS = 240
"""Points of a burn-down, about; a day of a 30 d window is eight of them."""


def burn_down(ledger: Ledger, slo: Slo, window: Window, until: int) -> list[BurnDownPoint]:
    """
    The budget of *slo* over the *window* that ends at *until*, oldest first; empty if it was never read.

    Raises:
        LedgerError: the ledger can't be read.
    """
    account = ledger.find(slo.slo_id, slo.sli, {})
    if account is None:
        return []
    span = window.span(until)
    book = ledger.book(account, TimeRange(window.span(span.start + SLICE_SECONDS).start, until))
    step = max(span.seconds // POINTS // SLICE_SECONDS, 1) * SLICE_SECONDS
    instants = range(until - span.seconds // step * step, until + 1, step)
    return [_point(slo, window, TimeRange(at - step, at), book.observe) for at in instants]


def _point(slo: Slo, window: Window, step: TimeRange, observe: Observe) -> BurnDownPoint:
    whole, part = observe(window.span(step.end)), observe(step)
    seen = part.observed_seconds > 0
    return BurnDownPoint(
        step.end,
        budget_remaining(whole.tally, slo.objective) if whole != UNOBSERVED else None,
        part.tally.bad if seen else None,
        part.tally.total if seen else None,
    )
