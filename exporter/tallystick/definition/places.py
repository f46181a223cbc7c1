"""Where to point at when an SLO that is right as it is written turns out not to do in practice."""

from tallystick.core.alerting import Severity
from tallystick.definition.document import Entry
from tallystick.definition.node import Mapping, Node, Scalar, Sequence
from tallystick.definition.source import Span


def _own(entry: Entry, node: Node | None) -> Span | None:
    """Where *node* is, if that is in *entry*: what stands in a tier, or at an anchor, is said of several SLOs."""
    if node is None or node.source is not entry.node.source:
        return None
    return node.span if entry.node.start <= node.start and node.end <= entry.node.end else None


def about(entry: Entry, node: Node) -> str:
    """The id of *entry*, if *node* is not in it: what stands in a tier or another default is said of several SLOs."""
    return "" if _own(entry, node) else entry.slo_id or ""


def name_of(entry: Entry) -> Span:
    """The SLO's name."""
    return entry.name.span if entry.name else entry.node.span


def alerting_of(entry: Entry, *keys: str) -> Span:
    """The value of the first of *keys* that ``alerting`` has; the SLO's name if it says none of them itself."""
    found = (entry.alerting.get(key) if entry.alerting else None for key in keys)
    first = next((node for node in found if node is not None), None)
    return _own(entry, first) or name_of(entry)


def short_of(entry: Entry, severity: Severity, index: int) -> Span:
    """The short window of the pair number *index* of *severity*; the SLO's name where it does not write them itself."""
    pairs = _pairs(entry, severity)
    if index >= len(pairs):
        return name_of(entry)
    return _own(entry, pairs[index].get("short") or pairs[index].get("in")) or name_of(entry)


def _pairs(entry: Entry, severity: Severity) -> list[Mapping]:
    """The pairs as they are written, in the order of `tallystick.core.alerting.Alerting.policies`."""
    notice = entry.notice(severity)
    own = notice.get("burn") if notice else None
    if isinstance(own, Sequence):
        return [node for node in own.items if isinstance(node, Mapping)]
    both = entry.alerting.get("burn") if entry.alerting else None
    listed = both.items if isinstance(both, Sequence) else []
    return [node for node in listed if isinstance(node, Mapping) and _is_of(node, severity)]


def _is_of(node: Mapping, severity: Severity) -> bool:
    told = node.get("severity")
    return isinstance(told, Scalar) and told.text == severity
