"""Cases of SLOSignalMissing: series that end and come back, and what became of their targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tallystick.core.alerting import PIECE_SECONDS
from tallystick.core.selector import Selector
from tallystick.generate.unittests.burning import IDLE
from tallystick.generate.unittests.cases import Missing
from tallystick.generate.unittests.feed import Feed, Series
from tallystick.generate.unittests.history import STEPS, History, Phase
from tallystick.generate.unittests.labels import one_series, series_text
from tallystick.generate.unittests.values import CannotMakeError

_BEFORE, _GONE, _AFTER = 3, 4, 2
"""Pieces before the series end, while they are gone (at least), and after they are back."""

_PER_MINUTE = Fraction(100)

_LOST = "the signal goes and comes back"

_BECAME = {
    "down": "with their target, whose `up` is 0",
    "gone": "with their target, whose `up` ends too",
    "up": "while their target is up",
    "unknown": "whatever their target is",
}
_WHILE_GONE = {"down": "0x{}", "gone": "stale _x{}", "up": "1x{}", "unknown": "1x{}"}


@dataclass(frozen=True, slots=True)
class Signal:
    """
    An alert on a missing signal, as it is in the rules.

    Attributes:
        target: the state of the target that it is for.
        wait_seconds: its ``for``.
        labels: its own labels.
    """

    target: str
    wait_seconds: int
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SignalCase:
    """
    One past, and what must come of it.

    Attributes:
        title: what it shows, in short.
        says: likewise, in a sentence.
        history: the past of the (first) group.
        series: all that is fed.
        checks: number of an evaluation -> which of the alerts fires then, if one does.
        excluded_from: the evaluation from which on time is agreed not to count.
    """

    title: str
    says: str
    history: History
    series: tuple[Series, ...]
    checks: tuple[tuple[int, Signal | None], ...]
    excluded_from: int | None = None


def signal_cases(
    signals: Sequence[Signal], feed: Feed, targets: Sequence[Selector], *, excluded: bool
) -> Iterator[SignalCase | Missing]:
    """
    All cases of *signals*.

    Args:
        signals: the alerts of one SLO.
        feed: its series.
        targets: selectors of its targets' ``up``.
        excluded: also that it is silent while all is excluded.
    """
    # Longer than the slowest of them waits.
    pieces = max([_GONE, *(_waits(signal) + 1 for signal in signals)])
    if signals:
        yield from _lost(signals, feed, targets, pieces)
    yield _standstill(feed, pieces)
    if signals and len(feed.groups) > 1:
        yield _one_group(feed, pieces)
    if signals and excluded:
        yield _gone_while_excluded(feed, pieces)


def _waits(signal: Signal) -> int:
    return -(-signal.wait_seconds // PIECE_SECONDS)


def _events(feed: Feed) -> Fraction:
    return feed.per_minute or _PER_MINUTE


def _losing(feed: Feed, pieces: int) -> History:
    return (Phase(_BEFORE, _events(feed)), Phase(pieces, Fraction(0), gone=True))


def _lost(
    signals: Sequence[Signal], feed: Feed, targets: Sequence[Selector], pieces: int
) -> Iterator[SignalCase | Missing]:
    """One after the other: the series end, the alert waits and fires, and ends when they are back."""
    shown: list[Signal] = []
    reads_up = any(line.metric == "up" for line in feed.lines)
    for signal in signals:
        if reads_up and signal.target in ("down", "up"):
            yield Missing(f"target {signal.target}", "the SLI reads `up` itself, and is there as long as that is")
        else:
            shown.append(signal)
    try:
        ups = [] if reads_up else [series_text("up", one_series(selector, {})) for selector in targets]
    except CannotMakeError as fault:
        yield Missing(_LOST, str(fault))
        return
    history: list[Phase] = [Phase(_BEFORE, _events(feed))]
    checks: dict[int, Signal | None] = {}
    at = _BEFORE
    for signal in shown:
        first = at + 1 + _waits(signal)
        at += pieces
        checks |= {first - 1: None, first: signal, at: signal, at + _AFTER: None}
        at += _AFTER
        history += [Phase(pieces, Fraction(0), gone=True), Phase(_AFTER, _events(feed))]
    says = "series end, and are back after {minutes}: {how}.".format(
        minutes=_minutes(pieces), how="; then ".join(_BECAME[signal.target] for signal in shown)
    )
    series = (*feed.series(tuple(history)), *((text, _up(shown, pieces)) for text in dict.fromkeys(ups)))
    yield SignalCase(_LOST, says, tuple(history), series, tuple(checks.items()))


def _up(signals: Sequence[Signal], pieces: int) -> str:
    """Values of a target's ``up``."""
    parts = [f"1x{_BEFORE * STEPS}"]
    for signal in signals:
        parts += [_WHILE_GONE[signal.target].format(pieces * STEPS - 1), f"1x{_AFTER * STEPS - 1}"]
    return " ".join(parts)


def _minutes(pieces: int) -> str:
    return f"{pieces * STEPS} minutes"


def _standstill(feed: Feed, pieces: int) -> SignalCase:
    """No events, or none but bad ones, are a signal."""
    if feed.idle:
        history: History = (Phase(_BEFORE, _events(feed)), Phase(pieces, Fraction(0)))
        title, says = IDLE, "counters stand still, but are there."
    else:
        history = (Phase(_BEFORE + pieces, _events(feed), Fraction(1)),)
        title, says = "all down is no missing signal", "the gauge is 0, but it is there."
    return SignalCase(title, says, history, tuple(feed.series(history)), ((_BEFORE + pieces, None),))


def _one_group(feed: Feed, pieces: int) -> SignalCase:
    """One group goes and another stays: a region that was closed is no outage."""
    history = _losing(feed, pieces)
    stays = (Phase(_BEFORE + pieces, _events(feed)),)
    series = feed.series_by_group([history, *(stays for _ in feed.groups[1:])])
    title, says = "a group vanishes", "series of one group end, those of another go on."
    return SignalCase(title, says, history, tuple(series), ((_BEFORE + pieces, None),))


def _gone_while_excluded(feed: Feed, pieces: int) -> SignalCase:
    """The base pair is masked, which is no missing signal."""
    history = _losing(feed, pieces)
    title, says = "the signal goes while excluded", "series end when an exclusion begins."
    return SignalCase(title, says, history, tuple(feed.series(history)), ((_BEFORE + pieces, None),), _BEFORE)
