"""How an error budget went over the last window."""

from collections.abc import Mapping, Sequence
from functools import partial

from tallystick.core.budget import budget_remaining
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.sli import CompositeSli
from tallystick.core.slo import Slo
from tallystick.core.standing import Observe, counting
from tallystick.core.timerange import SLICE_SECONDS, TimeRange
from tallystick.core.view import BurnDownPoint
from tallystick.core.window import RollingWindow, Window
from tallystick.daemon.following import find_account
from tallystick.daemon.stand import composite
from tallystick.daemon.sums import Sums, open_sums
from tallystick.ledger.store import Ledger

POINTS = 240
"""Points of a burn-down, about; a day of a 30 d window is eight of them."""

KEPT_PARTS = 4
"""Days whose slices are kept: the window's start and its end each go through every hour of a day."""


def burn_down(
    ledger: Ledger, slo: Slo, slos: Mapping[str, Slo], window: Window, until: int, *, group: Mapping[str, str]
) -> list[BurnDownPoint]:
    """
    The budget of *slo* (or its *group*) over the *window* that ends at *until*, oldest first; empty if it was never read.

    Raises:
        LedgerError: the ledger can't be read.
    """
    steps = _steps(window, until)
    since = window.span(steps[0].end).start
    sums_of = partial(_sums, ledger, since, group)
    if isinstance(slo.sli, CompositeSli):
        observe = seen = composite(slo, TimeRange(since, until), slos, sums_of, net=True)
    else:
        sums = sums_of(slo, ())
        if sums is None:
            return []
        out = excluded(slo.exclusions, TimeRange(since, until)) if slo.exclusions else ()
        seen, observe = sums.net.observe, counting(slo, sums.net.observe, sums.first, out, sums.net.end)
    return [_point(slo, window, step, observe, seen) for step in steps]


def _steps(window: Window, until: int) -> list[TimeRange]:
    """The time before each point, which is at its end; a period of the calendar begins with a budget of its own."""
    span = window.span(until)
    seconds = max(span.seconds // POINTS // SLICE_SECONDS, 1) * SLICE_SECONDS
    instants = range(until - span.seconds // seconds * seconds, until + 1, seconds)
    steps = [TimeRange(at - seconds, at) for at in instants]
    if isinstance(window, RollingWindow):
        return steps
    return [TimeRange(max(step.start, span.start), step.end) for step in steps if step.end > span.start]


def _sums(ledger: Ledger, since: int, group: Mapping[str, str], slo: Slo, more: Sequence[Exclusion]) -> Sums | None:
    found = find_account(ledger, slo, group)
    return None if found is None else open_sums(ledger, found[0], slo, since, more, kept_parts=KEPT_PARTS)


def _point(slo: Slo, window: Window, step: TimeRange, observe: Observe, seen: Observe) -> BurnDownPoint:
    whole, part = observe(window.span(step.end)), seen(step)
    known = part.observed_seconds > 0
    return BurnDownPoint(
        step.end,
        budget_remaining(whole.tally, slo.objective) if whole.observed_seconds else None,
        part.tally.bad if known else None,
        part.tally.total if known else None,
    )
