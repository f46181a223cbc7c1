"""What cases of burn-rate alerts are made of: error ratios about their thresholds, and what must fire when."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log10

from tallystick.core.duration import format_seconds
from tallystick.generate.decimals import short_text
from tallystick.generate.unittests.history import STEPS, History, Phase
from tallystick.generate.unittests.values import CannotMakeError
from tallystick.generate.unittests.verdicts import Alert, Verdicts
from tallystick.generate.unittests.whole import Whole

_ABOVE, _BELOW = Fraction(105, 100), Fraction(95, 100)
"""How far from a threshold errors are: near enough to find a threshold that is wrong, too far for rounding."""

_LEEWAY = Fraction(1, 5)
"""Share of that by which a ratio may differ, so that it is written with few digits."""

_DIGITS = 12

_PLENTY = 10
"""Bad events a minute, where their number is not what a case is about."""


@dataclass(frozen=True, slots=True)
class Setting:
    """
    Alerts of an SLO, and what decides on the pasts they can be tried on.

    Attributes:
        alerts: the alerts.
        whole: how the SLO is made of others.
        per_minute: events a minute, if they can't be chosen.
        idle: whether there can be no traffic.
        patience: evaluations that may be made after errors ended.
    """

    alerts: tuple[Alert, ...]
    whole: Whole
    per_minute: Fraction | None
    idle: bool
    patience: int


@dataclass(frozen=True, slots=True)
class Check:
    """
    What is asked at one moment.

    Attributes:
        at: number of the evaluation.
        firing: which alerts fire, by their place among the setting's.
    """

    at: int
    firing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """
    One past, and what must come of it.

    Attributes:
        title: what it shows, in short; the same for all SLOs of which it shows that.
        says: what is special about this SLO.
        history: the past.
        checks: what is asked, by time.
        excluded: whether all of it is agreed not to count.
    """

    title: str
    says: str
    history: History
    checks: tuple[Check, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """
    A case that can't be made.

    Attributes:
        title: what it would show.
        why: why there is none.
    """

    title: str
    why: str


def name_of(alert: Alert) -> str:
    """An alert for people: ``page, 1h``."""
    return f"{alert.burn.policy.severity}, {format_seconds(alert.burn.policy.long_seconds)}"


def percent(ratio: Fraction) -> str:
    """A ratio for people."""
    return f"{short_text(100 * ratio)}%"


def levels(setting: Setting, threshold: Fraction) -> tuple[Fraction, Fraction]:
    """Error ratios just under and just above a threshold, with no other threshold in between."""
    others = {Fraction(0), Fraction(1), *(alert.threshold for alert in setting.alerts)}
    lower = max(other for other in others if other < threshold)
    higher = min(other for other in others if other > threshold)
    return (
        rounded(threshold, max(threshold * _BELOW, (lower + threshold) / 2)),
        rounded(threshold, min(threshold * _ABOVE, (threshold + higher) / 2)),
    )


def rounded(threshold: Fraction, aim: Fraction) -> Fraction:
    """About *aim*, with as few digits as may be."""
    magnitude = floor(log10(aim))
    for digits in range(3, _DIGITS):
        unit = Fraction(10) ** (magnitude + 1 - digits)
        found = round(aim / unit) * unit
        if abs(found - aim) <= _LEEWAY * abs(aim - threshold):
            return found
    raise CannotMakeError("thresholds are too close to one another")


def steady(setting: Setting, ratio: Fraction, pieces: int) -> Phase:
    """So many pieces with this *ratio* of the whole, and with events enough for all alerts."""
    of_each = setting.whole.part_ratio(ratio)
    return Phase(pieces, traffic(setting, [of_each]), of_each)


def traffic(setting: Setting, ratios: Iterable[Fraction]) -> Fraction:
    """
    Events a minute: a power of ten, of which so many are bad that no alert asks for more.

    Both are whole numbers: a counter that stands still must not change by what is lost in floating point.
    """
    if setting.per_minute is not None:
        return setting.per_minute
    found = list(ratios)
    events = max((alert.burn.min_events or 0 for alert in setting.alerts), default=0)
    bad = max((alert.burn.min_bad or 0 for alert in setting.alerts), default=0)
    wanted = max(Fraction(2 * events, STEPS), max(Fraction(2 * bad, STEPS), Fraction(_PLENTY)) / min(found))
    power = len(str(int(wanted)))
    while power < _DIGITS and any((ratio * 10**power).denominator > 1 for ratio in found):
        power += 1
    return Fraction(10**power)


def check(verdicts: Verdicts, setting: Setting, at: int) -> Check:
    """
    What fires at evaluation *at*.

    Raises:
        CannotMakeError: one alert is too close to its threshold to tell.
    """
    found = check_if_clear(verdicts, setting, at)
    if found is None:
        raise CannotMakeError("an alert is too close to its threshold to tell")
    return found


def check_if_clear(verdicts: Verdicts, setting: Setting, at: int) -> Check | None:
    """Likewise; None where that can't be told."""
    found = [verdicts.fires(alert, at) for alert in setting.alerts]
    if None in found:
        return None
    return Check(at, tuple(place for place, fires in enumerate(found) if fires))


def onset(setting: Setting, alert: Alert, phase: Phase) -> int:
    """
    The evaluation at which *alert* fires, of a *phase* that goes on.

    Raises:
        CannotMakeError: it never does.
    """
    lasting = Phase(alert.long_pieces + alert.waits + 1, phase.per_minute, phase.ratio)
    at = Verdicts((lasting,), setting.whole).first(alert)
    if at is None:
        raise CannotMakeError("its events would never be enough for it to fire")
    return at
