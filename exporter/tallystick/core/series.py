"""Samples as Prometheus scraped them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Values = NDArray[np.float64]

Target = tuple[str, str]
"""A scrape target: its ``job`` and ``instance``, empty where a series has none."""


class Identity:
    """
    What makes a series the one it is; made once for a series, and then for each of its answers at hand.

    Attributes:
        labels: its labels, without ``__name__``.
        target: where it is scraped.
        key: its labels as text. A bucket's bound counts as a number: Prometheus 3 writes ``le="1.0"`` where 2 wrote
            ``le="1"``, and a counter that is renamed so has not begun anew.
        pairs: its labels as a set.
        histogram: the same without a bucket's bound, which all series of one histogram have in common.
    """

    __slots__ = ("histogram", "key", "labels", "pairs", "target")

    def __init__(self, labels: Mapping[str, str]) -> None:
        """Take *labels*, without ``__name__``."""
        self.labels = labels
        self.target: Target = (labels.get("job", ""), labels.get("instance", ""))
        self.key = _key(labels)
        self.pairs = frozenset(labels.items())
        self.histogram = histogram_of(labels) if "le" in labels else self.pairs


@dataclass(frozen=True, slots=True, eq=False)
class Scraped:
    """
    One series' samples over a short time, as plain lists.

    Attributes:
        identity: which series.
        times: when each sample was scraped, in milliseconds since 1970; strictly ascending.
        values: its values; none is NaN or infinite.
    """

    identity: Identity
    times: list[int]
    values: list[float]

    def series(self) -> "Series":
        """The same as arrays."""
        return Series(
            self.identity.labels, np.array(self.times, np.int64), np.array(self.values, np.float64), self.identity
        )


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """
    One series' samples over some time.

    Attributes:
        labels: its labels, without ``__name__``.
        times: when each sample was scraped, in milliseconds since 1970; strictly ascending, shape (n,).
        values: its values, shape (n,); none is NaN or infinite.
        identity: of its labels, where that is known already.
    """

    labels: Mapping[str, str]
    times: Times
    values: Values
    identity: Identity | None = None

    @property
    def target(self) -> Target:
        """Where it was scraped."""
        return self.labels.get("job", ""), self.labels.get("instance", "")

    @property
    def key(self) -> str:
        """Its identity, as text; see `Identity`."""
        return self.identity.key if self.identity else _key(self.labels)


def histogram_of(labels: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """*labels* without a bucket's bound."""
    return frozenset((name, value) for name, value in labels.items() if name != "le")


def _key(labels: Mapping[str, str]) -> str:
    if "le" in labels:
        labels = {**labels, "le": _bound(labels["le"])}
    return json.dumps(labels, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _bound(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text
