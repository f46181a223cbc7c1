"""
Cases of alerts that weigh traffic: bad events count as a share of what the whole period's budget allows.

How many events a period has is told by its mean rate, and traffic is steady here: so it is known from the first quarter of an
hour or so, which is without errors.
"""

from collections.abc import Iterator
from fractions import Fraction

from tallystick.generate.unittests.cases import (
    Case,
    Check,
    Missing,
    Setting,
    check,
    check_if_clear,
    name_of,
    percent,
    rounded,
    traffic,
)
from tallystick.generate.unittests.history import STEPS, History, Phase
from tallystick.generate.unittests.values import CannotMakeError
from tallystick.generate.unittests.verdicts import DAY_PIECES, Alert, Verdicts

_ABOVE, _BELOW = Fraction(105, 100), Fraction(95, 100)


def weighed_cases(setting: Setting) -> Iterator[Case | Missing]:
    """Each alert above and below its threshold, with few bad events, and its end."""
    for place, alert in enumerate(setting.alerts):
        try:
            yield from _of(setting, place, alert)
        except CannotMakeError as fault:
            yield Missing(f"{name_of(alert)}: fires above its threshold", str(fault))


def worst(setting: Setting) -> History:
    """Nothing but errors, after a while without any."""
    start = max(alert.usual.step_pieces for alert in setting.alerts if alert.usual)
    per_minute = traffic(setting, [Fraction(1)])
    return (Phase(start, per_minute), Phase(max(alert.waits for alert in setting.alerts) + 1, per_minute, Fraction(1)))


def _of(setting: Setting, place: int, alert: Alert) -> Iterator[Case | Missing]:
    start, pieces, limit = _burst(alert)
    ratio = rounded(limit, min(limit * _ABOVE, (limit + 1) / 2))
    per_minute = traffic(setting, [ratio])
    lasts = pieces + alert.waits
    at = start + lasts
    history = (Phase(start, per_minute), Phase(lasts, per_minute, ratio))
    verdicts = Verdicts(history, setting.whole)
    if verdicts.first(alert) != at:
        raise CannotMakeError("it would not fire of a burst of errors in the first hours")
    checks = [check(verdicts, setting, one) for one in (at - 1, at)]
    says = f"errors of {percent(ratio)} for {lasts * STEPS} minutes; {percent(limit)} would be the limit."
    tail, ends, missing = _end(setting, place, alert, history)
    yield Case(f"{name_of(alert)}: fires above its threshold, and ends", says, (*history, *tail), (*checks, *ends))
    yield from missing
    less = rounded(limit, limit * _BELOW * pieces / lasts)
    yield _silent(
        setting, alert, f"{name_of(alert)}: silent below its threshold", (start, lasts, traffic(setting, [less]), less)
    )
    if alert.burn.min_bad and setting.per_minute is None:
        few = _BELOW * (alert.burn.min_bad - Fraction(1, 2)) / (STEPS * lasts * ratio)
        yield _silent(setting, alert, f"{name_of(alert)}: silent with few bad events", (start, lasts, few, ratio))


def _burst(alert: Alert) -> tuple[int, int, Fraction]:
    """
    When errors begin, for how many pieces they must last, and what share of events must be bad then.

    Raises:
        CannotMakeError: no errors are that many.
    """
    assert alert.usual
    start = alert.usual.step_pieces
    events = alert.usual.days * DAY_PIECES
    for pieces in range(1, alert.long_pieces + 1):
        limit = events * max(alert.usual.long / pieces, alert.usual.short / min(pieces, alert.short_pieces))
        if limit * _ABOVE < 1:
            return start, pieces, limit
    raise CannotMakeError("it would take more errors than the long window has events")


def _end(setting: Setting, place: int, alert: Alert, history: History) -> tuple[History, list[Check], list[Missing]]:
    start = sum(phase.pieces for phase in history)
    quiet = Phase(setting.patience, history[0].per_minute)
    verdicts = Verdicts((*history, quiet), setting.whole)
    end = verdicts.first(alert, start=start + 1, fires=False)
    found = end and check_if_clear(verdicts, setting, end)
    if not end or not found:
        return (), [], [Missing(f"{name_of(alert)}: ends", f"that takes more than {setting.patience} evaluations")]
    assert place not in found.firing
    return (Phase(end - start, quiet.per_minute),), [found], []


def _silent(setting: Setting, alert: Alert, title: str, burst: tuple[int, int, Fraction, Fraction]) -> Case | Missing:
    start, lasts, per_minute, ratio = burst
    history = (Phase(start, per_minute), Phase(lasts, per_minute, ratio))
    verdicts = Verdicts(history, setting.whole)
    found = check_if_clear(verdicts, setting, start + lasts)
    if found is None or verdicts.fires(alert, start + lasts) is not False:
        return Missing(title, "an alert is too close to its threshold to tell")
    return Case(title, f"errors of {percent(ratio)} for {lasts * STEPS} minutes.", history, (found,))
