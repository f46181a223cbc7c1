"""too-large: a file is larger, deeper or, with its aliases written out, longer than any definition needs to be."""

from tallystick.definition.problem import Problem, Rule
from tallystick.definition.source import Span

RULE = Rule("too-large")


def too_deep(span: Span, levels: int) -> Problem:
    """Nesting without end."""
    return RULE.at(span, f"nested deeper than {levels} levels", "a definition has seven")


def too_many_nodes(span: Span, nodes: int) -> Problem:
    """Aliases of aliases of aliases."""
    return RULE.at(span, f"more than {nodes:,} values, aliases written out", "split the file, or use fewer aliases")


def too_much_filled_in(span: Span, nodes: int, characters: int) -> Problem:
    """Rows of rows, or a long text in many of them."""
    message = f"more than {nodes:,} values or {characters:,} characters, with all rows filled in"
    return RULE.at(span, message, "split the rows over several files")


def too_many_bytes(file: str, size: int) -> Problem:
    """A file that nobody wrote."""
    return RULE.of_file(file, f"larger than {size // 1024**2} MiB", "split the file")
