"""Queries of other tools, with their own words for the window that is asked for, as ours with ``$window``."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import promql_parser

from tallystick.core.windowed import is_rate
from tallystick.definition.formats import nodes
from tallystick.definition.formats.additive import amount, bare, both_match, is_filtered_sum, is_sum, printed
from tallystick.definition.node import Node, Scalar
from tallystick.definition.outcome import labels_of_text
from tallystick.definition.promql import WINDOW, Query, read_query
from tallystick.definition.reduce import reduce_query, reduce_text

GO_WINDOW = re.compile(r"\{\{-?\s*\.[wW]indow\s*-?\}\}")
"""How Go's templates name the window."""

_GO_COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_GO_TEMPLATE = re.compile(r"\{\{.*?(?:\}\}|$)", re.DOTALL)


def with_window(node: Scalar | None) -> Scalar | None:
    """A query with Go's templates, with ``$window`` in their place."""
    if node is None:
        return None
    return nodes.text(GO_WINDOW.sub(WINDOW, _GO_COMMENT.sub(" ", node.text)).strip(), node)


def templates_left(node: Scalar) -> Iterator[tuple[int, int]]:
    """Where *node* has templates of Go that only the tool itself could fill in."""
    for match in _GO_TEMPLATE.finditer(node.text):
        if not GO_WINDOW.fullmatch(match[0]) and not _GO_COMMENT.fullmatch(match[0]):
            yield match.span()


def groups(*queries: Scalar | None) -> list[str]:
    """The labels that all of *queries* keep, sorted; none if they differ, or only Prometheus knows."""
    found = [labels_of_text(query.text) for query in queries if query is not None]
    first = found[0] if found else None
    return sorted(first) if first and all(labels == first for labels in found) else []


def listed_groups(at: Node, labels: list[str]) -> Node | None:
    """*labels* as the value of ``by``; None if there are none."""
    return nodes.listed(at, [nodes.text(label, at) for label in labels]) if labels else None


def as_counters(node: Scalar, *, is_error: bool) -> tuple[str, Scalar, Scalar] | None:
    """
    The counts that a ratio is of, if it is a ratio of counts.

    Counters that are added up are one, and so is whatever else gives as many events for an hour as for its twelve pieces of
    five minutes together: ``sum(sum_over_time(x[$window])) / sum(count_over_time(x[$window]))``.

    Args:
        node: PromQL with ``$window``: ``a / b``, ``1 - a / b``, with what fills in where there is no traffic.
        is_error: whether it is the share of bad events, rather than of good ones.

    Returns:
        What the first is, ``good`` or ``bad``, its query, and that of the total; None if it is anything else.
    """
    query = read_query(node.text)
    if query.tree is None or query.patterns:
        return None
    tree, is_bad = _without_complement(query.tree, is_bad=is_error)
    if not isinstance(tree, promql_parser.BinaryExpr) or str(tree.op) != "/":
        return None
    part, total = bare(tree.lhs), amount(tree.rhs)
    sides = [_side(query, side) for side in (part, total)]
    if not sides[0] or not sides[1] or not both_match(tree, part, total):
        return None
    texts = [side.text for side in sides if side]
    if not _are_counters(*texts) and not _are_sums(is_sum, *texts):
        return None
    return "bad" if is_bad else "good", nodes.text(texts[0], node), nodes.text(texts[1], node)


def as_events(part: Scalar, total: Scalar) -> tuple[Scalar, Scalar] | None:
    """
    Two queries as counts of events: as they stand, less what only keeps a division from giving nothing.

    Returns:
        The two; None if they are no counts, so that only their ratio means something.
    """
    read = [read_query(one.text) for one in (part, total)]
    if any(query.tree is None or query.patterns for query in read):
        return part, total  # the checks tell
    if reduce_text(part.text) and reduce_text(total.text):
        return part, total  # most are such
    side = _side(read[1], amount(read[1].tree))
    if side and side.text != printed(read[1].tree):
        total = nodes.text(side.text, total)
    texts = part.text, total.text
    return (part, total) if all(map(reduce_text, texts)) or _are_sums(is_filtered_sum, *texts) else None


def as_ratio(part: Scalar, total: Scalar) -> Scalar:
    """The ratio of two queries."""
    return nodes.text(f"(\n{part.text}\n)\n/\n(\n{total.text}\n)", part)


def _side(query: Query, tree: object) -> Query | None:
    """A part of *query* by itself; None if what the parser prints of it does not mean the same."""
    assert isinstance(tree, promql_parser.Expr)
    text = printed(tree)
    found = read_query(text)
    is_same = found.tree is not None and printed(found.tree) == text
    return found if is_same and _meaning(found) == _meaning(replace(query, tree=tree)) else None


def _meaning(query: Query) -> tuple[str, str | None, frozenset[str]] | None:
    """The counters that *query* adds up, in whatever order they are written."""
    found = reduce_query(query)
    return None if found is None else (found.counters.normal, found.function, found.by)


def _are_counters(part: str, total: str) -> bool:
    """Whether both add counters up in the same way, for the same groups."""
    one, other = map(reduce_text, (part, total))
    return bool(one and other and one.function == other.function and one.by == other.by)


def _are_sums(what: Callable[[object], bool], part: str, total: str) -> bool:
    """Whether both are sums over time, by *what*, in the same unit and for the same groups."""
    trees = [read_query(text).tree for text in (part, total)]
    labels = [labels_of_text(text) for text in (part, total)]
    return (
        all(map(what, trees)) and is_rate(part) == is_rate(total) and labels[0] is not None and labels[0] == labels[1]
    )


def _without_complement(tree: object, *, is_bad: bool) -> tuple[object, bool]:
    """*tree* without ``1 -`` in front, and whether what is left is the share of bad events, as *tree* was or was not."""
    tree = bare(tree, nothing=0 if is_bad else 1)
    while isinstance(tree, promql_parser.BinaryExpr) and str(tree.op) == "-" and _is_one(tree.lhs):
        is_bad = not is_bad
        tree = bare(tree.rhs, nothing=0 if is_bad else 1)
    return tree, is_bad


def _is_one(tree: object) -> bool:
    tree = bare(tree)
    return isinstance(tree, promql_parser.NumberLiteral) and tree.val == 1
