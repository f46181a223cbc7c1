"""
Service level indicators: which events count, and which of them are good.

What is here is checked and typed; how it is written in a file is ``tallystick.definition``'s business, and how it is read from
Prometheus ``tallystick.upstream``'s.
"""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from tallystick.core.selector import Matcher, MatchOp, Selector, escape_regex

Kind = Literal["events", "latency", "up"]


@dataclass(frozen=True, slots=True)
class EventsSli:
    """
    Increments of counters.

    Attributes:
        total: counter of all events.
        good: counter of the good ones, or None if *bad* is given.
        bad: counter of the bad ones, or None if *good* is given.
    """

    kind: ClassVar[Kind] = "events"
    total: Selector
    good: Selector | None = None
    bad: Selector | None = None

    def __post_init__(self) -> None:
        """Refuse both and neither."""
        assert (self.good is None) != (self.bad is None)

    @property
    def identity(self) -> dict[str, str]:
        """What it means, for `generation`."""
        part = self.good or self.bad
        assert part is not None
        return {"kind": self.kind, "total": self.total.normal, ("good" if self.good else "bad"): part.normal}


@dataclass(frozen=True, slots=True)
class LatencySli:
    """
    Observations of a classic histogram, good at or under a threshold.

    Attributes:
        histogram: the histogram without ``_bucket``, ``_count`` or a matcher of ``le``.
        threshold: upper bound of a bucket, in the histogram's unit (seconds, mostly).
    """

    kind: ClassVar[Kind] = "latency"
    histogram: Selector
    threshold: Decimal

    @property
    def total(self) -> Selector:
        """Counter of all observations."""
        return Selector(self.histogram.metric + "_count", self.histogram.matchers)

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
    def identity(self) -> dict[str, str]:
        """What it means, for `generation`."""
        return {"kind": self.kind, "histogram": self.histogram.normal, "threshold": f"{self.threshold.normalize():f}"}


@dataclass(frozen=True, slots=True)
class UpSli:
    """
    Seconds in which a gauge of 0 or 1 was 1.

    Attributes:
        metric: the gauge; of several series, the seconds of all are added.
    """

    kind: ClassVar[Kind] = "up"
    metric: Selector

    @property
    def identity(self) -> dict[str, str]:
        """What it means, for `generation`."""
        return {"kind": self.kind, "metric": self.metric.normal}


Sli = EventsSli | LatencySli | UpSli


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
