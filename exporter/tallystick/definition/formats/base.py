"""What a format of another tool is, and what reading a document of it gives."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tallystick.definition import node
from tallystick.definition.problem import Problem


@dataclass(slots=True)
class Reading:
    """
    One document of another tool, as ours.

    Attributes:
        root: the document.
        words: what our keys are called in it, for messages.
        documents: nodes of our format that say the same, each a document of its own; none, if it could not be read.
        problems: why it could not, or not quite; in words of that tool already.
        notes: where it means something other here than there; each kind has its section in ``docs/formats.md``.
        fallback: by key, what its SLOs say where nothing else does, defaults of folders and tiers included.
    """

    root: node.Mapping
    words: Mapping[str, str]
    documents: list[node.Mapping] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    fallback: dict[str, node.Node] = field(default_factory=dict)


def _never(_root: node.Mapping) -> None:
    """Of formats whose documents refer to one another nobody knows beforehand."""


@dataclass(frozen=True, slots=True)
class Reader:
    """
    How documents of another tool are read.

    Attributes:
        read: reads all documents of a format that there are; gives one reading for each, in any order.
        alone: where a document has its `service` and `slos`, if it can be read without any other; None if it may not.
    """

    read: Callable[[Sequence[node.Mapping]], Iterable[Reading]]
    alone: Callable[[node.Mapping], node.Mapping | None] = _never


@dataclass(frozen=True, slots=True)
class Format:
    """
    A format of another tool.

    Attributes:
        name: the tool's name, and if it has several formats which of them.
        owns: whether a document is of this format, by what it says of itself.
        reader: gives what reads its documents, which is imported only then.
    """

    name: str
    owns: Callable[[node.Mapping], bool]
    reader: Callable[[], Reader]
