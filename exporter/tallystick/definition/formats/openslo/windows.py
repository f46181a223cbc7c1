"""OpenSLO's time windows as ours: rolling ones, and those of the calendar that begin where calendars' own periods do."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from tallystick.core.duration import format_seconds
from tallystick.definition.checks import missing_key, one_of
from tallystick.definition.checks.window import RULE as WINDOW
from tallystick.definition.formats import nodes, notes
from tallystick.definition.formats.base import Reading
from tallystick.definition.formats.openslo.durations import CALENDAR, Shorthand, read_duration
from tallystick.definition.lengths import SHORTEST_WINDOW_SECONDS
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem, show
from tallystick.definition.values import ValueFault

PERIOD = "30d"
"""Where a file says nothing; OpenSLO has no default."""

FEW_SLICES = 100
"""A window with fewer slices than that is mostly a slip: one bad slice of them spends more than a percent."""

_UNITS = {(1, "d"): "day", (1, "w"): "week", (7, "d"): "week", (1, "M"): "month", (1, "Q"): "quarter", (3, "M"): "quarter",
          (1, "Y"): "year", (12, "M"): "year", (4, "Q"): "year"}  # fmt: skip
_START = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})")
_MONDAY = 0


def window(reading: Reading, spec: Mapping) -> dict[str, Node]:
    """The keys of ours that say the window of *spec*: ``window``, and ``timezone`` and ``year_start`` if they matter."""
    listed = spec.get("timeWindow")
    items = listed.items if isinstance(listed, Sequence) else []
    if not items:
        place = spec.key("timeWindow") if "timeWindow" in spec.entries else spec
        reading.problems.append(_none(place))
        reading.fallback["window"] = nodes.text(PERIOD, place)
        return {}
    if len(items) > 1:
        message = "there are several windows, where there may be one"
        reading.problems.append(one_of.RULE.at(items[1].span, message, "write an SLO for each of them"))
    only = items[0]
    assert isinstance(only, Mapping)
    duration = only.get("duration")
    assert isinstance(duration, Scalar)
    try:
        length = read_duration(duration.text)
    except ValueFault as fault:
        reading.problems.append(WINDOW.at(duration.span, f"duration {show(duration.text)} {fault}", fault.hint))
        return {}
    problems = list(_shape(only, duration, length))
    reading.problems += problems
    if any(problem.severity == "error" for problem in problems):
        return {}
    calendar = only.get("calendar")
    if isinstance(calendar, Mapping):
        return _calendar(reading, duration, length, calendar)
    if length.unit in CALENDAR:
        message = f"the last {length.ours}, as a rolling window knows no months"
        reading.notes.append(notes.PERIOD.at(duration.span, message, "write a calendar for the month itself"))
    return {"window": nodes.text(length.ours, duration)}


def _none(place: Node) -> Problem:
    message = f"there is no `timeWindow`; it is the last {PERIOD}, unless defaults say otherwise"
    hint = "add timeWindow: [{duration: 28d, isRolling: true}]"
    return missing_key.RULE.at(place.span, message, hint, severity="warning")


def _shape(only: Mapping, duration: Scalar, length: Shorthand) -> Iterator[Problem]:
    """What does not go together in one window."""
    rolling = nodes.said(only.get("isRolling"))
    is_rolling = (rolling or "").lower() == "true"
    if length.seconds < SHORTEST_WINDOW_SECONDS:
        meant = f"write {length.count}M for {'a month' if length.count == 1 else 'months'}"
        hint = meant if length.unit == "m" and length.count <= 12 else "write for example 28d"  # noqa: PLR2004  # a year
        yield WINDOW.at(
            duration.span,
            f"{show(duration.text)} is {length.count} minute{'s' * (length.count > 1)}, and a window takes an hour at least",
            hint,
        )
    if "calendar" in only.entries:
        if is_rolling:
            message = "a rolling window has no calendar"
            yield one_of.RULE.at(only.key("calendar").span, message, "leave it out, or write isRolling: false")
    elif not is_rolling:
        said = "isRolling" in only.entries
        place = only.key("isRolling") if said else only.key("duration")
        message = (
            "a window that does not roll has no `calendar`" if said else "nothing says whether the window is rolling"
        )
        hint = "add calendar: with startTime and timeZone" if said else "it is taken for rolling: write isRolling: true"
        yield missing_key.RULE.at(place.span, message, hint, severity="error" if said else "warning")


def _calendar(reading: Reading, duration: Scalar, length: Shorthand, calendar: Mapping) -> dict[str, Node]:
    start, zone = calendar.get("startTime"), calendar.get("timeZone")
    assert isinstance(start, Scalar)
    assert isinstance(zone, Scalar)
    entries: dict[str, Node] = {"timezone": nodes.text(zone.text, zone)}
    unit = _UNITS.get((length.count, length.unit))
    if unit is None:
        message = f"calendar periods of {show(duration.text)} are not kept"
        hint = "write 1d, 1w, 1M, 1Q or 1Y, or isRolling: true without a calendar"
        reading.problems.append(WINDOW.at(duration.span, message, hint))
        return entries
    moment = _moment(start.text)
    if moment is None:
        message = f"startTime {show(start.text)} is no date and time"
        reading.problems.append(WINDOW.at(start.span, message, "write for example 2026-01-01 00:00:00"))
        return entries
    day = _first_day(unit, moment)
    if moment.time().isoformat() != "00:00:00" or moment.date() != day:
        where = {"day": "at midnight", "week": "on Mondays at midnight", "month": "on the 1st at midnight"}
        message = f"a {unit} that begins on {moment:%A, %Y-%m-%d at %H:%M} is not kept"
        hint = f"{unit}s begin {where.get(unit, 'at midnight')}: write {day} 00:00:00"
        reading.problems.append(WINDOW.at(start.span, message, hint))
        return entries
    entries["window"] = nodes.text(unit, duration)
    if unit in ("quarter", "year"):
        entries["year_start"] = nodes.text(f"{day:%m-%d}", start)
    return entries


def _moment(text: str) -> datetime | None:
    match = _START.fullmatch(text)
    with suppress(ValueError):
        return datetime.fromisoformat(f"{match[1]}T{match[2]}") if match else None
    return None


def _first_day(unit: str, moment: datetime) -> date:
    """The first day of the *unit* that *moment* is in; of quarters and years any day may be it."""
    day = moment.date()
    if unit == "week":
        return day - timedelta(days=(day.weekday() - _MONDAY) % 7)
    return day.replace(day=1) if unit == "month" else day


def few_slices(spec: Mapping, slice_node: Scalar, slice_seconds: int) -> Problem | None:
    """A warning if the window of *spec* has hardly any slices."""
    duration = next((item.get("duration") for item in nodes.items_of(spec.get("timeWindow"))), None)
    if not isinstance(duration, Scalar):
        return None
    with suppress(ValueFault):
        seconds = read_duration(duration.text).seconds
        if SHORTEST_WINDOW_SECONDS <= seconds < FEW_SLICES * slice_seconds:
            count = seconds // slice_seconds
            message = f"{show(duration.text)} has only {count} slices of {format_seconds(slice_seconds)}"
            hint = f"m is minutes, M months; a window of {FEW_SLICES} slices and more can tell 99%"
            return WINDOW.at(slice_node.span, message, hint, severity="warning")
    return None
