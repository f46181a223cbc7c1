"""exclusion: time that can't be taken out as it is written."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from tallystick.core.civil import instant
from tallystick.definition.catalogue import Catalogue
from tallystick.definition.checks.base import Check, look_at, of_no_service, unknown_slo
from tallystick.definition.document import Document, text_of
from tallystick.definition.lengths import read_length
from tallystick.definition.node import Mapping, Scalar, Sequence, scalars
from tallystick.definition.problem import Problem, Rule, show
from tallystick.definition.values import ValueFault
from tallystick.definition.zones import UTC, oddity_of, read_moment, read_zone

RULE = Rule("exclusion", may_warn=True)

_MOMENTS = ("from", "to", "starts")
_ONCE, _RECURRING = ("from", "to"), ("starts", "lasts")
_FORMS = "write `from` and `to`, or `starts` and `lasts`"


def _find(document: Document) -> Iterator[Problem]:
    for node in document.exclusions:
        yield from _form(node)
        for key in _MOMENTS:
            yield from look_at(RULE, text_of(node, key), f"`{key}`", read_moment)
        yield from look_at(RULE, text_of(node, "lasts"), "`lasts`", read_length)
        zone = zone_of(document, node)
        if zone is not None:
            yield from _clock(node, _moments(node), zone)


def zone_of(document: Document, node: Mapping) -> str | None:
    """The zone of an exclusion, else the document's, else UTC; None if that is no zone."""
    written = node.get("timezone") or document.node.get("timezone")
    try:
        return read_zone(written.text) if isinstance(written, Scalar) else UTC
    except ValueFault:
        return None


def _form(node: Mapping) -> Iterator[Problem]:
    """It happens once, or is given by its beginning and its length; not both, and not half of one."""
    once = [key for key in _ONCE if key in node.entries]
    recurring = [key for key in _RECURRING if key in node.entries]
    if once and recurring:
        key = node.key(recurring[0])
        yield RULE.at(key.span, f"`{once[0]}` and `{recurring[0]}` do not go together", _FORMS)
    elif once and "rrule" in node.entries:
        hint = "write `starts` and `lasts` in place of `from` and `to`"
        yield RULE.at(node.key("rrule").span, "what happens again has no one end", hint)
    elif not once and not recurring:
        first = next((key for key, _ in node.entries.values()), None)
        yield RULE.at((first or node).span, "this exclusion says no time", _FORMS)
    elif len(once) + len(recurring) == 1:
        there = (once or recurring)[0]
        other = next(key for pair in (_ONCE, _RECURRING) if there in pair for key in pair if key != there)
        yield RULE.at(node.key(there).span, f"this exclusion has `{there}`, but no `{other}`", _FORMS)


def _moments(node: Mapping) -> dict[str, datetime]:
    """The times that are written as they should be, by key."""
    found: dict[str, datetime] = {}
    for key in _MOMENTS:
        written = text_of(node, key)
        with suppress(ValueFault):
            if written:
                found[key] = read_moment(written.text)
    return found


def _clock(node: Mapping, moments: dict[str, datetime], zone: str) -> Iterator[Problem]:
    """What follows from the zone's clock: odd times, and an end that is none."""
    for key, moment in moments.items():
        written = text_of(node, key)
        if written and (odd := oddity_of(moment, zone)):
            yield RULE.at(written.span, f"`{key}` {show(written.text)} {odd}", "", severity="warning")
    end = text_of(node, "to")
    if end and "from" in moments and "to" in moments and instant(moments["to"], zone) <= instant(moments["from"], zone):
        yield RULE.at(end.span, f"`to` {show(end.text)} is not after `from`", "write the later time as `to`")


def find(catalogue: Catalogue) -> Iterator[Problem]:
    """Names of SLOs that the service does not have."""
    for document in catalogue.documents:
        service = document.service
        if document.exclusions and (problem := of_no_service(RULE, catalogue, document)):
            yield problem
            continue
        for node in document.exclusions if service else ():
            named = node.get("slos")
            if isinstance(named, Sequence) and not named.items:
                hint = "leave it out: an exclusion without `slos` is for the whole service"
                yield RULE.at(named.span, "`slos` is an empty list", hint)
            for one in scalars(named):
                if service and one.kind == "text" and catalogue.of_service(service.text, one.text) is None:
                    hint = "write the name of one of its SLOs, or leave `slos` out for all"
                    yield unknown_slo(RULE, catalogue, service.text, one, hint)


CHECK = Check(RULE, _find)
