"""What is drawn with rich, on a terminal or into a file."""

from rich.console import Console, RenderableType

_WIDE = 10_000
"""Cells of a line that is written to a file: all that there is to write."""


def print_whole(text: RenderableType) -> None:
    """Print *text* as wide as the terminal is; without one there is no width to fit into."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    console.print(text)
