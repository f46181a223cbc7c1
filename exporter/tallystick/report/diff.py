"""A change of definitions as text for a terminal."""

from collections.abc import Callable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tallystick.core import civil
from tallystick.core.alerting import SEVERITIES, Severity
from tallystick.core.alertscore import middle
from tallystick.core.change import Change, Diff, FactChange, Kind
from tallystick.core.impact import Effected, Impact, Measured, Rules
from tallystick.report import figures
from tallystick.report.changed import (
    ARROW,
    Cluster,
    Row,
    agreements,
    alerts,
    between,
    by_gravity,
    clusters,
    days,
    headline,
    name,
    rows,
    sentences,
    warnings,
)
from tallystick.report.fitted import FittedTable

_SIGNS: dict[Kind, tuple[str, str]] = {
    "new": ("+", "green"),
    "gone": ("-", "red"),
    "renamed": (">", "cyan"),
    "changed": ("~", "yellow"),
}

_LISTED = 20
"""How many SLOs that changed alike are listed by name."""

_SIDE_BY_SIDE = 40
"""Characters up to which two texts stand on one line."""

_INDENT = 4

_HEADINGS = (
    "SLO",
    "Window",
    "Compliance>",
    "Budget left>",
    "Days breached>",
    "Verdict",
    "Pages>",
    "Tickets>",
    "Detection>",
    "Gone by then>",
    "Rules>",
)
_LEAST_NEEDED = ("Rules>", "Gone by then>", "Detection>", "Days breached>", "Tickets>", "Compliance>")


def diff_text(diff: Diff, effected: Effected | None) -> RenderableType:
    """All of it, to be printed with rich: what changed, what follows, and what it would have meant."""
    parts: list[RenderableType] = [Text(headline(diff), "bold")]
    for cluster in clusters(diff.changes):
        parts += [Text(), *_cluster(cluster)]
    if effected:
        parts += [Text(), *_past(effected)]
    return Group(*parts)


def _cluster(cluster: Cluster) -> Iterator[RenderableType]:
    for change in cluster.changes[:_LISTED]:
        yield _title(change)
    if len(cluster.changes) > _LISTED:
        yield Text(f"  and {len(cluster.changes) - _LISTED:,} more, which change alike")
    for fact in cluster.facts:
        yield from (_indented(line) for line in _fact(fact))
    for sentence in sentences(cluster.first):
        yield _indented(Text(plain(sentence), "italic"))


def _title(change: Change) -> Text:
    sign, style = _SIGNS[change.kind]
    slo = change.slo
    text = Text.assemble((f"{sign} {plain(slo.slo_id)}", f"bold {style}"))
    if change.kind in {"new", "gone"}:
        windows = ", ".join(window.name for window in slo.windows)
        text.append(f"  {figures.objective(slo.objective)} {windows}")
    text.append(f"  {plain(slo.file)}:{slo.line}", "dim")
    return text


def _fact(fact: FactChange) -> Iterator[Text]:
    before, after = (None if text is None else plain(text) for text in (fact.before, fact.after))
    title = plain(fact.name)
    if before is None or after is None:
        sign, style, text = ("+", "green", after) if before is None else ("-", "red", before)
        yield Text.assemble((f"{sign} ", style), f"{title}: {text}")
    elif max(len(before), len(after)) <= _SIDE_BY_SIDE:
        yield Text(f"~ {title}: {before}{ARROW}{after}")
    else:
        yield Text(f"~ {title}:")
        yield Text.assemble(("    - ", "red"), before)
        yield Text.assemble(("    + ", "green"), after)


def _indented(line: RenderableType) -> Padding:
    return Padding.indent(line, _INDENT)


def plain(text: str) -> str:
    """*text* of a user, on one line and without what a terminal would obey."""
    return "".join(one if one.isprintable() else " " for one in text)


def _past(effected: Effected) -> Iterator[RenderableType]:
    start, end = (f"{civil.wall_at(at, 'UTC'):%Y-%m-%d %H:%M}" for at in (effected.span.start, effected.span.end))
    yield Text(f"What it would have meant in the {days(effected)} days to {end} UTC", "bold")
    if not effected.impacts:
        yield Text("Nothing: no figure and no alert would have been another.")
        return
    table = FittedTable(_HEADINGS, _LEAST_NEEDED)
    for impact in by_gravity(effected):
        for number, row in enumerate(rows(impact)):
            table.add(*_cells(impact, row, effected, first=number == 0))
    yield table
    yield from (
        _indented(Text(plain(f"agreement {line}"))) for impact in by_gravity(effected) for line in agreements(impact)
    )
    for warning in warnings(effected):
        yield Text(plain(warning), "bold red")
    if effected.unread:
        yield Text(f"Not all of it could be read since {start}; what is missing is not in these figures.", "magenta")


def _cells(impact: Impact, row: Row, effected: Effected, *, first: bool) -> list[str | Text]:
    sign, style = _SIGNS[impact.change.kind]
    title = Text.assemble((f"{sign} ", style), plain(name(impact))) if first else ""
    verdict = Text(row.verdict, "bold red" if row.is_bad else "magenta" if row.verdict.startswith("not known") else "")
    told = _alert_cells(impact, effected) if first else [""] * 5
    return [title, row.window, row.compliance, row.remaining, row.breaches, verdict, *told]


def _alert_cells(impact: Impact, effected: Effected) -> list[str]:
    rules = [_count(one) for one in effected.rules.get(impact.change.slo.slo_id, (None, None))]
    return [
        *(alerts(impact, severity) for severity in SEVERITIES),
        _both(impact, _detection),
        _both(impact, _gone),
        between(*rules),
    ]


def _both(impact: Impact, told: Callable[[Measured], str]) -> str:
    before, after = (None if side is None else told(side) for side in (impact.before, impact.after))
    return between(before, after)


def _told(side: Measured) -> Severity:
    """By whom it is noticed: who is paged, or else who gets tickets."""
    return "page" if side.score("page") else "ticket"


def _detection(side: Measured) -> str:
    score = side.score(_told(side))
    found = middle(score.detection) if score else None
    return figures.UNKNOWN if found is None else figures.length(found)


def _gone(side: Measured) -> str:
    found = side.spent_before(_told(side))
    return figures.UNKNOWN if found is None else figures.share(figures.near(found))


def _count(rules: Rules | None) -> str | None:
    return None if rules is None else f"{rules.recording + rules.alerting}"
