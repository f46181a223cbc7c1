"""
One mapping laid under another: what the upper one does not say is taken from the lower.

It is done with what is written, before anything of it is read, so that a problem is told where its text stands.
"""

from collections.abc import Collection

from tallystick.definition.document import mapping_of, text_of
from tallystick.definition.node import Mapping, Node, Scalar

Entries = dict[str, tuple[Scalar, Node]]

ALERTING = "alerting"
SEVERITIES = ("page", "ticket")

_OF_PARTS = {"budgeting", "no_data"}
"""Keys that a composite has not: they are about its parts."""

_SLICED = {"slice": ("timeslices", "ratio_timeslices"), "slice_target": ("timeslices",)}
"""Keys that mean something with some ways of budgeting alone."""


def lay_under(own: Mapping, said: Mapping, keys: Collection[str]) -> None:
    """
    Give *own* what of *keys* is in *said* and not in it.

    Mappings are merged key by key, at any depth; lists and single values are taken as a whole.
    """
    for name, (key, value) in said.entries.items():
        if name not in keys:
            continue
        there = own.get(name)
        if name not in own.entries:
            own.entries[name] = (key, value)
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            lower = _for_alerting(there, value) if name == ALERTING else value
            own.entries[name] = (own.key(name), merged(there, lower))


def merged(own: Mapping, said: Mapping) -> Mapping:
    """*own*, with what only *said* has."""
    entries: Entries = dict(own.entries)
    for name, (key, value) in said.entries.items():
        there = own.get(name)
        if there is None:
            entries[name] = (key, value)
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            entries[name] = (own.key(name), merged(there, value))
    return Mapping(own.source, own.start, own.end, entries)


def _for_alerting(own: Mapping, said: Mapping) -> Mapping:
    """What *said* says of alerting, without what an SLO's *own* words on both severities overrule."""
    entries: Entries = {
        name: (key, _without(value, own) if name in SEVERITIES and isinstance(value, Mapping) else value)
        for name, (key, value) in said.entries.items()
    }
    return Mapping(said.source, said.start, said.end, entries)


def _without(notice: Mapping, own: Mapping) -> Mapping:
    """What is said of one severity, without what an SLO's *own* ``alerting`` says of both."""
    entries: Entries = {}
    for name, (key, value) in notice.entries.items():
        there = own.get(name)
        if there is None:
            entries[name] = (key, value)
        elif isinstance(there, Mapping) and isinstance(value, Mapping):  # labels and annotations, one by one
            rest = {inner: pair for inner, pair in value.entries.items() if inner not in there.entries}
            entries[name] = (key, Mapping(value.source, value.start, value.end, rest))
    return Mapping(notice.source, notice.start, notice.end, entries)


def drop_idle(slo: Mapping, own: Collection[str]) -> None:
    """
    Take from *slo* what was laid under it and means nothing with its way of budgeting, or with a composite.

    Args:
        slo: an SLO with all its layers.
        own: the keys it has itself; they stay, and are a mistake where they mean nothing.
    """
    sli = mapping_of(slo, "sli")
    if sli and "composite" in sli.entries:
        for key in _OF_PARTS - set(own):
            slo.entries.pop(key, None)
    method = text_of(slo, "budgeting")
    for key, methods in _SLICED.items():
        if key not in own and (method.text if method else "occurrences") not in methods:
            slo.entries.pop(key, None)
