"""All burn-rate alerts of an SLO in one past: errors rise past one threshold after the other, and then end."""

from collections.abc import Sequence
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
)
from tallystick.generate.unittests.climb import GROWTH, Step, catching_up, growing, steps_of
from tallystick.generate.unittests.history import History, Phase
from tallystick.generate.unittests.values import CannotMakeError
from tallystick.generate.unittests.verdicts import Alert, Verdicts

TITLE = "errors rise past one threshold after the other, then end"


_JUST_UNDER = Fraction(9, 10)

_BURST_PIECES = 8
"""Evaluations of errors after many good events."""


def ladder(setting: Setting) -> list[Case | Missing]:
    """
    The case, and what it can't show.

    Raises:
        CannotMakeError: an alert would not fire on its own step, of this kind of past.
    """
    steps = steps_of(setting)
    history = growing(setting, steps) if setting.per_minute is None else catching_up(setting, steps)
    verdicts = Verdicts(history, setting.whole)
    times = {step.end for step in steps if not step.is_above}
    for step in steps:
        if step.is_above:
            times |= _onsets(verdicts, step)
    checks = [check(verdicts, setting, at) for at in sorted(times)]
    tail, ends, missing = descent(setting, history)
    last, after, more = burst(setting, (*history, *tail))
    all_checks = {one.at: one for one in (*checks, *ends, *after)}
    case = Case(TITLE, _says(setting, steps), (*history, *tail, *last), tuple(all_checks.values()))
    return [case, *missing, *more]


def _onsets(verdicts: Verdicts, step: Step) -> set[int]:
    """When the alerts of a step fire, and just before: neither before their step nor before they have waited."""
    times = set()
    for alert in step.alerts:
        at = step.start + alert.waits
        if verdicts.first(alert) != at or any(verdicts.fires(alert, one) is None for one in range(1, at)):
            raise CannotMakeError(f"{name_of(alert)} would not fire on its step")
        times |= {at - 1, at} - {0}
    return times


def descent(setting: Setting, history: History) -> tuple[History, list[Check], list[Missing]]:
    """
    What comes after *history*, whose last phase all alerts fire of: errors end.

    Then little traffic, so that an alert ends because its short window is clean, while its long one still holds the
    errors. If that takes too long, so many good events that it is clean at once.
    """
    start = sum(phase.pieces for phase in history)
    quiet = Phase(setting.patience, setting.per_minute or history[-1].per_minute / GROWTH)
    verdicts = Verdicts((*history, quiet), setting.whole)
    ends = [verdicts.first(alert, start=start + 1, fires=False) for alert in setting.alerts]
    known = [end for end in ends if end is not None]
    times = sorted({start, *(at for end in known for at in (end - 1, end))})
    checks = [one for at in times if (one := check_if_clear(verdicts, setting, at))]
    tail = Phase(max(times[-1] - start, 1), quiet.per_minute)
    late = [alert for alert, end in zip(setting.alerts, ends, strict=True) if end is None]
    if not late:
        return (tail,), checks, []
    return _flood(setting, history, tail, checks, late)


def _flood(
    setting: Setting, history: History, tail: Phase, checks: list[Check], late: Sequence[Alert]
) -> tuple[History, list[Check], list[Missing]]:
    title = "; ".join(f"{name_of(alert)} ends" for alert in late)
    if setting.per_minute is not None:
        return (tail,), checks, [Missing(title, f"that takes more than {setting.patience} evaluations")]
    before = (*history, tail)
    start = sum(phase.pieces for phase in before)
    flood = _many(setting, before)
    verdicts = Verdicts((*before, flood), setting.whole)
    found = [check_if_clear(verdicts, setting, at) for at in (start, start + 1)]
    if found[0] is None or found[1] is None or found[1].firing:
        return (tail,), checks, [Missing(title, "no number of good events ends it at once")]
    return (tail, flood), [*checks, found[0], found[1]], []


def _many(setting: Setting, history: History) -> Phase:
    """So many good events that all there was before is under every threshold."""
    least = min(alert.threshold for alert in setting.alerts)
    many = sum(phase.pieces * phase.per_minute for phase in history) * 10 ** len(str(int(1 / least)))
    return Phase(1, Fraction(10 ** len(str(int(many)))))


def burst(setting: Setting, history: History) -> tuple[History, list[Check], list[Missing]]:
    """
    What comes last: many good events, then few and bad ones. Short windows burn, long ones do not, so alerts are silent.

    Only those whose short window is short.
    """
    shown = [alert for alert in setting.alerts if alert.short_pieces + alert.waits <= _BURST_PIECES < alert.long_pieces]
    names = ", and ".join(name_of(alert) for alert in setting.alerts if alert not in shown)
    title = f"{names}: silent while only a short window burns"
    missing = [Missing(title, "it would take too many evaluations")] if names else []
    if setting.per_minute is not None or not shown:
        return (
            (),
            [],
            [Missing("silent while only a short window burns", "its traffic can't be chosen")] if shown else missing,
        )
    flood = _many(setting, history)
    ratio = max(phase.ratio for phase in history)
    # So many of them bad that the long windows are just under the lowest of these thresholds.
    limit = setting.whole.part_ratio(_JUST_UNDER * min(alert.threshold for alert in shown))
    few = int(flood.per_minute * limit / (_BURST_PIECES * (ratio - limit)))
    bad = Phase(_BURST_PIECES, Fraction(few - few % 10 ** (len(str(few)) - 3)), ratio)
    longer = (*history, flood, bad)
    found = check_if_clear(Verdicts(longer, setting.whole), setting, sum(phase.pieces for phase in longer))
    if found is None or any(alert in shown for alert in (setting.alerts[place] for place in found.firing)):
        return (
            (),
            [],
            [Missing("silent while only a short window burns", "an alert is too close to its threshold to tell")],
        )
    return (flood, bad), [found], missing


def _says(setting: Setting, steps: Sequence[Step]) -> str:
    ratios = ", ".join(percent(step.ratio) for step in steps)
    thresholds = "; ".join(f"{percent(alert.threshold)} ({name_of(alert)})" for alert in setting.alerts)
    return f"errors of {ratios}, about thresholds of {thresholds}."
