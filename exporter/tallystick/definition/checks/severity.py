"""severity: pages and tickets carry the same severity, so Alertmanager can't tell them apart."""

from collections.abc import Iterator

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, Entry, mapping_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule, show

RULE = Rule("severity", "warning")


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        nodes = {severity: _severity_label(entry, severity) for severity in ("page", "ticket")}
        page = nodes["page"].text if nodes["page"] else "page"
        ticket = nodes["ticket"].text if nodes["ticket"] else "ticket"
        place = nodes["ticket"] or nodes["page"]
        if page == ticket and place is not None and _enabled(entry, "page") and _enabled(entry, "ticket"):
            message = f"pages and tickets both have severity {show(page)}"
            yield RULE.at(place.span, message, "give them different ones, so that only pages wake somebody")


def _severity_label(entry: Entry, severity: str) -> Scalar | None:
    notice = entry.notice(severity)
    labels = mapping_of(notice, "labels") if notice else None
    node = labels.get("severity") if labels else None
    return node if isinstance(node, Scalar) else None


def _enabled(entry: Entry, severity: str) -> bool:
    notice: Mapping | None = entry.notice(severity)
    node = notice.get("enabled") if notice else None
    return not (isinstance(node, Scalar) and node.kind == "bool" and node.text.lower() == "false")


CHECK = Check(RULE, _find)
