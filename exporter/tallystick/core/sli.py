"""
Service level indicators: which events count, and which of them are good.

What is here is checked and typed; how it is written in a file is ``tallystick.definition``'s business, and how it is read from
Prometheus ``tallystick.upstream``'s.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Literal

from tallystick.core.selector import Matcher, MatchOp, Selector, escape_regex
from tallystick.core.timerange import SLICE_SECONDS

Kind = Literal["events", "latency", "up", "threshold", "ratio", "composite"]

EVALUATED_SECONDS = 300
"""How much time one evaluation of a query with ``$window`` covers: long enough for a rate at any usual scrape interval."""

THOUSANDTHS = 1_000
"""Ledger counts to one event of SLIs whose events are no whole numbers: ratios, and seconds of ``up``."""


@dataclass(frozen=True, slots=True)
class Term:
    """One counter of a sum."""

    sign: Literal[1, -1]
    selector: Selector


@dataclass(frozen=True, slots=True)
class Sum:
    """
    Counters added to one another and subtracted from one another.

    Attributes:
        terms: at least two, or one that is subtracted; a single counter is a plain `Selector`.
    """

    terms: tuple[Term, ...]

    @property
    def normal(self) -> str:
        """The text that all sums of the same terms have in common."""
        return " ".join(sorted(("+" if term.sign > 0 else "-") + term.selector.normal for term in self.terms))

    def having(self, *matchers: Matcher) -> "Sum":
        """The same counters, narrowed by *matchers*."""
        return Sum(tuple(replace(term, selector=term.selector.having(*matchers)) for term in self.terms))


Counters = Selector | Sum
"""What counts events: one counter, or several added and subtracted."""


def terms_of(counters: Counters) -> tuple[Term, ...]:
    """The counters of *counters*, with their signs."""
    return counters.terms if isinstance(counters, Sum) else (Term(1, counters),)


def _grouped(identity: dict[str, Any], by: tuple[str, ...]) -> dict[str, Any]:
    return {**identity, "by": sorted(by)} if by else identity


def _pins(group: Mapping[str, str]) -> tuple[Matcher, ...]:
    return tuple(Matcher(label, MatchOp.EQUAL, value) for label, value in sorted(group.items()))


@dataclass(frozen=True, slots=True)
class EventsSli:
    """
    Increments of counters.

    Attributes:
        total: all events.
        good: the good ones, or None if *bad* is given.
        bad: the bad ones, or None if *good* is given.
        by: labels that make an SLO of its own for each of their values.
    """

    kind: ClassVar[Kind] = "events"
    slice_seconds: ClassVar[int] = SLICE_SECONDS
    per_unit: ClassVar[int] = 1
    total: Counters
    good: Counters | None = None
    bad: Counters | None = None
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        assert (self.good is None) != (self.bad is None)

    @property
    def part(self) -> Counters:
        """The good events or the bad ones, whichever are given."""
        part = self.good or self.bad
        assert part is not None
        return part

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        part = {"good" if self.good else "bad": self.part.normal}
        return _grouped({"kind": self.kind, "total": self.total.normal, **part}, self.by)

    def pinned(self, group: Mapping[str, str]) -> "EventsSli":
        """The SLI of one *group*."""
        pins = _pins(group)
        good, bad = (part and part.having(*pins) for part in (self.good, self.bad))
        return EventsSli(self.total.having(*pins), good, bad)


@dataclass(frozen=True, slots=True)
class QuerySli:
    """
    Events that PromQL counts, in queries with ``$window`` that are used as they are.

    Attributes:
        total: all events within ``$window``: a count, or a rate per second.
        good: the good ones, or None if *bad* is given.
        bad: the bad ones, or None if *good* is given.
        by: labels of the answer that make an SLO of its own for each of their values.
    """

    kind: ClassVar[Kind] = "events"
    slice_seconds: ClassVar[int] = EVALUATED_SECONDS
    per_unit: ClassVar[int] = THOUSANDTHS
    total: str
    good: str | None = None
    bad: str | None = None
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        assert (self.good is None) != (self.bad is None)

    @property
    def part(self) -> str:
        """The good events or the bad ones, whichever are given."""
        part = self.good or self.bad
        assert part is not None
        return part

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        part = {"good" if self.good else "bad": self.part}
        return _grouped({"kind": self.kind, "query": "yes", "total": self.total, **part}, self.by)


@dataclass(frozen=True, slots=True)
class LatencySli:
    """
    Observations of a histogram, classic or native, good at or under a threshold.

    Attributes:
        histogram: the histogram without ``_bucket``, ``_count`` or a matcher of ``le``.
        threshold: upper bound of a bucket, in the histogram's unit (seconds, mostly).
        own_total: counter of all events, where it is not the histogram's own count.
        by: labels that make an SLO of its own for each of their values.
    """

    kind: ClassVar[Kind] = "latency"
    slice_seconds: ClassVar[int] = SLICE_SECONDS
    per_unit: ClassVar[int] = 1
    histogram: Selector
    threshold: Decimal
    own_total: Selector | None = None
    by: tuple[str, ...] = ()

    @property
    def total(self) -> Selector:
        """Counter of all observations."""
        return self.own_total or Selector(self.histogram.metric + "_count", self.histogram.matchers)

    @property
    def good(self) -> Selector:
        """
        Counter of the observations at or under the threshold.

        A bound is text in Prometheus, and clients differ: ``1`` and ``1.0``, ``1e+06`` and ``1000000``.
        """
        spellings = le_spellings(self.threshold)
        if len(spellings) == 1:
            le = Matcher("le", MatchOp.EQUAL, spellings[0])
        else:
            le = Matcher("le", MatchOp.REGEX, "|".join(escape_regex(text) for text in spellings))
        return Selector(self.histogram.metric + "_bucket", self.histogram.matchers).having(le)

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        own = {"total": self.own_total.normal} if self.own_total else {}
        threshold = f"{self.threshold.normalize():f}"
        meaning = {"kind": self.kind, "histogram": self.histogram.normal, "threshold": threshold, **own}
        return _grouped(meaning, self.by)

    def pinned(self, group: Mapping[str, str]) -> "LatencySli":
        """The SLI of one *group*."""
        pins = _pins(group)
        own = self.own_total and self.own_total.having(*pins)
        return LatencySli(self.histogram.having(*pins), self.threshold, own)


@dataclass(frozen=True, slots=True)
class UpSli:
    """
    Seconds in which a gauge of 0 or 1 was 1.

    Attributes:
        metric: the gauge; of several series, the seconds of all are added.
        by: labels that make an SLO of its own for each of their values.
    """

    kind: ClassVar[Kind] = "up"
    slice_seconds: ClassVar[int] = SLICE_SECONDS
    per_unit: ClassVar[int] = THOUSANDTHS
    metric: Selector
    by: tuple[str, ...] = ()

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        return _grouped({"kind": self.kind, "metric": self.metric.normal}, self.by)

    def pinned(self, group: Mapping[str, str]) -> "UpSli":
        """The SLI of one *group*."""
        return UpSli(self.metric.having(*_pins(group)))


Op = Literal["lt", "lte", "gt", "gte"]


@dataclass(frozen=True, slots=True)
class ThresholdSli:
    """
    Slices at whose end a query's value compared as it should.

    Attributes:
        query: any PromQL that gives one number.
        op: how it must compare with *value*.
        value: what it is compared with.
        slice_seconds: how long a slice is; one event each. Divides an hour, in whole minutes.
    """

    kind: ClassVar[Kind] = "threshold"
    per_unit: ClassVar[int] = 1
    by: ClassVar[tuple[str, ...]] = ()
    query: str
    op: Op
    value: Decimal
    slice_seconds: int = SLICE_SECONDS

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        value = f"{self.value.normalize():f}"
        return {"kind": self.kind, "query": self.query, "op": self.op, "value": value, "slice": self.slice_seconds}


@dataclass(frozen=True, slots=True)
class RatioSli:
    """
    A ratio that a query gives, weighted by another one or by time.

    Attributes:
        query: PromQL with ``$window`` that gives a ratio, 0 to 1.
        means: what it is the share of: ``error`` or ``success``.
        total: PromQL with ``$window`` that gives how many events there were (or their rate); None: each second weighs the same.
    """

    kind: ClassVar[Kind] = "ratio"
    slice_seconds: ClassVar[int] = EVALUATED_SECONDS
    per_unit: ClassVar[int] = THOUSANDTHS
    by: ClassVar[tuple[str, ...]] = ()
    query: str
    means: Literal["error", "success"]
    total: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        return {"kind": self.kind, self.means: self.query, "total": self.total}


@dataclass(frozen=True, slots=True)
class Part:
    """
    One SLO in a composite.

    Attributes:
        slo: its id.
        weight: how much it counts, relative to the others; above 0.
    """

    slo: str
    weight: Decimal = Decimal(1)


NoData = Literal["ignore", "good", "bad"]
"""What unobserved time counts as: nothing, good or bad."""


@dataclass(frozen=True, slots=True)
class CompositeSli:
    """
    Several SLOs as one; worked out when it is read, nothing of it is stored.

    Attributes:
        of: its parts.
        method: ``weighted``: the mean of the parts' compliance by weight; ``serial``: their product, as of steps that
            must all succeed; ``worst``: the lowest.
        no_data: what a part without data counts as; ``ignore`` leaves it out, and the others weigh more.
    """

    kind: ClassVar[Kind] = "composite"
    slice_seconds: ClassVar[int] = SLICE_SECONDS
    per_unit: ClassVar[int] = 1
    by: ClassVar[tuple[str, ...]] = ()
    of: tuple[Part, ...]
    method: Literal["weighted", "serial", "worst"] = "weighted"
    no_data: NoData = "ignore"

    @property
    def identity(self) -> dict[str, Any]:
        """What it means, for `generation`."""
        parts = [[part.slo, f"{part.weight.normalize():f}"] for part in self.of]
        return {"kind": self.kind, "of": parts, "method": self.method, "no_data": self.no_data}


CountedSli = EventsSli | LatencySli | UpSli
"""Read from raw samples."""

EvaluatedSli = QuerySli | ThresholdSli | RatioSli
"""Read as what Prometheus makes of a query."""

RecordedSli = CountedSli | EvaluatedSli
"""Has entries in the ledger."""

Sli = RecordedSli | CompositeSli


@lru_cache(maxsize=65_536)
def generation(sli: Sli) -> str:
    """
    A name for what *sli* means: 12 hex digits of a hash of its normal form.

    Two definitions with one generation count the same events, whatever their objective, window or labels.
    """
    return hashlib.sha256(json.dumps(sli.identity, sort_keys=True).encode()).hexdigest()[:12]


def le_spellings(bound: Decimal) -> list[str]:
    """
    The ways in which clients and Prometheus versions write a bucket's upper bound, most usual first.

    Go's client writes the shortest form with an exponent from 1e+21 and under 1e-4 (2.x keeps it, 3.x makes integers
    ``1.0``); Python's and Java's write a float's own text (``1.0``, ``1e-05``, ``1.0E-5``).
    """
    plain = f"{bound.normalize():f}"
    found = [plain]
    if "." not in plain:
        found.append(plain + ".0")
    digits = "".join(map(str, bound.normalize().as_tuple().digits))
    exponent = bound.adjusted()
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    if not -4 <= exponent < 6:  # noqa: PLR2004  # the range in which no client writes an exponent
        found.append(f"{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent):02d}")
        found.append(f"{mantissa if '.' in mantissa else mantissa + '.0'}E{exponent}")
    return found
