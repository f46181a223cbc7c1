"""link: a link that is no web address."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tallystick.definition.checks.base import Check
from tallystick.definition.document import Document, mapping_of
from tallystick.definition.fields import LABEL_PATTERN
from tallystick.definition.node import Scalar
from tallystick.definition.problem import Problem, Rule, quoted, show

RULE = Rule("link")

_NEVER = frozenset(" <>\"'\\`")
"""What no address has as it is."""

_NAME = re.compile(LABEL_PATTERN, re.ASCII)


def _find(document: Document) -> Iterator[Problem]:
    for mapping in document.mappings:
        links = mapping_of(mapping, "links")
        for key, value in links.entries.values() if links else ():
            if not _NAME.fullmatch(key.text):
                hint = "write letters, digits and _, no digit first"
                yield RULE.at(key.span, f"{quoted(key.text)} can't be the name of a link", hint)
            if isinstance(value, Scalar) and value.kind == "text" and not _is_web_address(value.text):
                yield RULE.at(value.span, f"link {show(key.text)} is not a web address", _hint(value.text))


def _is_web_address(text: str) -> bool:
    if not text.isprintable() or not _NEVER.isdisjoint(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _hint(text: str) -> str:
    if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/\S*)?", text) and _is_web_address(f"https://{text}"):
        return f"write https://{show(text)}"
    if " " in text.strip():
        return "write %20 for a blank"
    return "write an address that starts with https:// or http://"


CHECK = Check(RULE, _find)
