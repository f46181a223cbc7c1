"""burn: a burn-rate alert that can never fire, that would fire on a kept promise, or whose windows are none."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tallystick.core.alerting import DEFAULT_POLICIES, short_of
from tallystick.core.burn import LOWERED_TO, burn_factor, highest_factor
from tallystick.core.duration import format_seconds
from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.document import Document, Entry, text_of, value_of
from tallystick.definition.lengths import read_piece, read_wait, read_window
from tallystick.definition.node import Mapping, Scalar, Sequence
from tallystick.definition.places import about
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault, read_objective, read_share

RULE = Rule("burn", may_warn=True)

_SEVERITIES = ("page", "ticket")


@dataclass(frozen=True, slots=True)
class _Pair:
    """One entry of a ``burn`` list, and the severity it is for."""

    node: Mapping
    severity: str

    @property
    def budget(self) -> Scalar | None:
        return value_of(self.node, "budget")

    @property
    def long(self) -> Scalar | None:
        return text_of(self.node, "in")

    @property
    def short(self) -> Scalar | None:
        return text_of(self.node, "short")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        if entry.alerting is None:
            continue
        yield from _together(entry, entry.alerting)
        for level in (entry.alerting, *filter(None, map(entry.notice, _SEVERITIES))):
            yield from look_at(RULE, text_of(level, "for"), "`for`", read_wait)
        seen: dict[tuple[str, int], Scalar] = {}
        for pair in _pairs(entry, entry.alerting):
            problems = list(_written(pair))
            yield from problems or _meaning(entry, pair, seen)
        yield from _slices(entry, entry.alerting)


def _pairs(entry: Entry, alerting: Mapping) -> Iterator[_Pair]:
    for level, severity in ((alerting, ""), *((entry.notice(name), name) for name in _SEVERITIES)):
        found = level.get("burn") if level else None
        for node in found.items if isinstance(found, Sequence) else ():
            if isinstance(node, Mapping):
                own = text_of(node, "severity")
                yield _Pair(node, severity or (own.text if own else ""))


def _together(entry: Entry, alerting: Mapping) -> Iterator[Problem]:
    """Keys of which one makes the other mean nothing."""
    for severity in _SEVERITIES:
        notice = entry.notice(severity)
        if notice and "burn" in notice.entries and "burn" in alerting.entries:
            hint = f"write all pairs in one place: with `severity` beside `{severity}`, or without it in `page` and `ticket`"
            yield RULE.at(notice.key("burn").span, f"`burn` is written for {severity} and for both", hint)
    weigh = text_of(alerting, "weigh")
    if weigh and weigh.text == "traffic" and "composite" in entry.slis:
        hint = "leave it out, or write it at the parts"
        yield RULE.at(weigh.span, "a composite has no traffic of its own", hint, about=about(entry, weigh))


def _written(pair: _Pair) -> Iterator[Problem]:
    """Values that are none."""
    if pair.budget is not None:
        found = list(look_at(RULE, pair.budget, "budget", read_share))
        yield from found
        if not found and not read_share(pair.budget.text):
            yield RULE.at(pair.budget.span, f"budget {show(pair.budget.text)} is gone at once", "write for example 2%")
    yield from look_at(RULE, pair.long, "`in`", read_piece)
    yield from look_at(RULE, pair.short, "`short`", read_piece)
    yield from look_at(RULE, text_of(pair.node, "for"), "`for`", read_wait)


def _meaning(entry: Entry, pair: _Pair, seen: dict[tuple[str, int], Scalar]) -> Iterator[Problem]:
    """What the values, each of which is one, mean together."""
    if pair.long is None:
        return
    long = read_piece(pair.long.text)
    first = seen.setdefault((pair.severity, long), pair.long)
    if first is not pair.long:
        message = f"there is a {pair.severity} for {show(pair.long.text)} already, in line {_line(first)}"
        yield RULE.at(pair.long.span, message, "keep one of the two")
        return
    short = read_piece(pair.short.text) if pair.short else short_of(long)
    if short >= long:
        place = pair.short or pair.long
        hint = f"write {format_seconds(short_of(long))}" if short_of(long) < long else "write an `in` of 10m or more"
        yield RULE.at(place.span, f"the short window of {show(pair.long.text)} is not shorter than it", hint)
    period = _period_seconds(entry)
    if period is not None:
        yield from _in_period(entry, pair, long, period)


def _in_period(entry: Entry, pair: _Pair, long: int, period: int) -> Iterator[Problem]:
    assert pair.long
    if 2 * long > period:
        message = f"{show(pair.long.text)} is more than half of the {format_seconds(period)} that the budget is for"
        hint = f"write at most {format_seconds(period // 2 // 300 * 300)}"
        yield RULE.at(pair.long.span, message, hint, about=about(entry, pair.long))
        return
    objective = _objective(entry)
    if pair.budget is None or objective is None:
        return
    share = Fraction(read_share(pair.budget.text))
    factor, ceiling = burn_factor(share, long, period), highest_factor(objective)
    if factor >= ceiling:
        most = ceiling * LOWERED_TO * long / period
        message = (
            f"{show(pair.budget.text)} of the budget can't be gone in {show(pair.long.text)}: that is a factor of "
            f"{_text(factor)}, and nothing burns faster than {_text(ceiling)} at this objective"
        )
        hint = f"write {_text(100 * most, down=True)}% or less, or a longer `in`"
        yield RULE.at(pair.budget.span, message, hint, about=about(entry, pair.budget))
    elif factor < 1:
        least = Fraction(long, period)
        message = (
            f"{show(pair.budget.text)} of the budget in {show(pair.long.text)} would alert on a kept promise; "
            f"it is raised to {_text(100 * least)}%"
        )
        hint = f"write {_text(100 * least, up=True)}%, or a shorter `in`"
        yield RULE.at(pair.budget.span, message, hint, severity="warning", about=about(entry, pair.budget))


def _slices(entry: Entry, alerting: Mapping) -> Iterator[Problem]:
    """Slices are few: no window may be asked for more of them than it has."""
    node = value_of(alerting, "min_events")
    slice_seconds = entry.slice_seconds if "threshold" in entry.slis else None
    if node is None or slice_seconds is None or not node.text.isdecimal():
        return
    pairs = [pair.long for pair in _pairs(entry, alerting) if pair.severity == "page"]
    written = [read_piece(long.text) for long in pairs if long and not list(look_at(RULE, long, "", read_piece))]
    shortest = min(written or [one.long_seconds for one in DEFAULT_POLICIES if one.severity == "page"])
    most = shortest // slice_seconds
    if int(node.text) > most:
        message = f"{node.text} events can't be in {format_seconds(shortest)}, which has {most} slices"
        yield RULE.at(node.span, message, f"write at most {most}, or auto", about=about(entry, node))


def _text(number: Fraction, *, down: bool = False, up: bool = False) -> str:
    """*number* with three significant digits, rounded *down* or *up* where it must not be passed."""
    digits = Decimal(10) ** (Decimal(float(number)).adjusted() - 2)
    scaled = number / Fraction(digits)
    whole = scaled.__floor__() if down else scaled.__ceil__() if up else round(scaled)
    return f"{(whole * digits).normalize():f}"


def _line(node: Scalar) -> int:
    return node.source.position(node.span.start)[0]


def _period_seconds(entry: Entry) -> int | None:
    """Length of the window that alerts are made for; None if it is not written as it should be."""
    with suppress(ValueFault):
        return read_window(entry.windows[0].text).nominal_seconds if entry.windows else None
    return None


def _objective(entry: Entry) -> Decimal | None:
    with suppress(ValueFault):
        return read_objective(entry.objective.text) if entry.objective else None
    return None


CHECK = Check(RULE, _find)
