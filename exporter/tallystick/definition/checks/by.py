"""by: a label that can't tell the groups of an SLO apart."""

import re
from collections.abc import Iterator

from tallystick.core.selector import MatchOp
from tallystick.definition.checks.base import Check
from tallystick.definition.checks.label import RESERVED
from tallystick.definition.document import Document, Entry
from tallystick.definition.fields import LABEL_PATTERN
from tallystick.definition.node import Scalar, Sequence
from tallystick.definition.problem import Problem, Rule, quoted, show

RULE = Rule("by")

_PATTERN = re.compile(LABEL_PATTERN, re.ASCII)
_OWN = RESERVED | {"severity"}


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        for sli in entry.slis.values():
            by = sli.get("by")
            if isinstance(by, Sequence) and not by.items:
                yield RULE.at(by.span, "`by` is an empty list", "name a label, or leave it out")
        seen: set[str] = set()
        for node in entry.by:
            if node.text in seen:
                yield RULE.at(node.span, f"{show(node.text)} is there twice", "keep one of the two")
            elif fault := _fault(entry, node):
                yield RULE.at(node.span, *fault)
            seen.add(node.text)


def _fault(entry: Entry, node: Scalar) -> tuple[str, str] | None:
    label = node.text
    if not _PATTERN.fullmatch(label) or label.startswith("__"):
        return f"{quoted(label)} can't be the name of a label", "write letters, digits and _, no digit first"
    if label == "le":
        return "le is the bound of a bucket, not of a group", "leave it out"
    if label in _OWN:
        return (
            f"label {label} is set by tallystick itself",
            "give the series' label another name (metric_relabel_configs)",
        )
    for site in entry.sites:
        for selected in site.query.selected if site.reduced else ():
            pinned = [one for one in selected.matchers if one.label == label and one.op is MatchOp.EQUAL]
            if pinned:
                message = f"`{site.field}` has {show(pinned[0].promql)}, so there is one group"
                return message, f"leave {label} out of `by`, or out of the selector"
    return None


CHECK = Check(RULE, _find)
