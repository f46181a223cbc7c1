"""When a page must come, by the arithmetic of burn rates alone."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.core.budget import error_budget
from tallystick.core.burn import BurnAlert
from tallystick.core.slo import Slo


@dataclass(frozen=True, slots=True)
class Content:
    """
    What a window holds when the fault begins.

    Attributes:
        bad: bad events in it.
        total: all events in it.
        covered_seconds: how much of it the rules have seen; less than the window if they are younger.
    """

    bad: float
    total: float
    covered_seconds: float


@dataclass(frozen=True, slots=True)
class Promise:
    """
    One alert, and when its condition becomes true.

    Attributes:
        alert: which one.
        seconds: from the beginning of the fault, if requests came evenly.
        spread_seconds: standard deviation of that, because they come at random.
    """

    alert: BurnAlert
    seconds: float
    spread_seconds: float


def promise(
    slo: Slo, alerts: Iterable[BurnAlert], contents: Mapping[int, Content], *, rate: float, share: float
) -> Promise | None:
    """
    Which page comes first, and when.

    Args:
        slo: whose pages.
        alerts: its alerts.
        contents: what each of their windows holds, by its length in seconds.
        rate: events per second.
        share: part of them that is bad from now on.

    Returns:
        The earliest, or None if such a share never pages.
    """
    found = []
    for alert in alerts:
        if alert.policy.severity != "page":
            continue
        threshold = float(alert.factor * error_budget(slo.objective))
        windows = (alert.policy.long_seconds, alert.policy.short_seconds)
        waits = [seconds_until_over(threshold, window, contents[window], rate, share) for window in windows]
        if None not in waits:
            seconds = max(wait for wait in waits if wait is not None)
            found.append(Promise(alert, seconds, spread_seconds(seconds, rate * share)))
    return min(found, key=lambda one: one.seconds, default=None)


def seconds_until_over(threshold: float, window: int, content: Content, rate: float, share: float) -> float | None:
    """
    When the share of bad events in a sliding window exceeds *threshold*; None if it never does.

    Per second the window gains *rate* events, *share* of them bad. If it is full it loses as many seconds of its old
    content as pass, which is taken as even: bad(t) - threshold x total(t) is then a straight line, and this is where it
    crosses zero.
    """
    excess = content.bad - threshold * content.total
    if excess > 0:
        return 0.0
    leaves = excess / window if content.covered_seconds >= window else 0.0
    slope = rate * (share - threshold) - leaves
    return -excess / slope if share > threshold and slope > 0 else None


def spread_seconds(seconds: float, rate: float) -> float:
    """Standard deviation of the wait for as many events as come in *seconds* on average: a gamma distribution's."""
    return math.sqrt(seconds / rate) if rate else 0.0
