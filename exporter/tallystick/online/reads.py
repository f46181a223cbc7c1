"""Which series each SLO is read from, and where in its definition they are written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import promql_parser

from tallystick.core.selector import Matcher, MatchOp, Selector
from tallystick.core.sli import EventsSli, LatencySli, QuerySli, RatioSli, Sli, ThresholdSli, UpSli, terms_of
from tallystick.core.slo import Slo
from tallystick.definition.document import Entry, Site
from tallystick.definition.places import name_of
from tallystick.definition.promql import inside, read_query
from tallystick.definition.source import Span

Need = Literal["must", "may"]
"""Whether an SLO means nothing without a series, or does without it: no error may have happened yet."""

_BRACES = re.compile(r"""\s*\{(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[^}"'`])*\}""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Read:
    """
    One kind of series that an SLO is read from.

    Attributes:
        field: the key under which it is written: ``total``, ``histogram``, ...
        selector: its series; of a histogram, without ``_bucket`` and ``_count``.
        need: whether the SLO can do without it.
        counter: it counts, so it only falls when its process begins anew.
    """

    field: str
    selector: Selector
    need: Need = "must"
    counter: bool = False

    @property
    def names(self) -> tuple[Selector, ...]:
        """The series that show that it is there: of a histogram, its count or the native one."""
        if self.field != "histogram":
            return (self.selector,)
        return (Selector(self.selector.metric + "_count", self.selector.matchers), self.selector)

    def promql(self, around: str = "{}") -> str:
        """PromQL for its series, each selector put where *around* has braces: ``last_over_time({}[1h])``."""
        return " or ".join(around.replace("{}", one.promql) for one in self.names)


@lru_cache(maxsize=65_536)
def reads_of(sli: Sli) -> tuple[Read, ...]:
    """All series that *sli* is read from, each once; none of a composite, which is made of other SLOs."""
    return tuple(dict.fromkeys(_reads(sli)))


def _reads(sli: Sli) -> Iterator[Read]:
    match sli:
        case EventsSli():
            yield from (Read("total", term.selector, counter=True) for term in terms_of(sli.total))
            field, need = _part(sli)
            yield from (Read(field, term.selector, need, counter=True) for term in terms_of(sli.part))
        case LatencySli():
            yield Read("histogram", sli.histogram)
            if sli.own_total:
                yield Read("total", sli.own_total, counter=True)
        case UpSli():
            yield Read("metric", sli.metric)
        case QuerySli():
            yield from _of_query("total", sli.total)
            yield from _of_query(_part(sli)[0], sli.part, _part(sli)[1])
        case ThresholdSli():
            yield from _of_query("query", sli.query)
        case RatioSli():
            yield from _of_query(sli.means, sli.query)
            if sli.total:
                yield from _of_query("total", sli.total)


def _part(sli: EventsSli | QuerySli) -> tuple[str, Need]:
    return ("good", "must") if sli.good else ("bad", "may")


def _of_query(field: str, text: str, need: Need = "must") -> Iterator[Read]:
    """The selectors of one metric inside a query, without their offsets."""
    query = read_query(text)
    for tree, asked in _needed(query.tree, need):
        found = query.read(tree)
        one = len(found.metrics) == 1 and found.metrics[0].op is MatchOp.EQUAL and found.metrics[0].value
        if one and not tree.matchers.or_matchers:
            yield Read(field, Selector(found.metrics[0].value, found.matchers), asked)


def _needed(tree: object, need: Need) -> Iterator[tuple[promql_parser.VectorSelector, Need]]:
    """The selectors in *tree*; what stands beside ``or`` may be missing, and of what ``absent`` asks for it should."""
    match tree:
        case None:
            return
        case promql_parser.VectorSelector():
            yield tree, need
        case promql_parser.Call() if tree.func.name in ("absent", "absent_over_time"):
            return
        case promql_parser.BinaryExpr() if str(tree.op) == "or":
            yield from _needed(tree.lhs, "may")
            yield from _needed(tree.rhs, "may")
        case promql_parser.BinaryExpr() if str(tree.op) == "unless":
            yield from _needed(tree.lhs, need)
            yield from _needed(tree.rhs, "may")
        case _:
            for part in inside(tree):
                yield from _needed(part, need)


def longest_seconds(slo: Slo) -> int:
    """The length of its longest window."""
    return max(window.nominal_seconds for window in slo.windows)


def place_of(entry: Entry, read: Read, matcher: Matcher | None = None) -> Span:
    """
    Where *read* is written in *entry*: the text of its selector, or of one *matcher* of it.

    The whole text of the key where that can't be told, and the SLO's name where there is no such key.
    """
    for site in entry.sites:
        if site.field == read.field:
            return _inside_of(site, read, matcher)
    return name_of(entry)


def _inside_of(site: Site, read: Read, matcher: Matcher | None) -> Span:
    if matcher is not None:
        start, end = site.query.place(matcher)
        return site.node.part(start, end)
    metric = read.selector.metric
    found = list(re.finditer(rf"(?<![\w:.]){re.escape(metric)}(?![\w:])", site.node.text))
    same = [
        selected.matchers
        for selected in site.query.selected
        if len(selected.metrics) == 1 and selected.metrics[0].value == metric
    ]
    if len(found) != len(same) or read.selector.matchers not in same:
        return site.node.span
    name = found[same.index(read.selector.matchers)]
    braces = _BRACES.match(site.node.text, name.end())
    return site.node.part(name.start(), braces.end() if braces else name.end())
