"""All cases of an SLO's burn-rate alerts."""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from tallystick.generate.unittests.cases import (
    Case,
    Check,
    Missing,
    Setting,
    check,
    check_if_clear,
    levels,
    name_of,
    onset,
    percent,
    steady,
)
from tallystick.generate.unittests.history import STEPS, Phase
from tallystick.generate.unittests.ladder import descent, ladder
from tallystick.generate.unittests.values import CannotMakeError
from tallystick.generate.unittests.verdicts import Alert, Verdicts
from tallystick.generate.unittests.weighed import weighed_cases, worst

IDLE = "no traffic"
EXCLUDED = "errors while excluded"
_FEW = "all events are bad, but few"
_END = "errors end"

_BELOW = Fraction(95, 100)
"""Share of the events that an alert asks for, which are not enough."""


@lru_cache(maxsize=1_024)
def burn_cases(setting: Setting, *, excluded: bool) -> tuple[Case | Missing, ...]:
    """
    All cases of *setting*, but for the one without traffic, which is that of a missing signal as well.

    Args:
        setting: alerts and what they can be tried on; many SLOs have the same.
        excluded: also that they are silent while all of it is excluded.
    """
    if not setting.alerts:
        return ()
    weighed = any(alert.usual for alert in setting.alerts)
    made = [*weighed_cases(setting)] if weighed else [*_rising(setting), *_few(setting)]
    if not setting.idle:
        made.append(Missing(IDLE, "a gauge has seconds, whatever the traffic"))
    if excluded:
        made += [_weighed_excluded(setting)] if weighed else _excluded(setting)
    return tuple(made)


def _rising(setting: Setting) -> Iterator[Case | Missing]:
    """In one past, as that is quickest; or else one by one."""
    try:
        yield from ladder(setting)
    except CannotMakeError:
        pass
    else:
        return
    for place, alert in enumerate(setting.alerts):
        yield from _one_by_one(setting, place, alert)
    yield from _ending(setting)


def _one_by_one(setting: Setting, place: int, alert: Alert) -> Iterator[Case | Missing]:
    """Steady errors from the start: just above the threshold, and just under it for as long as it takes above it."""
    firing, silent = f"{name_of(alert)}: fires above its threshold", f"{name_of(alert)}: silent below its threshold"
    try:
        below, above = levels(setting, alert.threshold)
        at = onset(setting, alert, steady(setting, above, 1))
        for title, ratio in ((firing, above), (silent, below)):
            history = (steady(setting, ratio, at),)
            verdicts = Verdicts(history, setting.whole)
            checks = [check(verdicts, setting, one) for one in (at - 1, at) if one]
            assert (place in checks[-1].firing) == (title == firing)
            says = f"steady errors of {percent(ratio)}, the threshold is {percent(alert.threshold)}."
            yield Case(title, says, history, tuple(checks))
    except CannotMakeError as fault:
        yield Missing(firing, str(fault))


def _worst(setting: Setting) -> Phase:
    """
    Errors that all alerts fire of, for as long as that takes.

    Raises:
        CannotMakeError: one of them never does.
    """
    _, ratio = levels(setting, max(alert.threshold for alert in setting.alerts))
    phase = steady(setting, ratio, 1)
    pieces = max(onset(setting, alert, phase) for alert in setting.alerts)
    return Phase(pieces, phase.per_minute, phase.ratio)


def _ending(setting: Setting) -> Iterator[Case | Missing]:
    try:
        worst = _worst(setting)
    except CannotMakeError as fault:
        yield Missing(_END, str(fault))
        return
    tail, checks, missing = descent(setting, (worst,))
    says = f"after {worst.pieces * STEPS} minutes with errors of {percent(Fraction(setting.whole.ratio(float(worst.ratio))))}."
    yield Case(_END, says, (worst, *tail), tuple(checks))
    yield from missing


def _few(setting: Setting) -> Iterator[Case | Missing]:
    """
    All events are bad, and few: each alert is silent when it would fire otherwise, and fires when there are enough.

    How few decides the alert that asks for the fewest; the others ask for more of the same.
    """
    asking = [alert for alert in setting.alerts if _asked(alert)]
    if not asking:
        return
    least = min(asking, key=_asked)
    per_minute = setting.per_minute or _BELOW * _asked(least) / ((least.waits + 1) * STEPS)
    phase = Phase(1, per_minute, Fraction(1))
    times: set[int] = set()
    for alert in asking:
        try:
            at = onset(setting, alert, phase)
        except CannotMakeError as fault:
            yield Missing(f"{name_of(alert)}: fires when there are enough events", str(fault))
            continue
        if at > alert.waits + 1:
            times |= {alert.waits + 1, at - 1, at}
        else:
            why = "a gauge gives more from the start" if setting.per_minute else "it is as fast with more of them"
            yield Missing(f"{name_of(alert)}: silent with few events", why)
    if times:
        history = (Phase(max(times), per_minute, Fraction(1)),)
        verdicts = Verdicts(history, setting.whole)
        checks = [one for at in sorted(times) if (one := check_if_clear(verdicts, setting, at))]
        yield Case(
            _FEW,
            "; ".join(f"{name_of(alert)} asks for {_demand(alert)}" for alert in asking) + ".",
            history,
            tuple(checks),
        )


def _asked(alert: Alert) -> Fraction:
    """Events that are too few but for their last one, if all of them are bad; a half of one is rounded up."""
    bad = Fraction(alert.burn.min_bad) - Fraction(1, 2) if alert.burn.min_bad else Fraction(0)
    return max(Fraction(alert.burn.min_events or 0), bad)


def _demand(alert: Alert) -> str:
    events = [f"{alert.burn.min_events} events"] if alert.burn.min_events else []
    return " and ".join([*events, *([f"{alert.burn.min_bad} bad ones"] if alert.burn.min_bad else [])])


def _excluded(setting: Setting) -> Iterator[Case | Missing]:
    try:
        worst = _worst(setting)
    except CannotMakeError as fault:
        yield Missing(EXCLUDED, str(fault))
        return
    says = f"errors of {percent(Fraction(setting.whole.ratio(float(worst.ratio))))}, of which all alerts would fire."
    yield Case(EXCLUDED, says, (worst,), (Check(worst.pieces, ()),), excluded=True)


def _weighed_excluded(setting: Setting) -> Case:
    history = worst(setting)
    return Case(
        EXCLUDED, "all events are bad.", history, (Check(sum(phase.pieces for phase in history), ()),), excluded=True
    )
