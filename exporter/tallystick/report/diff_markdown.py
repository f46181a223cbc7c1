"""A change of definitions as Markdown, for a comment on a merge request: short, with what is long folded away."""

from collections.abc import Iterator

from tallystick.core import civil
from tallystick.core.alerting import SEVERITIES
from tallystick.core.change import Diff, FactChange
from tallystick.core.impact import Effected, Impact
from tallystick.report.changed import (
    ARROW,
    Cluster,
    agreements,
    alerts,
    by_gravity,
    clusters,
    days,
    headline,
    name,
    rows,
    sentences,
    warnings,
)
from tallystick.report.markdown import MOST_BYTES, code, table

_HEADINGS = ["SLO", "Window", "Compliance>", "Budget left>", "Pages>", "Tickets>", ""]

_FOR_TABLE = MOST_BYTES * 2 // 3
"""Of all bytes, what the table of figures may take."""

_NOTICE = 400
"""Bytes for saying what was cut, and for what is around it."""

_LISTED = 20
"""How many SLOs that changed alike are listed by name."""


def diff_markdown(diff: Diff, effected: Effected | None) -> str:
    """All of it, or as much as fits into a comment; what is cut is said."""
    lines = [f"### {headline(diff)}", ""]
    if effected:
        for warning in warnings(effected, code):
            lines += [f"**{warning[0].upper()}{warning[1:]}**", ""]
    lines += _figures(effected) if effected else []
    return "\n".join([*lines, *_details(diff, MOST_BYTES - _size(lines) - _NOTICE)]).rstrip("\n") + "\n"


def _size(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _figures(effected: Effected) -> list[str]:
    end = f"{civil.wall_at(effected.span.end, 'UTC'):%Y-%m-%d %H:%M}"
    lines = [f"What it would have meant in the {days(effected)} days to {end} UTC:", ""]
    if not effected.impacts:
        return [*lines[:-1], "nothing; no figure and no alert would have been another.", ""]
    cells = [row for impact in by_gravity(effected) for row in _rows_of(impact)]
    made = table(_HEADINGS, cells)
    room, kept = _FOR_TABLE, 0
    while kept < len(made) and room >= (taken := _size([made[kept]])):
        room -= taken
        kept += 1
    lines += [*made[:kept], ""]
    if kept < len(made):
        lines += [f"{len(made) - kept:,} more rows are cut; `tallystick diff` prints all of them.", ""]
    told = [line for impact in by_gravity(effected) for line in agreements(impact)]
    lines += [*(f"- agreement {code(line)}" for line in told[:_LISTED]), *([""] if told else [])]
    if len(told) > _LISTED:
        lines += [f"{len(told) - _LISTED:,} more agreements are cut; `tallystick diff` prints all of them.", ""]
    if effected.unread:
        lines += [
            f"{len(effected.unread):,} SLOs could not be read to the end; what is missing is not in these figures.",
            "",
        ]
    return lines


def _rows_of(impact: Impact) -> Iterator[list[str]]:
    for number, row in enumerate(rows(impact)):
        told = [alerts(impact, severity) for severity in SEVERITIES] if number == 0 else ["", ""]
        verdict = f"**{row.verdict}**" if row.is_bad else row.verdict
        title = code(name(impact)) if number == 0 else ""
        yield [title, code(row.window), row.compliance, row.remaining, *told, verdict]


def _details(diff: Diff, room: int) -> Iterator[str]:
    """What changed, folded, as far as there is *room*."""
    if not diff.changes:
        return
    yield "<details><summary>What changed, and what follows</summary>"
    yield ""
    left = 0
    for cluster in clusters(diff.changes):
        lines = [*_cluster(cluster), ""]
        if left or _size(lines) > room:
            left += len(cluster.changes)
            continue
        room -= _size(lines)
        yield from lines
    if left:
        yield f"{left:,} more SLOs are cut; `tallystick diff` prints all of them."
        yield ""
    yield "</details>"


def _cluster(cluster: Cluster) -> Iterator[str]:
    names = [code(change.slo.slo_id) for change in cluster.changes[:_LISTED]]
    more = len(cluster.changes) - _LISTED
    titles = ", ".join(names) + (f" and {more:,} more, which change alike" if more > 0 else "")
    yield f"**{cluster.first.kind}** {titles}"
    yield ""
    yield from (f"- {_fact(fact)}" for fact in cluster.facts)
    yield from (f"- *{sentence}*" for sentence in sentences(cluster.first, code))


def _fact(fact: FactChange) -> str:
    title = code(fact.name)
    if fact.before is None:
        return f"{title}: new: {code(fact.after or '')}"
    if fact.after is None:
        return f"{title}: gone: {code(fact.before)}"
    return f"{title}: {code(fact.before)}{ARROW}{code(fact.after)}"
