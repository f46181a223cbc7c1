"""one-of: an indicator is none, or several, of the kinds it can be."""

from collections.abc import Iterator, Sequence

from tallystick.definition.checks.base import Check
from tallystick.definition.document import SLI_KINDS, Document, mapping_of
from tallystick.definition.node import Mapping, Scalar
from tallystick.definition.problem import Problem, Rule

RULE = Rule("one-of")

_FEW = 2
"""Choices that are named again in a hint."""


def _find(document: Document) -> Iterator[Problem]:
    for entry in document.entries:
        sli = mapping_of(entry.node, "sli")
        if sli is None:
            continue
        yield from _exactly_one(sli, entry.node.key("sli"), SLI_KINDS, alone=True)
        if events := mapping_of(sli, "events"):
            yield from _exactly_one(events, sli.key("events"), ("good", "bad"), alone=False)
        if ratio := mapping_of(sli, "ratio"):
            yield from _exactly_one(ratio, sli.key("ratio"), ("error", "success"), alone=False)


def _exactly_one(mapping: Mapping, key: Scalar, choices: Sequence[str], *, alone: bool) -> Iterator[Problem]:
    """*mapping*, the value of *key*, has one of *choices*; *alone*: other keys in it are meant to be one of them."""
    names = "one of them" if len(choices) > _FEW else " or ".join(f"`{choice}`" for choice in choices)
    there = [mapping.key(choice) for choice in choices if choice in mapping.entries]
    if len(there) > 1:
        first, second = there[0].text, there[1].text
        yield RULE.at(
            there[1].span,
            f"`{key.text}` has both `{first}` and `{second}`",
            f"keep one: {names}" if len(choices) <= _FEW else "keep one of the two",
        )
    elif not there and not (alone and mapping.entries) and not _misspelt(mapping, choices):
        listed = [f"`{choice}`" for choice in choices]
        none = f"none of {', '.join(listed)}" if len(choices) > _FEW else f"neither {' nor '.join(listed)}"
        yield RULE.at(key.span, f"`{key.text}` has {none}", f"add {names}")


def _misspelt(mapping: Mapping, choices: Sequence[str]) -> bool:
    """Whether a key that is not known stands for one of *choices*; that it is not known is told already."""
    return any(key not in choices and key not in ("total", "by") for key in mapping.entries)


CHECK = Check(RULE, _find)
