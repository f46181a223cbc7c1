"""Words for people, as several commands print them."""

import sys

import click


def count(number: int, word: str) -> str:
    """``1 SLO``, ``1,000 SLOs``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """Print *text*; what the terminal's encoding does not have is written as an escape, not as a traceback."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding))
