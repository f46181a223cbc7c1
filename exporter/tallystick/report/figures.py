"""
Figures as people read them.

Shares are rounded down, with at least one decimal more than the objective has. So no digit shown ever says better than
it is: 99.9996 % is not 100 %, and what is under the objective looks like it. Rounding to the nearest would turn
99.8996 % into 99.90 %, a breach into a promise kept.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from tallystick.core.duration import format_seconds
from tallystick.core.slo import Slo
from tallystick.core.standing import PRESENT_BURN_SECONDS, Standing, State
from tallystick.core.tally import Count
from tallystick.core.window import RollingWindow, Window

UNKNOWN = "—"
"""What stands for a figure that is not known."""

LITTLE_LEFT = Fraction(1, 4)
"""Share of the budget under which a promise is at risk."""

SOON_SECONDS = 86_400
"""A budget that will be gone within this time at the present rate is at risk, however much of it is left."""

_PRESENT = RollingWindow(PRESENT_BURN_SECONDS).name


class Outlook(StrEnum):
    """A standing's state as it is shown, worst first: `State`, with what a person wants to know before it is too late."""

    BREACHED = "breached"
    AT_RISK = "at risk"
    NO_DATA = "no data"
    OLD = "old"
    NO_TRAFFIC = "no traffic"
    MET = "met"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Outlook).index(self)


def outlook(standing: Standing) -> Outlook:
    """
    How *standing* is shown.

    A verdict that is not fresh is ``old``, whatever it was. At risk is a promise that is met, with a quarter of its
    budget or less left, or with a budget that is gone within a day at the burn rate of the last hour.
    """
    if standing.state is State.NO_DATA:
        return Outlook.NO_DATA
    if not standing.fresh:
        return Outlook.OLD
    if standing.state is State.MET:
        return Outlook.AT_RISK if _at_risk(standing) else Outlook.MET
    return Outlook.BREACHED if standing.state is State.BREACHED else Outlook.NO_TRAFFIC


def _at_risk(standing: Standing) -> bool:
    remaining, exhaustion = standing.budget_remaining, standing.exhaustion
    little = remaining is not None and remaining <= LITTLE_LEFT
    return little or (exhaustion is not None and exhaustion - standing.span.end <= SOON_SECONDS)


def objective(ratio: Decimal) -> str:
    """A promise, exactly as it was made: ``99.95 %``."""
    return f"{(ratio * 100).normalize():f} %"


def compliance(standing: Standing) -> str:
    """The delivered share of good events, with as many decimals as its objective needs, and one more."""
    return share(standing.compliance, _places(standing.slo))


def gross(standing: Standing) -> str:
    """The same with nothing excluded; empty where that is the same."""
    same = not standing.excluded_seconds and standing.gross_compliance == standing.compliance
    return "" if same else share(standing.gross_compliance, _places(standing.slo))


def excluded(standing: Standing) -> str:
    """How much of the window is excluded; empty if nothing is."""
    return length(standing.excluded_seconds) if standing.excluded_seconds else ""


def _places(slo: Slo) -> int:
    return max(len(objective(slo.objective).removesuffix(" %").partition(".")[2]) + 1, 2)


def why(standing: Standing) -> str:
    """Why there is no verdict; empty if there is one, and where the state says it."""
    if standing.state is not State.NO_DATA:
        return "" if standing.fresh else "the ledger ends too early"
    if standing.coverage is None:
        return "all of it is excluded"
    if not standing.coverage:
        return "nothing was observed"
    return f"coverage under {objective(standing.slo.min_coverage)}"


def until(standing: Standing) -> str:
    """How far a calendar window has come, by its own calendar: ``to 23 Nov``; empty for a rolling one."""
    if isinstance(standing.window, RollingWindow):
        return ""
    latest = datetime.fromtimestamp(standing.span.end - 1, ZoneInfo(standing.window.zone))
    return f"to {latest:%H:%M}" if standing.window.unit == "day" else f"to {latest.day} {latest:%b}"


def over(window_: Window) -> str:
    """The time that a window is, in words: ``the last 30d``, ``this month``."""
    return f"the last {window_.name}" if isinstance(window_, RollingWindow) else f"this {window_.name}"


def unit(slo: Slo) -> str:
    """What is counted, in the plural."""
    if slo.budgeting.method != "occurrences" or slo.sli.kind == "threshold":
        return "slices"
    return "seconds" if slo.sli.kind == "up" else "events"


def share(ratio: Fraction | None, places: int = 1) -> str:
    """
    A share as percent, rounded down to *places* decimals.

    ``100 %`` and ``0 %`` have no decimals and are exact; what is above 0 but too small to show is told as such.
    """
    if ratio is None:
        return UNKNOWN
    percent, step = ratio * 100, Fraction(1, 10**places)
    if percent in {0, 100}:
        return f"{int(percent)} %"
    if 0 < percent < step:
        return f"< {float(step):.{places}f} %"
    units = floor(percent / step)
    whole, part = divmod(abs(units), 10**places)
    return f"{'−' if units < 0 else ''}{whole:,}.{part:0{places}d} %"


_FINEST = 10**9
"""Shares that were floats are not told apart beyond this."""


def near(value: float) -> Fraction:
    """A share that was worked out in floats: what is 1.5 % but for its last digits is 1.5 %, though shares are rounded down."""
    return Fraction(value).limit_denominator(_FINEST)


def rate(burn: Fraction | None) -> str:
    """A burn rate, in about three digits."""
    if burn is None:
        return UNKNOWN
    if 0 < burn < Fraction(1, 100):
        return "< 0.01"
    if burn == 0:
        return "0"
    places = 2 if burn < 10 else 1 if burn < 100 else 0  # noqa: PLR2004  # three digits
    return f"{float(burn):,.{places}f}"


def count(events: Count | None) -> str:
    """A number of events; of what is no whole number, one decimal."""
    if events is None:
        return UNKNOWN
    return f"{float(events):,.0f}" if events == int(events) else f"{float(events):,.1f}"


def exhaustion(standing: Standing) -> str:
    """When the budget runs out, in words; that of a calendar window is its whole period's."""
    rolling = isinstance(standing.window, RollingWindow)
    if standing.budget_remaining is None:
        return UNKNOWN
    if standing.exhaustion == standing.span.end or (rolling and standing.budget_remaining <= 0):
        return "spent"
    if standing.burn_rates[_PRESENT] is None:
        return UNKNOWN
    if standing.exhaustion is None:
        return "not at this rate" if rolling else f"not this {standing.window.name}"
    return f"in {length(standing.exhaustion - standing.span.end)}"


def length(seconds: float | Fraction) -> str:
    """A length of time in its two largest units, or one where that says enough: ``12d``, ``2d 4h``, ``3h 20m``, ``45s``."""
    whole = int(seconds)
    if whole >= 365 * 86_400:
        return "over a year"
    for unit, below in ((10 * 86_400, 86_400), (86_400, 3_600), (3_600, 60), (60, 60)):
        if whole >= unit:
            whole -= whole % below
            break
    text = format_seconds(whole)
    return text.replace("d", "d ").replace("h", "h ").strip()
