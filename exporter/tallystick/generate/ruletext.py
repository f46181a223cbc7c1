"""
Rule files as YAML that people can read and diff.

Written by hand, for its one shape: `std.manifestYamlDoc` and YAML libraries sort or flow what should stand in the order
in which it is read (``record`` before its expression), show expressions as one long quoted line, and take 10 times as
long (PyYAML). Text is written as YAML 1.1 and 1.2 alike read it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from tallystick.generate.template import UNPRINTABLE

Scalar = Callable[[str, int], str]
"""Writes a text that stands so many columns in."""

MARK = "# Made by tallystick; edit the definitions instead, or your changes will be lost.\n"
"""First line of our rule files."""

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_./:-]*[A-Za-z0-9_])?|[1-9][0-9]*(?:ms|[smhdwy])")
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""What YAML takes for something other than text; ``1y`` and the like are text to it."""


def rule_text(document: Mapping[str, Any]) -> str:
    """*document*, the contents of a rule file, as YAML."""
    return file_text(group_text(group) for group in document["groups"])


def file_text(groups: Iterable[str]) -> str:
    """A rule file of *groups* that are text already."""
    return "".join([MARK, "groups:\n", *groups])


def group_text(group: Mapping[str, Any], write: Scalar | None = None) -> str:
    """One *group* of a rule file; *write* writes its texts in place of `scalar`."""
    return "".join(_group(group, write or scalar))


def _group(group: Mapping[str, Any], scalar: Scalar) -> Iterator[str]:
    yield f"  - name: {scalar(group['name'], 6)}\n"
    if "interval" in group:
        yield f"    interval: {scalar(group['interval'], 6)}\n"
    yield "    rules:\n"
    for rule in group["rules"]:
        yield from _rule(rule, scalar)


def _rule(rule: Mapping[str, Any], scalar: Scalar) -> Iterator[str]:
    kind = "record" if "record" in rule else "alert"
    yield f"      - {kind}: {scalar(rule[kind], 10)}\n"
    yield f"        expr: {scalar(rule['expr'], 10)}\n"
    for part in ("for", "keep_firing_for"):
        if part in rule:
            yield f"        {part}: {scalar(rule[part], 10)}\n"
    for part in ("labels", "annotations"):
        if rule.get(part):
            yield f"        {part}:\n"
            for name, value in rule[part].items():
                yield f"          {scalar(name, 0)}: {scalar(value, 12)}\n"


@lru_cache(maxsize=4_096)  # names, labels and durations come again and again
def scalar(text: str, indent: int) -> str:
    """*text* as it is if it is a word, as a block if it has lines or quotes, and else in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if indent and ("\n" in text or '"' in text or "\\" in text) and _fits_block(text):
        space = "\n" + " " * indent
        return "|-" + space + text.replace("\n", space)
    return _quoted(text)


def _fits_block(text: str) -> bool:
    """Whether a block keeps *text* as it is: spaces in front, a newline at its end and odd characters do not last."""
    return (
        not text.startswith((" ", "\n"))
        and not text.endswith("\n")
        and (text.replace("\n", "").isprintable() or ("\t" not in text and not UNPRINTABLE.search(text)))
    )


def _quoted(text: str) -> str:
    """*text* in double quotes; JSON's escapes are a part of YAML's."""
    quoted = _AS_JSON(text)
    return quoted if quoted.isprintable() else UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
