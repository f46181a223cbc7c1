"""
Many selectors over one short range of time, asked for in few requests.

Selectors of the same shape (say, ``job="a"``, ``job="b"`` of some metrics) become one that covers them all, and what it
brings is dealt out here. That costs Prometheus and the network one request instead of thousands. What it brings beside what was
wanted is measured: where most of it was for nothing, the next batch asks more narrowly.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from tallystick.core.matching import matches
from tallystick.core.selector import Matcher, MatchOp, Selector, one_of
from tallystick.core.series import Identity, Scraped
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError
from tallystick.upstream.client import Prometheus

NAME = "__name__"

MOST_VALUES = 5_000
"""Values of one label in one request; longer requests are cut."""

WASTE = 3
"""A batch is asked for more narrowly when it brings so many times more series than were wanted."""

SMALL = 2_000
"""Series that may be brought for nothing, whatever their share."""

KEPT_BATCHES = 60
"""A series that did not come for so many batches is forgotten."""

_SPLITTING = ("too_large", "timeout", "rejected", "bad_answer")
"""Failures that a smaller request may not have."""

MOST_SPLITS = 64
"""How often requests are split in one batch; where that is not enough, the failure is not one request's."""

_LITERAL = re.compile(r"(?:[^\\.+*?()|\[\]{}^$]|\\[\\.+*?()|\[\]{}^$])*")
_DECIDABLE = re.compile(r"(?:[\w\s/:,;@#%&=~<>\"'!.*+?|()-]|\\[dws.+*?()|\[\]{}^$\\/-]|\[\^?[\w\s.:/@-]+\])*", re.ASCII)


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
def decidable(selector: Selector) -> bool:
    """Whether what *selector* matches can be told here as Prometheus tells it: its patterns are plain ones."""
    return all(
        matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL)
        or ("(?" not in matcher.value and _DECIDABLE.fullmatch(matcher.value) is not None)
        for matcher in selector.matchers
    )


@lru_cache(maxsize=16_384)
def _shape(selector: Selector) -> tuple[str, ...]:
    """The labels that *selector* names values of, by which selectors are put together."""
    return tuple(sorted({matcher.label for matcher in selector.matchers if literals(matcher) is not None}))


class _UndecidableError(Exception):
    """Whether a pattern matches can't be told here."""


@dataclass(slots=True)
class _Route:
    """Where the samples of one series go, and in which batch they last came."""

    identity: Identity
    selectors: list[Selector]
    used: int


@dataclass(frozen=True, slots=True)
class _Request:
    """
    Selectors that are asked for together.

    Attributes:
        promql: what covers them all.
        selectors: what they are.
        shape: labels of which all of them name values.
        routes: the series that came, by their labels as text.
    """

    promql: str
    selectors: tuple[Selector, ...]
    shape: tuple[str, ...] = ()
    routes: dict[bytes, _Route] = field(default_factory=dict)


class Batcher:
    """Asks for many selectors at once; it learns what series there are, and which selectors each is for."""

    def __init__(self, prometheus: Prometheus) -> None:
        """Ask *prometheus*."""
        self._prometheus = prometheus
        self._narrow: set[tuple[str, ...]] = set()
        self._alone: set[Selector] = set()
        self._wanted: dict[Selector, Selector] = {}
        self._plan: list[_Request] = []
        self._round = 0

    def fetch(self, selectors: Mapping[Selector, Selector], span: TimeRange) -> "Batch":
        """
        Ask for *selectors*; what can't be had fails when it is looked at.

        Args:
            selectors: what is wanted, and of each what it is a part of: itself, or a wider one that is wanted too.
            span: over which time.
        """
        wanted = dict(selectors)
        if wanted != self._wanted:
            self._wanted, self._plan = wanted, []
        if not self._plan:
            self._plan = self._planned(wanted)
        self._round += 1
        batch, splits = Batch(span), 0
        requests = list(self._plan)
        while requests:
            request = requests.pop()
            try:
                self._take(request, span, batch)
            except _UndecidableError:
                requests += self._without_patterns(request)
            except PrometheusError as fault:
                if fault.reason in _SPLITTING and len(request.selectors) > 1 and splits < MOST_SPLITS:
                    splits += 1
                    self._plan = []
                    requests += self._halves(request)
                else:
                    if fault.reason in _SPLITTING and request.selectors[0] not in self._alone:
                        self._alone.add(request.selectors[0])
                        self._plan = []
                    batch.failed.update(dict.fromkeys(request.selectors, fault))
                    if fault.reason not in _SPLITTING:
                        # The next request would only meet the same.
                        batch.failed.update({one: fault for rest in requests for one in rest.selectors})
                        break
        self._forget()
        return batch

    def _planned(self, wanted: Mapping[Selector, Selector]) -> list[_Request]:
        """The requests for *wanted*: by the labels that they name values of."""
        alone = [one for one in wanted if one in self._alone or not decidable(one)]
        shapes: dict[tuple[str, ...], list[Selector]] = defaultdict(list)
        for selector in wanted.keys() - alone:
            shapes[_shape(wanted[selector])].append(selector)
        plan = [_Request(one.promql, (one,)) for one in alone]
        for shape, selectors in shapes.items():
            if shape in self._narrow:
                plan += [_covering(shape, some) for same in _by_metric(selectors).values() for some in _chunks(same)]
            else:
                plan += [_covering(shape, some) for some in _chunks(selectors)]
        return plan

    def _without_patterns(self, request: _Request) -> list[_Request]:
        """*request* for its selectors without patterns, and one for each of the others, which are asked alone from now on."""
        patterned = [one for one in request.selectors if _has_pattern(one)]
        others = [one for one in request.selectors if not _has_pattern(one)]
        self._alone.update(patterned)
        self._plan = []
        apart = [_Request(one.promql, (one,)) for one in patterned]
        return [*apart, _covering(request.shape, others)] if others else apart

    def _halves(self, request: _Request) -> list[_Request]:
        """*request* in two."""
        shape, half = request.shape, len(request.selectors) // 2
        metrics = {selector.metric for selector in request.selectors}
        if len(metrics) > 1:
            self._narrow.add(shape)
        elif len(request.selectors) <= 4:  # noqa: PLR2004  # it is not their number that makes it large
            self._alone.update(request.selectors)
        ordered = sorted(request.selectors, key=lambda one: one.promql)
        return [_covering(shape, part) for part in (ordered[:half], ordered[half:])]

    def _take(self, request: _Request, span: TimeRange, batch: "Batch") -> None:
        """Ask, and deal out what comes."""
        index: _Index | None = None
        origin, limit = span.start * 1_000, span.end * 1_000
        result = self._prometheus.query(f"{request.promql}[{limit - origin}ms]", limit - 1)
        used, routes, now = 0, request.routes, self._round
        for selector in request.selectors:
            batch.found[selector] = []
        try:
            for one in result:
                metric, pairs = one["metric"], one.get("values")
                if not pairs:
                    continue
                key = orjson.dumps(metric)
                route = routes.get(key)
                if route is None:
                    index = index or _Index(request.selectors)
                    route = routes[key] = _routed(metric, request.selectors, index)
                route.used = now
                if not route.selectors:
                    continue
                used += 1
                scraped = _scraped(route.identity, pairs, origin, limit)
                if scraped is not None:
                    for selector in route.selectors:
                        batch.found[selector].append(scraped)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
            words = f"{self._prometheus.public_url} sent samples that can't be read: {fault}"
            raise PrometheusError("bad_answer", words) from fault
        self._judge(request, len(result), used)

    def _judge(self, request: _Request, brought: int, used: int) -> None:
        """Ask more narrowly next time if most of what was *brought* was for nothing."""
        if brought <= max(WASTE * used, SMALL + used) or len(request.selectors) == 1:
            return
        self._plan = []
        if request.shape not in self._narrow:
            self._narrow.add(request.shape)
        else:
            self._alone.update(request.selectors)

    def _forget(self) -> None:
        """Drop the routes of series that are gone."""
        if self._round % KEPT_BATCHES == 0:
            for request in self._plan:
                gone = [key for key, route in request.routes.items() if self._round - route.used >= KEPT_BATCHES]
                for key in gone:
                    del request.routes[key]


@dataclass(slots=True)
class Batch:
    """
    What was asked for at once.

    Attributes:
        span: over which time.
        found: the series of each selector.
        failed: the selectors that there is no answer for, and why.
    """

    span: TimeRange
    found: dict[Selector, list[Scraped]] = field(default_factory=dict)
    failed: dict[Selector, PrometheusError] = field(default_factory=dict)

    def __contains__(self, selector: Selector) -> bool:
        return selector in self.found or selector in self.failed

    def series(self, selector: Selector) -> list[Scraped]:
        """
        The series of *selector*, one of those asked for.

        Raises:
            PrometheusError: it could not be had.
        """
        if selector in self.failed:
            raise self.failed[selector]
        return self.found[selector]


def _chunks(selectors: Sequence[Selector]) -> list[Sequence[Selector]]:
    """*selectors* in parts that are not too long for one request, the same metric and labels side by side."""
    ordered = sorted(selectors, key=lambda one: one.promql)
    return [ordered[start : start + MOST_VALUES] for start in range(0, len(ordered), MOST_VALUES)]


def _covering(shape: tuple[str, ...], selectors: Sequence[Selector]) -> _Request:
    """One selector for all *selectors*, which have the *shape*."""
    if len(selectors) == 1:
        return _Request(selectors[0].promql, tuple(selectors), shape)
    values: dict[str, set[str]] = {label: set() for label in shape}
    for selector in selectors:
        for label in shape:
            values[label].update(_values(selector, label))
    common = set(selectors[0].matchers).intersection(*(selector.matchers for selector in selectors))
    others = sorted(matcher for matcher in common if matcher.label not in shape)
    # A label with very many values is left out where another one is as good; here or there, what comes is looked at.
    matchers = (*(one_of(label, found) for label, found in values.items()), *others)
    metrics = {selector.metric for selector in selectors}
    if len(metrics) == 1:
        return _Request(Selector(metrics.pop(), matchers).promql, tuple(selectors), shape)
    text = ",".join(matcher.promql for matcher in (one_of(NAME, metrics), *matchers))
    return _Request("{" + text + "}", tuple(selectors), shape)


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


class _Index:
    """Finds which selectors a series is for, without trying them all."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._sorted = {metric: _by_best_label(same) for metric, same in _by_metric(selectors).items()}

    def candidates(self, metric: str, labels: Mapping[str, str]) -> Sequence[Selector]:
        """Those that may match a series of *metric* with *labels*."""
        found = self._sorted.get(metric)
        return (*found.by_value.get(labels.get(found.label, ""), ()), *found.others) if found else ()


def _by_metric(selectors: Iterable[Selector]) -> Mapping[str, Sequence[Selector]]:
    found: dict[str, list[Selector]] = defaultdict(list)
    for selector in selectors:
        found[selector.metric].append(selector)
    return found


def _by_best_label(selectors: Sequence[Selector]) -> _Sorted:
    """*selectors* by the label that tells most of them apart."""
    labels = {label for selector in selectors for label in _shape(selector)}
    return min((_by(selectors, label) for label in sorted(labels) or [""]), key=lambda found: found.most)


def _by(selectors: Sequence[Selector], label: str) -> _Sorted:
    by_value: dict[str, list[Selector]] = defaultdict(list)
    others = []
    for selector in selectors:
        if label in _shape(selector):
            for value in _values(selector, label):
                by_value[value].append(selector)
        else:
            others.append(selector)
    return _Sorted(label, by_value, others)


def _routed(metric: Mapping[str, str], selectors: Sequence[Selector], index: _Index) -> _Route:
    if len(selectors) == 1:  # Prometheus has judged it already
        found = list(selectors)
    else:
        candidates = index.candidates(metric[NAME], metric)
        if any("\n" in value for value in metric.values()) and any(map(_has_pattern, candidates)):
            # A dot matches the end of a line in Prometheus 3 and not in 2.
            raise _UndecidableError
        found = [one for one in candidates if matches(one, metric)]
    return _Route(Identity({name: str(value) for name, value in metric.items() if name != NAME}), found, 0)


def _has_pattern(selector: Selector) -> bool:
    return any(matcher.op in (MatchOp.REGEX, MatchOp.NOT_REGEX) for matcher in selector.matchers)


def _scraped(identity: Identity, pairs: Any, origin: int, limit: int) -> Scraped | None:
    """The samples of *pairs* in ``[origin, limit)`` that are numbers; None without any."""
    times, values = [], []
    for at, text in pairs:
        value = float(text)
        time_ms = int(at * 1_000 + 0.5)
        if origin <= time_ms < limit and value - value == 0:  # neither NaN nor infinite
            times.append(time_ms)
            values.append(value)
    return Scraped(identity, times, values) if times else None
