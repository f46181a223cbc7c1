"""
What OpenSLO says of alerts as pairs of windows with a share of the budget.

A condition says a burn rate and one window: so much of the budget is gone within it as burns at that rate. What ends the alert
soon after the errors do, a short window, is ours.
"""

from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction

from tallystick.core.alerting import SEVERITIES, Severity
from tallystick.core.burn import highest_factor
from tallystick.core.duration import format_seconds
from tallystick.definition.checks.burn import RULE as BURN
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo import own
from tallystick.definition.formats.openslo.durations import read_duration
from tallystick.definition.formats.openslo.objects import Objects
from tallystick.definition.formats.openslo.policies import Alarm, alarms, is_written
from tallystick.definition.formats.openslo.severities import severity_of
from tallystick.definition.formats.openslo.shares import share_text
from tallystick.definition.node import Mapping, Node, Scalar
from tallystick.definition.problem import show
from tallystick.definition.values import ValueFault, plain, read_decimal

NOTIFY = "notify"
"""The label of alerts that names who is told."""


@dataclass(slots=True)
class _Level:
    """All that is asked for of one severity."""

    pairs: list[Mapping] = field(default_factory=list)
    asked: list[tuple[Decimal, int]] = field(default_factory=list)
    words: list[Scalar] = field(default_factory=list)
    targets: list[Scalar] = field(default_factory=list)


def alerting(
    reading: Reading, objects: Objects, spec: Mapping, objective: Decimal | None, period_seconds: int | None
) -> Mapping | None:
    """
    The ``alerting`` of an SLO.

    Args:
        reading: is told what is wrong or read otherwise.
        objects: where names lead.
        spec: the SLO's.
        objective: its target; None if that is not written as it should be.
        period_seconds: length of its window, likewise.

    Returns:
        It; None if the file leaves it to us.
    """
    written = is_written(spec)
    if written is None:
        place = spec.get("service") or spec
        message = "alerts are tallystick's own, as the file names no policies"
        reading.notes.append(notes.ALERTS.at(place.span, message, "write alertPolicies: [] for none"))
        return None
    levels: dict[Severity, _Level] = {severity: _Level() for severity in SEVERITIES}
    for alarm in alarms(reading, objects, spec):
        _add(reading, levels, alarm, objective, period_seconds)
    return nodes.mapping(written, {name: _notice(reading, written, level) for name, level in levels.items()})


def none(at: Node) -> Mapping:
    """No alerts at all."""
    off = nodes.mapping(at, {"enabled": nodes.plain("false", "bool", at)})
    return nodes.mapping(at, dict.fromkeys(SEVERITIES, off))


def _notice(reading: Reading, at: Node, level: _Level) -> Mapping:
    if not level.pairs:
        return nodes.mapping(at, {"enabled": nodes.plain("false", "bool", at)})
    words = {word.text: word for word in reversed(level.words)}
    first = level.words[0]
    if len(words) > 1:
        message = f"severity {show(first.text)} is on all of these: {', '.join(sorted(map(show, words)))}"
        reading.notes.append(notes.SEVERITY_WORD.at(level.words[-1].span, message, ""))
    names = list(dict.fromkeys(target.text for target in level.targets))
    notify = nodes.text(",".join(names), level.targets[0]) if names else None
    if notify is not None:
        message = f"told by the label {NOTIFY}={show(notify.text)}, for Alertmanager's routes"
        reading.notes.append(notes.NOTIFIED.at(notify.span, message, ""))
    labels = nodes.mapping(at, {"severity": nodes.text(first.text, first), NOTIFY: notify})
    return nodes.mapping(at, {"burn": nodes.listed(at, level.pairs), "labels": labels})


def _add(
    reading: Reading, levels: dict[Severity, _Level], alarm: Alarm, objective: Decimal | None, period: int | None
) -> None:
    word = alarm.spec.get("severity")
    condition = alarm.spec.get("condition")
    assert isinstance(word, Scalar)
    assert isinstance(condition, Mapping)
    severity, is_known = severity_of(word.text)
    if not is_known:
        message = f"severity {show(word.text)} is taken for a page"
        reading.notes.append(notes.SEVERITY_WORD.at(word.span, message, ""))
    threshold, lookback = condition.get("threshold"), condition.get("lookbackWindow")
    assert isinstance(threshold, Scalar)
    assert isinstance(lookback, Scalar)
    rate = read_decimal(threshold.text)
    seconds = _seconds(reading, condition, "lookbackWindow")
    wait = _seconds(reading, condition, "alertAfter", or_nothing=True)
    if not _fires(reading, condition, threshold, objective) or rate is None or seconds is None or wait is None:
        return
    level = levels[severity]
    level.words.append(word)
    level.targets += alarm.targets
    if (rate, seconds) in level.asked:
        return
    level.asked.append((rate, seconds))
    share = Fraction(max(rate, Decimal(1))) * seconds / period if period else Fraction(1, 100)
    if share > 1:
        message = (
            f"at a burn rate of {show(threshold.text)} all of the budget is gone before {show(lookback.text)} is over"
        )
        most = plain(Context(prec=3, rounding="ROUND_FLOOR").divide(Decimal(period or 0), Decimal(seconds)))
        reading.problems.append(BURN.at(threshold.span, message, f"write {most} or less, or a shorter lookbackWindow"))
        return
    after = condition.get("alertAfter") or condition
    pair = {
        "budget": nodes.text(share_text(share), threshold),
        "in": nodes.text(format_seconds(seconds), lookback),
        "for": nodes.text(format_seconds(wait), after),
    }
    said = own.said(reading, alarm.condition, own.PAIR)
    if said is None or "short" not in said.entries:
        message = "a short window, a twelfth of it, must burn as well, so that the alert ends soon after the errors"
        reading.notes.append(notes.ALERT_WINDOWS.at(lookback.span, message, ""))
    merged = nodes.merged(nodes.mapping(condition, dict(pair)), said)
    assert merged
    level.pairs.append(merged)


def _seconds(reading: Reading, condition: Mapping, key: str, *, or_nothing: bool = False) -> int | None:
    node = condition.get(key)
    if not isinstance(node, Scalar):
        return 0
    try:
        return read_duration(node.text, or_nothing=or_nothing).seconds
    except ValueFault as fault:
        reading.problems.append(BURN.at(node.span, f"{key} {show(node.text)} {fault}", fault.hint))
        return None


def _fires(reading: Reading, condition: Mapping, threshold: Scalar, objective: Decimal | None) -> bool:
    """Whether *condition* is one that can be met, and not always is."""
    kind, op = condition.get("kind"), condition.get("op")
    if isinstance(kind, Scalar) and kind.text != "burnrate":
        message = f"conditions of kind {show(kind.text)} are not known"
        reading.problems.append(BURN.at(kind.span, message, "write kind: burnrate"))
        return False
    if isinstance(op, Scalar) and op.text in ("lt", "lte"):
        message = f"op {op.text} would alert while nothing burns; it is read as gte"
        reading.problems.append(BURN.at(op.span, message, "write op: gte", severity="warning"))
    rate = read_decimal(threshold.text)
    if rate is None or rate <= 0:
        message = f"threshold {show(threshold.text)} is no burn rate"
        reading.problems.append(BURN.at(threshold.span, message, "write a number from 1 on, for example 14.4"))
        return False
    if objective is not None and Fraction(rate) >= highest_factor(objective):
        highest = highest_factor(objective)
        most = Context(prec=3, rounding="ROUND_FLOOR").divide(
            Decimal(highest.numerator) * 9, Decimal(highest.denominator) * 10
        )
        message = (
            f"a burn rate of {show(threshold.text)} can't be reached: when all events are bad it is "
            f"{_short(highest)}, at a target of {plain(objective)}"
        )
        reading.problems.append(BURN.at(threshold.span, message, f"write {plain(most)} or less"))
        return False
    if rate < 1:
        message = f"a burn rate of {show(threshold.text)} would alert on a kept promise; it is raised to 1"
        reading.problems.append(BURN.at(threshold.span, message, "write 1 or more", severity="warning"))
    return True


def _short(number: Fraction) -> str:
    return plain(Context(prec=4).divide(Decimal(number.numerator), Decimal(number.denominator)))
