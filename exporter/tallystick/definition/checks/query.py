"""query: PromQL that does not give what an indicator needs: one number, for the stretch of time that is asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import promql_parser

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry, Site
from tallystick.definition.outcome import gives, is_scattered, labels_of_text
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.promql import WINDOW, in_strings
from tallystick.definition.reduce import Function, functions_in, reduce_query

RULE = Rule("query", may_warn=True)

_KINDS = {"range": "a range of samples", "text": "a text"}


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        sites = [site for site in entry.sites if site.query.tree is not None and _is_query(site)]
        found = [problem for site in sites if (problem := _problem(entry, site))]
        yield from found or _together(entry)
        if not found:
            yield from _counted(sites)


def _is_query(site: Site) -> bool:
    return site.takes in ("windowed", "number") or (site.takes == "counters" and site.query.windowed)


def _problem(entry: Entry, site: Site) -> Problem | None:
    if site.query.text.count(WINDOW) > site.query.windows and (place := next(in_strings(site.node.text), None)):
        message = f"`{WINDOW}` is a part of a label's value here"
        return RULE.at(site.node.part(*place), message, "write it as a range: [$window]")
    if site.takes == "windowed" and not site.query.windowed:
        hint = "write $window for the range, as any stretch of time is asked for: rate(errors_total[$window])"
        return RULE.at(site.node.span, f"`{site.field}` has no {WINDOW}", hint)
    if site.takes == "number" and site.query.windowed:
        start = site.node.text.find(WINDOW)
        here = site.node.part(start, start + len(WINDOW))
        return RULE.at(
            here, f"`{site.field}` is asked at one time, without a window", "write a range, for example [5m]"
        )
    kind = gives(site.query.tree)
    if kind != "number":
        return RULE.at(site.node.span, f"`{site.field}` gives {_KINDS[kind]}, not a number", _hint_of_kind(site))
    return _labels(entry, site)


def _hint_of_kind(site: Site) -> str:
    if isinstance(site.query.tree, promql_parser.MatrixSelector):
        return "put it into a function: sum(rate(...))"
    return "write a query that gives one number"


def _labels(entry: Entry, site: Site) -> Problem | None:
    """The problem of a query that gives other numbers than one for each group."""
    labels = labels_of_text(site.node.text)
    by = [node.text for node in entry.by]
    kept = f"sum by ({show(', '.join(by))}) (...)" if by else "sum(...)"
    if labels is None:
        if by:
            message = f"`{site.field}` may not keep the labels of `by`"
            return RULE.at(site.node.span, message, f"write {kept} around it")
        if is_scattered(site.query.tree):
            message = f"`{site.field}` gives one number for each series"
            return RULE.at(site.node.span, message, f"add them up: {kept}")
        return None
    if missing := sorted(set(by) - labels):
        message = f"`{site.field}` does not keep {show(', '.join(missing))}, which `by` names"
        return RULE.at(site.node.span, message, f"write {kept} in it")
    if extra := sorted(labels - set(by)):
        names = show(", ".join(extra))
        message = f"`{site.field}` gives one number for each {names}"
        groups = "leave it out of the query"
        return RULE.at(
            site.node.span, message, f"{groups}, or write by: [{names}]" if site.kind == "events" else groups
        )
    return None


def _together(entry: Entry) -> Iterator[Problem]:
    """Problems of what is right alone, and wrong beside the other."""
    sites = [site for site in entry.sites if site.takes == "counters" and site.query.tree is not None]
    functions = [(site, _functions(site)) for site in sites if site.query.windowed]
    for site, found in functions:
        others = {name for other, names in functions if other is not site for name in names} - found
        if len(found) > 1 or (found and others and site is functions[-1][0]):
            beside = "" if len(found) > 1 else f", the other query by {_calls(others)}"
            message = f"`{site.field}` counts by {_calls(found)}{beside}"
            yield RULE.at(
                site.node.span, message, "the one is events, the other events per second; write one of the two"
            )
            return
    plain = next((site for site in sites if site.reduced and not site.query.windowed), None)
    if plain and any(site.query.windowed and site.reduced is None for site in sites):
        message = f"`{plain.field}` is a counter, and the other one a query that has to be left to Prometheus"
        yield RULE.at(plain.node.span, message, "write both as counters, or both as queries: sum(rate(...[$window]))")


def _functions(site: Site) -> set[Function]:
    """How *site* reads what it adds up; where that is counters alone it is known."""
    if site.reduced is None:
        return functions_in(site.query)
    return {site.reduced.function} if site.reduced.function else set()


def _counted(sites: list[Site]) -> Iterator[Problem]:
    """A ratio of counters, which could be counted instead."""
    for site in sites:
        tree = site.query.tree
        if site.kind != "ratio" or not (isinstance(tree, promql_parser.BinaryExpr) and str(tree.op) == "/"):
            continue
        part, total = (reduce_query(replace(site.query, tree=side)) for side in (tree.lhs, tree.rhs))
        if part and total and part.function == total.function and not part.by and not total.by:
            field = {"error": "bad", "success": "good"}.get(site.field, site.field)
            message = f"`{site.field}` is a ratio of counters, which `events` counts exactly"
            hint = f"write their selectors: events: {{total: ..., {field}: ...}}"
            yield RULE.at(site.node.span, message, hint, severity="warning")


def _calls(names: Iterable[str]) -> str:
    return " and ".join(f"{name}()" for name in sorted(names))


CHECK = Check(RULE, _find)
