"""
An SLO as what it has in common with others, and the texts that are its own.

Most SLOs of a catalogue differ in nothing but texts that jsonnet only lays out: names, selectors, thresholds. So it is run
once for all that have one outline, with a token in place of each text, and the texts are put in afterwards; 1,000 alike take
a few milliseconds in place of two seconds.

That gives what jsonnet would, because no more can be asked of a text in our rules than this:

- whether it is empty: then it stays as it is;
- whether it equals one of their own words, or is the key of something: words of theirs stay as they are;
- whether it equals another text of the SLO: equal texts get equal tokens;
- what it is as a number: only of windows that are recorded, which stay as they are;
- where its lines end: each line has a token of its own.

`tests/generate/test_shapes.py` compares the two ways, and knows which functions of jsonnet the rules may use.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from tallystick.generate.mixin import ROOT

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the number of a text, in a token; characters that mean nothing to anybody, and come through jsonnet and YAML."""

_TOKEN = re.compile(f"{OPEN}(-?[0-9]+){CLOSE}")
_WORD = re.compile(r"\w+")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'")

_CALCULATED = "recorded"
"""What jsonnet calculates with."""


class TokenError(ValueError):
    """A token came back in pieces."""


def has_token(value: Mapping[str, Any]) -> bool:
    """Whether there is anything in *value*, which is JSON, that could be taken for a token."""
    return OPEN.encode() in orjson.dumps(value)


@cache
def token(number: int) -> str:
    """What stands for text *number*."""
    return f"{OPEN}{number}{CLOSE}"


class Outline(NamedTuple):
    """
    One SLO.

    Attributes:
        common: it, as JSON with tokens.
        texts: what they stand for.
    """

    common: bytes
    texts: list[str]


def outline_of(slo: Mapping[str, Any]) -> Outline | None:
    """*slo*, one of what `tallystick.generate.resolved.resolve` makes; None if it has what a token is made of."""
    if has_token(slo):
        return None
    texts: list[str] = []
    known = {text: text for window in slo[_CALCULATED] for text in window.values() if isinstance(text, str)}
    # Which file it is for does not matter to what is in it.
    common = {
        key: _outlined(value, known, texts) for key, value in slo.items() if key not in ("file_name", _CALCULATED)
    }
    return Outline(orjson.dumps({**common, "file_name": "", _CALCULATED: slo[_CALCULATED]}), texts)


def _outlined(value: Any, known: dict[str, str], texts: list[str]) -> Any:
    if isinstance(value, str):
        return known.get(value) or _token(value, known, texts)
    if isinstance(value, dict):
        # Most values are texts that were there before, or none at all, which a look tells without a call.
        return {
            key: (known.get(one) or _token(one, known, texts))
            if type(one) is str
            else (_outlined(one, known, texts) if one else one)
            for key, one in value.items()
        }
    return [_outlined(one, known, texts) for one in value] if isinstance(value, list) else value


def _token(text: str, known: dict[str, str], texts: list[str]) -> str:
    if text in _words():
        found = text
    elif "\n" in text:
        found = "\n".join([_outlined(line, known, texts) for line in text.split("\n")])
    else:
        found = token(len(texts))
        texts.append(text)
    known[text] = found
    return found


@cache
def _words() -> frozenset[str]:
    """All words of the rules' own text, and the empty one."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules").rglob("*sonnet"))
    return frozenset(("", *_WORD.findall(code), *_STRING.findall(code)))


class Template:
    """A text with tokens."""

    def __init__(self, text: str) -> None:
        """
        Take *text* apart.

        Raises:
            TokenError: a token is not whole.
        """
        self._parts = _TOKEN.split(text)
        places = [int(number) for number in self._parts[1::2]]
        self._pick = itemgetter(*places, 0, 0) if places else None  # of one place it would give no tuple
        if OPEN in self.constant:
            raise TokenError(text)

    @property
    def constant(self) -> str:
        """What is between the tokens."""
        return "".join(self._parts[::2])

    def fill(self, texts: Sequence[str]) -> str:
        """It, with *texts* in their places."""
        if self._pick is None:
            return self._parts[0]
        filled = self._parts.copy()
        filled[1::2] = self._pick(texts)[:-2]
        return "".join(filled)
