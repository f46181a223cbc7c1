"""Why a selector has no series: no such metric, no such label, no such value, or never both at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tallystick.core.matching import decidable, matches
from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.definition.problem import show
from tallystick.generate.indicator import SCRAPE_LABELS
from tallystick.online.lexicon import Lexicon, near, near_histogram, near_metric
from tallystick.online.reads import Read

_LISTED = 5
"""How many names or values a message lists."""


_WANTED = (MatchOp.EQUAL, MatchOp.REGEX)
"""Matchers that say what there must be, and not what there must not."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    Why there are no series.

    Attributes:
        message: in words.
        hint: what to write instead; may be empty.
        matcher: the one that leaves nothing; None if it is the metric, or not known.
        certain: it can't be that the series are only not there yet.
    """

    message: str
    hint: str = ""
    matcher: Matcher | None = None
    certain: bool = True


def diagnose(lexicon: Lexicon, read: Read) -> Diagnosis:
    """Why *read* has no series in the time that *lexicon* is of."""
    selector = read.selector
    names = lexicon.names()
    if names is None:
        return Diagnosis(f"{show(selector.promql)} has no series", certain=False)
    there = next((one.metric for one in read.names if one.metric in names), None)
    if there is None:
        return _no_metric(read, names)
    return _of_matchers(lexicon, Selector(there, selector.matchers))


def _no_metric(read: Read, names: frozenset[str]) -> Diagnosis:
    metric = read.selector.metric
    find = near_histogram if read.field == "histogram" else near_metric
    other = find(metric, names)
    what = "there is no histogram" if read.field == "histogram" else "there is no metric"
    if other is None:
        return Diagnosis(f"{what} {show(metric)}", "look for its name in what the targets show", certain=False)
    return Diagnosis(f"{what} {show(metric)}; {show(other)} exists", f"write {show(other)}")


def _of_matchers(lexicon: Lexicon, selector: Selector) -> Diagnosis:
    metric = Selector(selector.metric)
    for matcher in selector.matchers:
        if found := _alone(lexicon, metric, matcher, lexicon.values(matcher.label, metric)):
            return found
    for matcher in selector.matchers:
        others = Selector(selector.metric, tuple(one for one in selector.matchers if one != matcher))
        values = lexicon.values(matcher.label, others)
        if values and not _matched(matcher, values):
            message = f"{show(matcher.promql)} matches none of the series of {show(others.promql)}, which have {_listed(matcher.label, values)}"
            return Diagnosis(message, _instead(matcher, values), matcher, certain=False)
    return Diagnosis(f"{show(selector.promql)} has no series: no series has all of its labels together", certain=False)


def _alone(lexicon: Lexicon, metric: Selector, matcher: Matcher, values: Sequence[str] | None) -> Diagnosis | None:
    """What is wrong with *matcher* whatever the others are; None if nothing is, or that can't be told."""
    if values is None or not decidable(matcher) or _matched(matcher, values) or _takes_nothing(matcher):
        return None
    if not values:
        return _no_label(lexicon, metric, matcher)
    message = (
        f"{show(matcher.promql)} matches no series of {show(metric.metric)}, which has {_listed(matcher.label, values)}"
    )
    hint = _instead(matcher, values)
    return Diagnosis(message, hint, matcher, certain=bool(hint) or matcher.label in SCRAPE_LABELS)


def _no_label(lexicon: Lexicon, metric: Selector, matcher: Matcher) -> Diagnosis:
    labels = lexicon.labels(metric) or ()
    listed = f"; it has {_some(labels)}" if labels else ""
    message = f"{show(metric.metric)} has no label {show(matcher.label)}{listed}"
    other = near(matcher.label, labels)
    others = [other] if other else []
    if not other and matcher.op in _WANTED:
        others = [one for one in labels if _matched(matcher, lexicon.values(one, metric) or ())]
    written = [Matcher(one, matcher.op, matcher.value).promql for one in others[:1]]
    return Diagnosis(message, f"write {show(written[0])}" if written else "", matcher)


def _matched(matcher: Matcher, values: Iterable[str]) -> bool:
    one = Selector("", (matcher,))
    return any(matches(one, {matcher.label: value}) for value in values)


def _takes_nothing(matcher: Matcher) -> bool:
    """Whether it matches series without its label."""
    return matches(Selector("", (matcher,)), {})


def _instead(matcher: Matcher, values: Sequence[str]) -> str:
    """What may have been meant by *matcher*; nothing if none of *values* is like it."""
    if matcher.op not in _WANTED:
        return ""
    for part in matcher.value.split("|") if matcher.op is MatchOp.REGEX else [matcher.value]:
        if other := near(part, values):
            return f"write {show(Matcher(matcher.label, MatchOp.EQUAL, other).promql)}"
    return ""


def _listed(label: str, values: Sequence[str]) -> str:
    shown = [show(Matcher(label, MatchOp.EQUAL, value).promql) for value in values[:_LISTED]]
    return _joined(shown, len(values))


def _some(names: Sequence[str]) -> str:
    return _joined([show(name) for name in names[:_LISTED]], len(names))


def _joined(shown: Sequence[str], count: int) -> str:
    return ", ".join(shown) + (f" and {count - len(shown)} more" if count > len(shown) else "")
