"""
Templates: one definition, filled in with each row of ``for_each``.

At the top of a document each row makes a service, at an entry of ``slos`` an SLO. Values take the place of references in the
tree that was read, so that none of them can become YAML or leave the string of PromQL it stands in. What is made has the
template's places, and knows its row; a value that is the whole of a reference's text keeps its own.
"""

from collections.abc import Iterator

from tallystick.core.selector import escape_regex
from tallystick.definition.checks import for_each, too_large
from tallystick.definition.compose import MAX_NODES
from tallystick.definition.document import QUERIES
from tallystick.definition.node import Filled, Mapping, Node, Scalar, Sequence
from tallystick.definition.problem import Problem
from tallystick.definition.references import Place, Reference, escaped, is_plain, places_in, references_in
from tallystick.definition.rows import Filling, read_table
from tallystick.definition.source import Span

MAX_CHARACTERS = 100_000_000
"""Characters that all values of one document may put into texts."""

KEY = "for_each"
REGEX = "regex"

Path = tuple[str, ...]
"""Keys from the top, without places in lists."""


class _TooMuch(Exception):  # noqa: N818  # it ends one document's filling in, and never leaves this module
    pass


def expand(root: Mapping, *, is_whole: bool = True) -> tuple[list[Mapping], list[Problem]]:
    """
    Fill in *root*, a document.

    Args:
        root: what is written.
        is_whole: whether all of it could be read; else a value that nothing refers to may be referred to in what could not.

    Returns:
        What it makes: itself, if it is no template; nothing, if there are problems. And the problems.
    """
    keys = _keys_in(root)
    if not keys:
        return [root], []
    expander = _Expander(is_whole=is_whole)
    try:
        made = expander.documents(root)
    except _TooMuch:
        return [], [too_large.too_much_filled_in(keys[0].span, MAX_NODES, MAX_CHARACTERS)]
    expander.problems += (for_each.in_row(key) for document in made for key in _keys_in(document))
    return ([], expander.problems) if expander.problems else (made, [])


def _keys_in(root: Mapping) -> list[Scalar]:
    """Where *root* and its SLOs have rows."""
    slos = root.get("slos")
    entries = slos.items if isinstance(slos, Sequence) else []
    return [node.key(KEY) for node in (root, *entries) if isinstance(node, Mapping) and KEY in node.entries]


class _Expander:
    """Fills in one document."""

    def __init__(self, *, is_whole: bool) -> None:
        self.is_whole = is_whole
        self.problems: list[Problem] = []
        self.lacking: set[tuple[Scalar, int, str]] = set()
        self.nodes = 0
        self.characters = 0

    def documents(self, root: Mapping) -> list[Mapping]:
        """All documents that *root* makes."""
        if KEY not in root.entries:
            slos = {"slos": (root.key("slos"), self.slos(root.entries["slos"][1], None))}
            return [Mapping(root.source, root.start, root.end, root.entries | slos)]
        return list(self.rows(root, None, ()))

    def rows(self, template: Mapping, outer: Filling | None, path: Path) -> Iterator[Mapping]:
        """*template*, at *path*, with each of its rows."""
        key, node = template.entries[KEY]
        before = len(self.problems)
        table, problems = read_table(key, self.copy(node, outer, (KEY,)) if outer else node, outer)
        self.problems += problems
        if table is None:
            return
        for filling in table.fillings(template.source, outer):
            yield self.mapping(template, filling, path)
        if self.is_whole and len(self.problems) == before:  # else a reference may be misspelt, which is told
            self.problems += (for_each.unused(key) for name, key in table.names.items() if name not in table.used)

    def slos(self, node: Node, filling: Filling | None) -> Node:
        """The list of SLOs *node*, with those that have rows filled in."""
        if not isinstance(node, Sequence):
            return self.copy(node, filling, ("slos",)) if filling else node
        items: list[Node] = []
        for item in node.items:
            if isinstance(item, Mapping) and KEY in item.entries:
                items += self.rows(item, filling, ("slos",))
            else:
                items.append(self.copy(item, filling, ("slos",)) if filling else item)
        return Sequence(filling.source if filling else node.source, node.start, node.end, items)

    def mapping(self, node: Mapping, filling: Filling, path: Path) -> Mapping:
        """*node* without its rows, filled in."""
        self.count()
        entries: dict[str, tuple[Scalar, Node]] = {}
        for name, (key, value) in node.entries.items():
            if name == KEY and path in ((), ("slos",)):
                continue
            if any(reference.name for reference in references_in(name)):
                self.problems.append(for_each.in_key(key))
            inner = (*path, name)
            made = self.slos(value, filling) if inner == ("slos",) else self.copy(value, filling, inner)
            entries[name] = (Scalar(filling.source, key.start, key.end, key.text, key.kind), made)
        return Mapping(filling.source, node.start, node.end, entries)

    def copy(self, node: Node, filling: Filling, path: Path) -> Node:
        """*node* at *path*, filled in."""
        if isinstance(node, Mapping):
            return self.mapping(node, filling, path)
        self.count()
        if isinstance(node, Sequence):
            items = [self.copy(item, filling, path) for item in node.items]
            return Sequence(filling.source, node.start, node.end, items)
        references = list(references_in(node.text)) if node.kind == "text" and "{{" in node.text else []
        if not references:
            return Scalar(filling.source, node.start, node.end, node.text, node.kind)
        if len(references) == 1 and _is_whole(references[0], node.text):
            return self.value(references[0], node, filling) or node
        is_promql = path[:1] == ("slos",) and path[1:2] == ("sli",) and path[2:] in QUERIES
        places = places_in(node.text, references) if is_promql else [None] * len(references)
        text, at = "", 0
        for reference, place in zip(references, places, strict=True):
            piece = node.text[at : reference.start]
            piece += reference.literal or self.piece(reference, node, filling, place)
            self.count(len(piece))
            text += piece
            at = reference.end
        return Filled(filling.source, node.start, node.end, text + node.text[at:], "text")

    def value(self, reference: Reference, node: Scalar, filling: Filling) -> Node | None:
        """What *reference* in *node* refers to; None, and a problem, if there is nothing."""
        name = reference.name
        holder = next((one for one in filling.all if name in one.table.names), None)
        if holder is None:
            known = [known for one in filling.all for known in one.table.names]
            self.problems.append(for_each.unknown(node.part(reference.start, reference.end), name, known))
            return None
        holder.table.used.add(name)
        found = holder.node.get(name)
        if found is None:
            line, _ = node.source.position(node.start)
            lacking = (holder.table.key, holder.row.number, name)
            if lacking not in self.lacking:
                self.problems.append(for_each.missing(holder.node, holder.row, name, line))
            self.lacking.add(lacking)
            return None
        return self.own(found)

    def own(self, node: Node) -> Node:
        """A value of a row as it stands; what has parts is made anew, as layers are laid under it."""
        self.count()
        match node:
            case Mapping():
                entries = {name: (key, self.own(value)) for name, (key, value) in node.entries.items()}
                return Mapping(node.source, node.start, node.end, entries)
            case Sequence():
                return Sequence(node.source, node.start, node.end, [self.own(item) for item in node.items])
        return node

    def piece(self, reference: Reference, node: Scalar, filling: Filling, place: Place | None) -> str:
        """The text that takes the place of *reference* in *node*, which is PromQL if there is a *place*."""
        span = node.part(reference.start, reference.end)
        here = Span(filling.source, span.start, span.end)
        value = self.value(reference, node, filling)
        if value is None:
            return ""
        if not isinstance(value, Scalar) or value.kind == "null":
            self.problems.append(for_each.no_text(here, reference.name, value))
            return ""
        if reference.filter:
            fault = _filter_fault(reference, place, span)
            if fault:
                self.problems.append(fault)
                return ""
        text = escape_regex(value.text) if reference.filter else value.text
        if place is None:
            return text
        if place.is_escaped:
            self.problems.append(for_each.after_backslash(span, reference.name))
        if not place.quote:
            if not is_plain(text):
                self.problems.append(for_each.not_plain(here, reference.name, text))
            return text
        inside = escaped(text, place.quote)
        if inside is None:
            self.problems.append(for_each.not_raw(here, reference.name, text))
        return inside or ""

    def count(self, characters: int = 0) -> None:
        """Stop at more nodes than a file may have, or at more text than anybody reads."""
        self.nodes += 1
        self.characters += characters
        if self.nodes > MAX_NODES or self.characters > MAX_CHARACTERS:
            raise _TooMuch


def _is_whole(reference: Reference, text: str) -> bool:
    return bool(reference.name and not reference.filter) and text.strip() == text[reference.start : reference.end]


def _filter_fault(reference: Reference, place: Place | None, span: Span) -> Problem | None:
    if reference.filter != REGEX:
        return for_each.unknown_filter(span, reference.filter)
    return None if place and place.is_pattern else for_each.regex_elsewhere(span)
