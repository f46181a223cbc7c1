"""rrule: a recurrence that is none, happens too often, or never."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from tallystick.definition.checks.base import Check, look_at
from tallystick.definition.checks.exclusion import zone_of
from tallystick.definition.document import Document, text_of
from tallystick.definition.node import Mapping
from tallystick.definition.problem import Problem, Rule
from tallystick.definition.rrules import read_rrule
from tallystick.definition.values import ValueFault
from tallystick.definition.zones import UTC, read_moment

RULE = Rule("rrule")

_ANY_TIME = datetime(2026, 1, 1)  # noqa: DTZ001  # by any clock
"""Stands for a beginning that can't be read, which is told elsewhere."""


def _find(document: Document) -> Iterator[Problem]:
    for node in document.exclusions:
        read = partial(read_rrule, starts=_starts(node), zone=zone_of(document, node) or UTC)
        yield from look_at(RULE, text_of(node, "rrule"), "rrule", read)


def _starts(node: Mapping) -> datetime:
    written = text_of(node, "starts")
    try:
        return read_moment(written.text) if written else _ANY_TIME
    except ValueFault:
        return _ANY_TIME


CHECK = Check(RULE, _find)
