"""
Text inside the templates of Prometheus' alerts.

Labels and annotations of alerts are Go templates. A stray ``{{`` in one of them keeps Prometheus from loading the whole
file, so text of a definition is inserted as a literal.
"""

import re

from tallystick.core.template import REFERENCE

_LITERAL = re.compile(r"\{\{|\{\Z")

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What YAML can't hold as it is: control characters, its other line breaks, lone surrogates, a byte order mark."""


def literal(text: str) -> str:
    """
    A template that prints *text*.

    A ``{`` at the end is covered too: the template that comes after it may begin with ``{{``.
    """
    shown = printable(text)
    return _LITERAL.sub(lambda match: '{{"' + match[0] + '"}}', shown) if "{" in shown else shown


def references(text: str) -> str:
    """
    A template that prints *text*, in which plain references still work.

    ``{{ $labels.slo }}``, ``{{ $value | humanizePercentage }}`` and the like are what people write in annotations. All
    else between braces is printed as it stands, so that no annotation can make Prometheus refuse the file.
    """
    if "{" not in text:
        return printable(text)
    parts = []
    end = 0
    for match in REFERENCE.finditer(text):
        parts += [literal(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, literal(text[end:])])


def printable(text: str) -> str:
    """*text* with each of `UNPRINTABLE` shown as U+FFFD, for text in which it can have no meaning."""
    # All of them are unprintable to Python too, which tells in no time that nearly every text has none.
    return text if text.isprintable() else UNPRINTABLE.sub("\ufffd", text)
