"""Series selectors: a metric's name and label matchers, and their PromQL."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode


class MatchOp(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True, order=True)
class Matcher:
    """One comparison of a label: ``code=~"5.."``."""

    label: str
    op: MatchOp
    value: str

    @property
    def promql(self) -> str:
        """Its text, quoted."""
        return f"{label_text(self.label)}{self.op}{quote(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """
    Series of one metric.

    Attributes:
        metric: the metric's name.
        matchers: what their labels must be; all of them hold.
    """

    metric: str
    matchers: tuple[Matcher, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the hash once: selectors are looked up thousands of times a round."""
        object.__setattr__(self, "_hash", hash((self.metric, self.matchers)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def promql(self) -> str:
        """Its text: what a person would write, with all values quoted."""
        return _promql(self)

    @property
    def normal(self) -> str:
        """The text that all selectors of the same matchers have in common, however they are written."""
        return _normal(self)

    def having(self, *matchers: Matcher) -> "Selector":
        """The same series, narrowed by more *matchers*."""
        return Selector(self.metric, (*self.matchers, *matchers))


@lru_cache(maxsize=4_096)  # an SLO's are asked for by checks, its revision and its rules
def _promql(selector: Selector) -> str:
    matchers = [matcher.promql for matcher in selector.matchers]
    if not _METRIC.fullmatch(selector.metric):
        return "{" + ",".join([f"__name__={quote(selector.metric)}", *matchers]) + "}"
    return selector.metric + ("{" + ",".join(matchers) + "}" if matchers else "")


@lru_cache(maxsize=4_096)
def _normal(selector: Selector) -> str:
    if len(selector.matchers) < 2:  # noqa: PLR2004  # one is in order by itself
        return selector.promql
    return Selector(selector.metric, tuple(sorted(set(selector.matchers)))).promql


def label_text(label: str) -> str:
    """A label's name in PromQL: as it is, or quoted where only Prometheus 3 has such names."""
    return label if _LABEL.fullmatch(label) else quote(label)


def quote(text: str) -> str:
    """
    *text* as a PromQL string; JSON's escapes are a part of Go's, which PromQL follows.

    What YAML can't hold as it is (control characters, its other line breaks) is escaped too: queries go into rule files.
    """
    quoted = _AS_JSON(text)
    return quoted if quoted.isprintable() else _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def one_of(label: str, values: Iterable[str]) -> Matcher:
    """A matcher for *label* being one of *values*, with what is special in RE2 escaped."""
    found = sorted(set(values))
    if len(found) == 1:
        return Matcher(label, MatchOp.EQUAL, found[0])
    return Matcher(label, MatchOp.REGEX, "|".join(escape_regex(value) for value in found))


def escape_regex(text: str) -> str:
    """*text* as an RE2 pattern that matches it alone; as Go's ``regexp.QuoteMeta``, which knows no other escapes."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)
