"""The names of metrics and labels that a server knows, asked for once and from its index alone."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import TypeVar

from tallystick.core.selector import Selector, label_text
from tallystick.errors import PrometheusError
from tallystick.online.base import Scene
from tallystick.upstream.client import Prometheus
from tallystick.upstream.inventory import label_names, label_values

MOST_ASKED = 200
"""Questions after which no more are asked: where so much is wrong, more of it helps nobody."""

_SEARCHED = 2_000
"""Names that are looked at closely for one that was meant."""

_LIKE = 0.8
"""How alike two names are of which one was meant for the other; 1 is the same."""

SUFFIXES = ("_total", "_count", "_bucket", "_sum")
"""What clients, and Prometheus, put behind a metric's name."""

_WORD = re.compile(r"[^_:]+")

Told = TypeVar("Told")


@dataclass(slots=True)
class Lexicon:
    """
    What the index of a server knows.

    Attributes:
        prometheus: whom to ask.
        start: what is older is not looked at, in seconds since 1970.
        end: where the time that is looked at ends.
    """

    prometheus: Prometheus
    start: int
    end: int
    _kept: dict[tuple[str, str], Sequence[str] | None] = field(default_factory=dict)
    _names: frozenset[str] | None = None

    def names(self) -> frozenset[str] | None:
        """The names of all metrics; None if the server does not say."""
        if self._names is None:
            told = self._ask("__name__", "", lambda: label_values(self.prometheus, "__name__", self.start, self.end))
            self._names = None if told is None else frozenset(told)
        return self._names

    def values(self, label: str, selector: Selector) -> Sequence[str] | None:
        """The values of *label* in series of *selector*; None if the server does not say, or too much was asked."""
        if label_text(label) != label:  # such names are written in a way of their own in an address
            return None
        promql = selector.promql
        return self._ask(label, promql, lambda: label_values(self.prometheus, label, self.start, self.end, promql))

    def labels(self, selector: Selector) -> Sequence[str] | None:
        """The labels of series of *selector*; None likewise."""
        promql = selector.promql
        return self._ask("", promql, lambda: label_names(self.prometheus, self.start, self.end, promql))

    def _ask(self, what: str, promql: str, ask: Callable[[], list[str]]) -> Sequence[str] | None:
        if (what, promql) not in self._kept:
            self._kept[what, promql] = self._answer(ask) if len(self._kept) < MOST_ASKED else None
        return self._kept[what, promql]

    def _answer(self, ask: Callable[[], list[str]]) -> Sequence[str] | None:
        try:
            return ask()
        except PrometheusError as fault:
            if fault.reason == "unreachable":
                raise
            return None


def lexicon(scene: Scene, start: int) -> Lexicon:
    """The lexicon of the server of *scene* for the time since *start*; the same one for every check."""
    return scene.once((lexicon, start), lambda: Lexicon(scene.oracle.prometheus, start, scene.now_seconds))


def near(text: str, others: Iterable[str]) -> str | None:
    """The one of *others* that *text* was most likely meant to be; None if none is like it."""
    there = [other for other in others if other != text]
    if same := next((other for other in there if other.lower() == text.lower()), None):
        return same
    words = set(_WORD.findall(text))
    # Comparing takes long: of many names, those that share a word, or the beginning, come first.
    likely = (
        there
        if len(there) <= _SEARCHED
        else [other for other in there if other[:3] == text[:3] or not words.isdisjoint(_WORD.findall(other))]
    )
    found = get_close_matches(text, islice(likely, _SEARCHED), n=1, cutoff=_LIKE)
    return found[0] if found else None


def near_metric(metric: str, names: frozenset[str]) -> str | None:
    """The metric that *metric* was most likely meant to be: with another suffix, or spelt another way."""
    base = base_of(metric)
    for other in (*(base + suffix for suffix in SUFFIXES), *(metric + suffix for suffix in SUFFIXES), base):
        if other in names and other != metric:
            return other
    return near(metric, sorted(names))


def near_histogram(base: str, names: frozenset[str]) -> str | None:
    """The histogram, without its suffix, that *base* was most likely meant to be."""
    bases = sorted({name.removesuffix("_bucket") for name in names if name.endswith("_bucket")})
    longer = [one for one in bases if one.startswith(f"{base}_") or base.startswith(f"{one}_")]
    return near(base, bases) or (longer[0] if len(longer) == 1 else None)


def base_of(metric: str) -> str:
    """*metric* without its suffix."""
    return next((metric.removesuffix(suffix) for suffix in SUFFIXES if metric.endswith(suffix)), metric)
