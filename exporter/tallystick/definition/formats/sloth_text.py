"""
Sloth's way of reading text, before it is YAML.

It takes away each line that begins with ``#``, in whatever it stands: in YAML, such a line would end the text of a query that is
written over several lines. Here it becomes blank lines of the same length in all, so that everything else stays where it is.
"""

import re

_DOCUMENT = re.compile(r"^(?=---)", re.MULTILINE)
_SLOTH = re.compile(r"""^(?:version|apiVersion):[ \t]+['"]?(?:prometheus/v1|sloth\.slok\.dev/v1)\b""", re.MULTILINE)
_COMMENT = re.compile(r"^#[^\r\n]*", re.MULTILINE)


def without_comments(text: str) -> str:
    """*text*, as long as it was, without the comments at the beginning of lines in documents that are Sloth's."""
    if "#" not in text or not _SLOTH.search(text):
        return text
    return "".join(_blanked(part) if _SLOTH.search(part) else part for part in _DOCUMENT.split(text))


def _blanked(text: str) -> str:
    return _COMMENT.sub(lambda match: "\n" * len(match[0]), text)
