"""
Many selectors over one short range of time, asked for in few requests.

Selectors of the same shape (say, ``job="a"``, ``job="b"`` of some metrics) become one that covers them all, and what it
brings is dealt out here. That costs Prometheus and the network one request instead of thousands. What it brings beside what was
wanted is measured: where most of it was for nothing, the next batch asks more narrowly.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tallystick.core.matching import decidable, matches
from tallystick.core.selector import MatchOp, Selector
from tallystick.core.series import Identity, Scraped
from tallystick.core.timerange import TimeRange
from tallystick.errors import PrometheusError, Reason
from tallystick.upstream.client import Prometheus
from tallystick.upstream.covering import NAME, Index, by_metric, covering, shape_of

MOST_VALUES = 5_000
"""Values of one label in one request; longer requests are cut."""

WASTE = 3
"""A batch is asked for more narrowly when it brings so many times more series than were wanted."""

SMALL = 2_000
"""Series that may be brought for nothing, whatever their share."""

KEPT_BATCHES = 60
"""A series that did not come for so many batches is forgotten."""

MOST_APART = 64
"""Selectors that are each asked for alone from the next batch on, when all that is known is that one of them is odd."""

KEPT_PLANS = 4
"""Those who fail are asked for apart from the others, so that there are some batches, over and over."""

_SPLITS: Mapping[Reason, int] = {"too_large": 64, "rejected": 64, "bad_answer": 64, "timeout": 2}
"""
Failures that a smaller request may not have, and how often in one batch that is tried; what then still fails is not one
request's fault. An answer that does not come is waited for each time.
"""


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
        self._plans: dict[frozenset[tuple[Selector, Selector]], list[_Request]] = {}
        self._round = 0

    def fetch(self, selectors: Mapping[Selector, Selector], span: TimeRange) -> "Batch":
        """
        Ask for *selectors*; what can't be had fails when it is looked at.

        Args:
            selectors: what is wanted, and of each what it is a part of: itself, or a wider one that is wanted too.
            span: over which time.
        """
        wanted = frozenset(selectors.items())
        plan = self._plans.pop(wanted, None) or self._planned(selectors)
        self._round += 1
        batch = Batch(span)
        if self._ask(plan, batch):
            self._plans[wanted] = plan
        if len(self._plans) > KEPT_PLANS:
            del self._plans[next(iter(self._plans))]
        self._forget(plan)
        return batch

    def _ask(self, plan: Sequence[_Request], batch: "Batch") -> bool:
        """Ask what is planned; whether that was a good plan."""
        requests, good, tries = list(plan), True, Counter[str]()
        while requests:
            request = requests.pop()
            try:
                good &= self._take(request, batch)
            except _UndecidableError:
                good = False
                requests += self._without_patterns(request)
            except PrometheusError as fault:
                tries[fault.reason] += 1
                if tries[fault.reason] <= _SPLITS.get(fault.reason, 0) and len(request.selectors) > 1:
                    good = False
                    requests += self._halves(request)
                    continue
                batch.failed.update(dict.fromkeys(request.selectors, fault))
                if fault.reason not in _SPLITS or tries[fault.reason] > _SPLITS[fault.reason] + 1:
                    # The next request would only meet the same.
                    batch.failed.update({one: fault for rest in requests for one in rest.selectors})
                    break
                if len(request.selectors) <= MOST_APART and not self._alone.issuperset(request.selectors):
                    good = False
                    self._alone.update(request.selectors)
        return good

    def _planned(self, wanted: Mapping[Selector, Selector]) -> list[_Request]:
        """The requests for *wanted*: by the labels that they name values of."""
        alone = [one for one in wanted if one in self._alone or not all(map(decidable, one.matchers))]
        shapes: dict[tuple[str, ...], list[Selector]] = defaultdict(list)
        for selector in wanted.keys() - alone:
            shapes[shape_of(wanted[selector])].append(selector)
        plan = [_Request(one.promql, (one,)) for one in alone]
        for shape, selectors in shapes.items():
            if shape in self._narrow:
                plan += [_together(shape, some) for same in by_metric(selectors).values() for some in _chunks(same)]
            else:
                plan += [_together(shape, some) for some in _chunks(selectors)]
        return plan

    def _without_patterns(self, request: _Request) -> list[_Request]:
        """*request* for its selectors without patterns, and one for each of the others, which are asked alone from now on."""
        patterned = [one for one in request.selectors if _has_pattern(one)]
        others = [one for one in request.selectors if not _has_pattern(one)]
        self._alone.update(patterned)
        apart = [_Request(one.promql, (one,)) for one in patterned]
        return [*apart, _together(request.shape, others)] if others else apart

    def _halves(self, request: _Request) -> list[_Request]:
        """*request* in two."""
        shape, half = request.shape, len(request.selectors) // 2
        metrics = {selector.metric for selector in request.selectors}
        if len(metrics) > 1:
            self._narrow.add(shape)
        elif len(request.selectors) <= 4:  # noqa: PLR2004  # it is not their number that makes it large
            self._alone.update(request.selectors)
        ordered = sorted(request.selectors, key=lambda one: one.promql)
        return [_together(shape, part) for part in (ordered[:half], ordered[half:])]

    def _take(self, request: _Request, batch: "Batch") -> bool:
        """Ask, and deal out what comes; whether most of it was wanted."""
        index: Index | None = None
        span = batch.span
        origin, limit = span.start * 1_000, span.end * 1_000
        result = self._prometheus.query(f"{request.promql}[{limit - origin}ms]", limit - 1)
        used, routes, now = 0, request.routes, self._round
        for selector in request.selectors:
            batch.found[selector] = []
        try:
            for one in result:
                metric, pairs = one["metric"], one.get("values")
                key = orjson.dumps(metric)
                route = routes.get(key)
                if route is None:
                    index = index or Index(request.selectors)
                    route = routes[key] = _routed(metric, request.selectors, index)
                route.used = now
                if not route.selectors:
                    continue
                used += 1
                scraped = _scraped(route.identity, pairs or (), origin, limit)
                for selector in route.selectors:
                    if scraped is not None:
                        batch.found[selector].append(scraped)
                    if "histograms" in one:
                        batch.natives.setdefault(selector, []).append(route.identity)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
            words = f"{self._prometheus.public_url} sent samples that can't be read: {fault}"
            raise PrometheusError("bad_answer", words) from fault
        return self._judge(request, len(result), used)

    def _judge(self, request: _Request, brought: int, used: int) -> bool:
        """Ask more narrowly next time if most of what was *brought* was for nothing."""
        if brought <= max(WASTE * used, SMALL + used) or len(request.selectors) == 1:
            return True
        if request.shape not in self._narrow:
            self._narrow.add(request.shape)
        else:
            self._alone.update(request.selectors)
        return False

    def _forget(self, plan: Sequence[_Request]) -> None:
        """Drop the routes of series that are gone."""
        if self._round % KEPT_BATCHES == 0:
            for request in plan:
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
        natives: the series of selectors that are native histograms, whose samples are not taken here.
    """

    span: TimeRange
    found: dict[Selector, list[Scraped]] = field(default_factory=dict)
    failed: dict[Selector, PrometheusError] = field(default_factory=dict)
    natives: dict[Selector, list[Identity]] = field(default_factory=dict)

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


def _together(shape: tuple[str, ...], selectors: Sequence[Selector]) -> _Request:
    return _Request(covering(shape, selectors), tuple(selectors), shape)


def _routed(metric: Mapping[str, str], selectors: Sequence[Selector], index: Index) -> _Route:
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
