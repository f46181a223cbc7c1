"""Text from outside in Markdown, as GitHub and GitLab read it, and how much of it fits into a comment."""

import re

MOST_BYTES = 60_000
"""Of a comment. GitHub takes 65,536 characters; bytes are never fewer."""

MOST_SHOWN = 300
"""How much of one text is shown, in characters."""

_PLAIN = re.compile(r"[^`|\\]+")
_MARKS = re.compile(r"[^\w ]|_")


def code(text: str) -> str:
    """
    *text* as code, whatever is in it.

    In a code span nothing is markup, nobody is mentioned and nothing is linked. What could end one, or a table's cell, is
    written as character references instead, which Markdown never takes for markup.
    """
    flat = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if len(flat) > MOST_SHOWN:
        flat = flat[: MOST_SHOWN - 1] + "…"
    if not flat:
        return "*nothing*"
    if _PLAIN.fullmatch(flat):
        return f"`{flat}`"
    return f"<code>{_MARKS.sub(lambda mark: f'&#{ord(mark[0])};', flat)}</code>"


def table(headings: list[str], rows: list[list[str]]) -> list[str]:
    """A table's lines, of cells that are Markdown already; a heading that ends in ``>`` is of numbers."""
    marks = ["---:" if heading.endswith(">") else "---" for heading in headings]
    lines = [[heading.removesuffix(">") for heading in headings], marks, *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
