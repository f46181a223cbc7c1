"""The register of exclusions as text and JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import orjson
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from tallystick.core import civil
from tallystick.core.duration import format_seconds
from tallystick.core.exclusion import Exclusion
from tallystick.core.register import LeftOut, Register, Registered, Used
from tallystick.core.timerange import TimeRange
from tallystick.report import figures
from tallystick.report.document import instant, number
from tallystick.report.record import titled

_ROOM = 10_000
"""More cells than any row takes."""


def register_json(register: Register) -> str:
    """All of it as a JSON object; docs/exclusions.md describes the keys."""
    document = {
        "from": instant(register.span.start),
        "to": instant(register.span.end),
        "now": instant(register.now),
        "exclusions": [_registered(one) for one in register.exclusions],
        "slos": [_used(one) for one in register.slos],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _registered(one: Registered) -> dict[str, object]:
    return {
        "reason": one.exclusion.reason,
        "service": one.service,
        "slos": list(one.slos),
        **_agreed(one.exclusion),
        "occurrences": [_range(found) for found in one.occurrences],
        "used_seconds": one.used_seconds,
        "planned_seconds": one.planned_seconds,
        "active": one.active,
        "next": _range(one.following) if one.following else None,
        "over": one.over,
        "left_out": _left_out(one.left_out),
    }


def _agreed(exclusion: Exclusion) -> dict[str, object]:
    return {
        "starts": exclusion.starts.isoformat(),
        "ends": exclusion.ends.isoformat() if exclusion.ends else None,
        "lasts_seconds": exclusion.lasts_seconds,
        "rrule": exclusion.rrule,
        "timezone": exclusion.zone,
        "approved_by": exclusion.approved_by,
        "ticket": exclusion.ticket,
        "file": exclusion.file,
        "line": exclusion.line,
    }


def _used(one: Used) -> dict[str, object]:
    return {
        "slo": one.slo,
        "used_seconds": one.used_seconds,
        "planned_seconds": one.planned_seconds,
        "left_out": _left_out(one.left_out),
    }


def _range(found: TimeRange) -> dict[str, str]:
    return {"start": instant(found.start), "end": instant(found.end)}


def _left_out(found: Iterable[LeftOut] | None) -> list[dict[str, object]] | None:
    if found is None:
        return None
    return [
        {
            "slo": one.slo,
            "group": dict(one.group),
            "good": number(one.good),
            "bad": number(one.bad),
            "total": number(one.total),
        }
        for one in found
    ]


def register_text(register: Register) -> RenderableType:
    """
    All of it, to be printed with rich.

    Where a terminal has no room for everything, what is needed least is left out.
    """
    if not register.exclusions:
        return Text("There are no exclusions.")
    start, end = (f"{civil.wall_at(edge, 'UTC'):%Y-%m-%d %H:%M}" for edge in (register.span.start, register.span.end))
    parts: list[RenderableType] = [
        Text(f"Exclusions from {start} to {end} UTC", "bold"),
        _ExclusionsTable(register),
        Text("\nTime by SLO, overlaps counted once", "bold"),
        _slos_table(register),
    ]
    if any(one.left_out for one in register.exclusions):
        parts += [Text("\nLeft out by each exclusion alone", "bold"), _worth_table(register)]
    return Group(*parts)


def _state(one: Registered) -> Text:
    if one.active:
        return Text("active", "yellow")
    return Text("over", "dim") if one.over else Text("planned")


def _when(one: Registered, now: int) -> str:
    """Until when it is active, or when it happens next, by its own clock."""
    if one.active:
        under_way = one.exclusion.occurrences(TimeRange(now, now + 1))
        return f"until {_shown(max(found.end for found in under_way), one.exclusion.zone)}"
    return _shown(one.following.start, one.exclusion.zone) if one.following else figures.UNKNOWN


def _shown(at: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at, civil.zone_info(zone)):%Y-%m-%d %H:%M %Z}"


_COLUMNS: dict[str, Callable[[Registered, int], str | Text]] = {
    "Reason": lambda one, _: one.exclusion.reason,
    "For": lambda one, _: ", ".join(one.exclusion.slos) or one.service,
    "State": lambda one, _: _state(one),
    "When": _when,
    "Times": lambda one, _: str(len(one.occurrences)),
    "Used": lambda one, _: format_seconds(one.used_seconds),
    "Planned": lambda one, _: format_seconds(one.planned_seconds),
    "Approved by": lambda one, _: one.exclusion.approved_by or figures.UNKNOWN,
    "Ticket": lambda one, _: one.exclusion.ticket or figures.UNKNOWN,
    "Defined": lambda one, _: f"{one.exclusion.file}:{one.exclusion.line}",
}

_NUMBERS = ("Times", "Used", "Planned")
_LEAST_NEEDED = ("Defined", "Times", "Planned", "Approved by", "Ticket", "For")


class _ExclusionsTable:
    """One row for each exclusion."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay it out for *console*."""
        headings = list(_COLUMNS)
        for heading in _LEAST_NEEDED:
            needed = Measurement.get(console, options.update(width=_ROOM), self._table(headings)).maximum
            if needed <= options.max_width:
                break
            headings.remove(heading)
        yield self._table(headings)

    def _table(self, headings: Sequence[str]) -> Table:
        table = _table({heading: heading in _NUMBERS for heading in headings})
        for one in self._register.exclusions:
            table.add_row(*_plain(*(_COLUMNS[heading](one, self._register.now) for heading in headings)))
        return table


def _slos_table(register: Register) -> Table:
    appraised = any(one.left_out for one in register.slos)
    counts = {"Bad left out": True, "Events left out": True} if appraised else {}
    table = _table({"SLO": False, "Used": True, "Planned": True, **counts})
    for one in register.slos:
        times = format_seconds(one.used_seconds), format_seconds(one.planned_seconds)
        for found in one.left_out or (None,):
            name = one.slo if found is None else titled(one.slo, found.group)
            table.add_row(*_plain(name, *times, *(_counts(found) if appraised else ())))
    return table


def _worth_table(register: Register) -> Table:
    table = _table({"Reason": False, "SLO": False, "Bad": True, "Events": True})
    for one in register.exclusions:
        for found in one.left_out or ():
            table.add_row(*_plain(one.exclusion.reason, titled(found.slo, found.group), *_counts(found)))
    return table


def _counts(found: LeftOut | None) -> tuple[str, str]:
    if found is None:
        return figures.UNKNOWN, figures.UNKNOWN
    return figures.count(found.bad), figures.count(found.total)


def _table(headings: Mapping[str, bool]) -> Table:
    """A table without rows; *headings* tells of each column whether it holds numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading, is_number in headings.items():
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    return table


def _plain(*cells: str | Text) -> list[Text]:
    """*cells* as they are, on one line and without what a terminal would obey."""
    return [cell if isinstance(cell, Text) else Text(_printable(cell)) for cell in cells]


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)
