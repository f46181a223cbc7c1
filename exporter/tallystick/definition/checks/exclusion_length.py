"""exclusion-length: exclusions that leave little or nothing of the time they are agreed for."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from tallystick.core.civil import instant
from tallystick.core.duration import format_seconds
from tallystick.core.exclusion import Exclusion, excluded
from tallystick.core.timerange import DAY_SECONDS, TimeRange, floor_slice
from tallystick.definition.checks.base import Check
from tallystick.definition.checks.exclusion import zone_of
from tallystick.definition.document import Document, text_of
from tallystick.definition.lengths import read_length
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.rrules import read_rrule
from tallystick.definition.values import ValueFault
from tallystick.definition.zones import read_moment

RULE = Rule("exclusion-length", "warning")

MOST_SECONDS = 31 * DAY_SECONDS
"""How long one stretch of agreed time may be before it is asked about."""

_HALF = 0.5


def _find(document: Document) -> Iterator[Problem]:
    for node in document.exclusions:
        with suppress(ValueFault):
            yield from _look_at(document, node)


def _look_at(document: Document, node: Mapping) -> Iterator[Problem]:
    zone = zone_of(document, node)
    if zone is None:
        return
    first, end, lasts, rule = (text_of(node, key) for key in ("from", "to", "lasts", "rrule"))
    if first and end:
        seconds = instant(read_moment(end.text), zone) - instant(read_moment(first.text), zone)
        yield from _too_long(end, seconds)
    elif lasts and rule and (starts := text_of(node, "starts")):
        yield from _too_often(rule, read_length(lasts.text), read_moment(starts.text), zone)
    elif lasts:
        yield from _too_long(lasts, read_length(lasts.text))


def _too_long(place: Scalar, seconds: float) -> Iterator[Problem]:
    if seconds > MOST_SECONDS:
        message = f"this takes {format_seconds(int(seconds))} out at once; all that time nobody is paged"
        yield RULE.at(place.span, message, "is the year right? A service that is retired has `alerting` switched off")


def _too_often(rule: Scalar, lasts: int, starts: datetime, zone: str) -> Iterator[Problem]:
    """A recurrence that covers most of the time: of its first four weeks, by which every usual one repeats."""
    one = Exclusion(reason="", starts=starts, lasts_seconds=lasts, rrule=read_rrule(rule.text, starts, zone), zone=zone)
    begins = floor_slice(int(instant(starts, zone)))
    weeks = TimeRange(begins, begins + 28 * DAY_SECONDS)
    share = sum(part.seconds for part in excluded([one], weeks)) / weeks.seconds
    if share > _HALF:
        message = f"this takes {share:.0%} of the time out: it is hardly ever over before it begins again"
        yield RULE.at(rule.span, message, "write a shorter `lasts`, or a rule that comes less often")


CHECK = Check(RULE, _find)
