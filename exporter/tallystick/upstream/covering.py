"""Selectors that cover others, and finding back which of those a series is for."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tallystick.core.selector import Matcher, MatchOp, Selector, one_of

NAME = "__name__"

_LITERAL = re.compile(r"(?:[^\\.+*?()|\[\]{}^$]|\\[\\.+*?()|\[\]{}^$])*")


@lru_cache(maxsize=16_384)
def literals(matcher: Matcher) -> frozenset[str] | None:
    """The values that *matcher* takes, if it names them; else None."""
    if matcher.op is MatchOp.EQUAL:
        return frozenset({matcher.value}) if matcher.value else None
    if matcher.op is not MatchOp.REGEX:
        return None
    parts = re.split(r"(?<!\\)\|", matcher.value)
    if all(parts) and all(_LITERAL.fullmatch(part) for part in parts):
        return frozenset(re.sub(r"\\(.)", r"\1", part) for part in parts)
    return None


@lru_cache(maxsize=16_384)
def shape_of(selector: Selector) -> tuple[str, ...]:
    """The labels that *selector* names values of, by which selectors are put together."""
    return tuple(sorted({matcher.label for matcher in selector.matchers if literals(matcher) is not None}))


def _values(selector: Selector, label: str) -> frozenset[str]:
    """The values of *label* that *selector* names; of several matchers, the first's."""
    for matcher in selector.matchers:
        if matcher.label == label and (found := literals(matcher)) is not None:
            return found
    raise AssertionError(selector)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Selectors of one metric, by the values of one *label* that they name; *others* name none."""

    label: str
    by_value: Mapping[str, Sequence[Selector]]
    others: Sequence[Selector]

    @property
    def most(self) -> int:
        """How many there may be to try for one series."""
        return len(self.others) + max(map(len, self.by_value.values()), default=0)


class Index:
    """Finds which selectors a series is for, without trying them all."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._sorted = {metric: _by_best_label(same) for metric, same in by_metric(selectors).items()}

    def candidates(self, metric: str, labels: Mapping[str, str]) -> Sequence[Selector]:
        """Those that may match a series of *metric* with *labels*."""
        found = self._sorted.get(metric)
        return (*found.by_value.get(labels.get(found.label, ""), ()), *found.others) if found else ()


def by_metric(selectors: Iterable[Selector]) -> Mapping[str, Sequence[Selector]]:
    """*selectors* by their metric."""
    found: dict[str, list[Selector]] = defaultdict(list)
    for selector in selectors:
        found[selector.metric].append(selector)
    return found


def _by_best_label(selectors: Sequence[Selector]) -> _Sorted:
    """*selectors* by the label that tells most of them apart."""
    labels = {label for selector in selectors for label in shape_of(selector)}
    return min((_by(selectors, label) for label in sorted(labels) or [""]), key=lambda found: found.most)


def _by(selectors: Sequence[Selector], label: str) -> _Sorted:
    by_value: dict[str, list[Selector]] = defaultdict(list)
    others = []
    for selector in selectors:
        if label in shape_of(selector):
            for value in _values(selector, label):
                by_value[value].append(selector)
        else:
            others.append(selector)
    return _Sorted(label, by_value, others)


def covering(shape: Sequence[str], selectors: Sequence[Selector]) -> str:
    """
    PromQL of one selector for all *selectors*.

    Args:
        shape: labels of which each names values.
        selectors: what is to be covered; at least one.
    """
    if len(selectors) == 1:
        return selectors[0].promql
    values = {label: {value for one in selectors for value in _values(one, label)} for label in shape}
    common = set(selectors[0].matchers).intersection(*(selector.matchers for selector in selectors))
    others = sorted(matcher for matcher in common if matcher.label not in shape)
    matchers = (*(one_of(label, found) for label, found in values.items()), *others)
    metrics = {selector.metric for selector in selectors}
    if len(metrics) == 1:
        return Selector(metrics.pop(), matchers).promql
    return "{" + ",".join(matcher.promql for matcher in (one_of(NAME, metrics), *matchers)) + "}"
