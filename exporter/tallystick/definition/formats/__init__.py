"""
Definitions of other tools, read as they stand.

Each format is a room of its own: it says which documents are its, looks at their shape, and writes them anew as nodes of our
format whose places are those of the original text. From there on they are documents like any other: the same checks look at
them, and their problems are told where the user wrote them, in the words of that tool.
"""

from collections import defaultdict
from collections.abc import Iterable

from tallystick.definition.formats import notes, owners
from tallystick.definition.formats.base import Format, Reader, Reading
from tallystick.definition.node import Mapping


def _sloth() -> Reader:
    from tallystick.definition.formats.sloth import READER  # noqa: PLC0415  # who has no such files does not pay for it

    return READER


def _pyrra() -> Reader:
    from tallystick.definition.formats.pyrra import READER  # noqa: PLC0415  # likewise

    return READER


def _openslo() -> Reader:
    from tallystick.definition.formats.openslo import READER  # noqa: PLC0415  # likewise

    return READER


def _slo_generator() -> Reader:
    from tallystick.definition.formats.slo_generator import READER  # noqa: PLC0415  # likewise

    return READER


FORMATS = (
    Format("Sloth", owners.is_of_sloth, _sloth),
    Format("Pyrra", owners.is_of_pyrra, _pyrra),
    Format("OpenSLO", owners.is_of_openslo, _openslo),
    Format("slo-generator", owners.is_of_slo_generator, _slo_generator),
)
"""Every format that is read beside our own."""

NOTES = notes.NOTES
"""Every kind of note there is."""


def format_of(root: Mapping) -> Format | None:
    """The other tool that *root* is a definition for, None if it is none that is read here."""
    return next((one for one in FORMATS if one.owns(root)), None)


def read_foreign(roots: Iterable[Mapping]) -> list[Reading]:
    """What documents of other tools say, all of a format together, as they may refer to one another."""
    found: dict[str, list[Mapping]] = defaultdict(list)
    for root in roots:
        if owner := format_of(root):
            found[owner.name].append(root)
    return [reading for one in FORMATS if one.name in found for reading in one.reader().read(found[one.name])]
