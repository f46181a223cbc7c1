"""
Rules of many SLOs from few runs of jsonnet: one for each outline that they have (`tallystick.generate.outline`).

What comes of an outline is kept as nearly finished YAML too: to put texts into it takes a tenth of the time that writing takes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby, zip_longest
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from tallystick.errors import GenerateError
from tallystick.generate.mixin import evaluate
from tallystick.generate.outline import OPEN, Template, TokenError, has_token, outline_of, token
from tallystick.generate.ruletext import file_text, group_text, rule_text, scalar

Json = dict[str, Any]
Group = TypeVar("Group", Json, str)

KEPT = 100
"""Shapes that are kept, of some 100 kB each. Where a catalogue has more, the oldest make room."""


_BETWEEN = "\0"
"""Between the texts of groups; YAML has no such character."""


class Shape:
    """The rule groups of all SLOs of one outline."""

    def __init__(self, groups: Sequence[Json]) -> None:
        """
        Take *groups* with tokens.

        Raises:
            TokenError: a token is not whole.
        """
        self._groups = groups
        self._json = Template(orjson.dumps(groups).decode())

    def groups(self, texts: Sequence[str]) -> list[Json]:
        """The groups, with *texts* in them."""
        found: list[Json] = orjson.loads(self._json.fill([orjson.dumps(text).decode()[1:-1] for text in texts]))
        return found

    def written(self, texts: Sequence[str]) -> list[str]:
        """Likewise, each as YAML."""
        if not _are_plain(texts):  # rare, and not worth a way of its own
            return [group_text(group) for group in self.groups(texts)]
        groups, others = self._yaml
        # Tokens of the others count from the end: -1 is the first of them.
        filled = [*texts, *[scalar(template.fill(texts), indent) for template, indent in reversed(others)]]
        return groups.fill(filled).split(_BETWEEN)

    @cached_property
    def _yaml(self) -> tuple[Template, list[tuple[Template, int]]]:
        """The groups, which are filled in faster as one; and, with their indents, texts in them whose form depends on what they say."""
        others: dict[tuple[str, int], str] = {}

        def write(text: str, indent: int) -> str:
            if OPEN not in text or _is_block(text, indent):
                return scalar(text, indent)
            return others.setdefault((text, indent), token(-1 - len(others)))

        groups = Template(_BETWEEN.join(group_text(group, write) for group in self._groups))
        return groups, [(Template(text), indent) for text, indent in others]


def _are_plain(texts: Iterable[str]) -> bool:
    """Whether nothing in *texts*, which are lines, keeps a block of YAML from being one: odd characters, or a blank in front."""
    lines = "\n".join(["", *texts])
    return "\n " not in lines and lines.replace("\n", "").isprintable()


def _is_block(text: str, indent: int) -> bool:
    """Whether *text* is a block of YAML whatever plain texts stand in it, so that its lines are known beforehand."""
    has_reason = any(character in Template(text).constant for character in '\n"\\')
    return has_reason and scalar(text, indent).startswith("|-")


class RuleFile(Protocol):
    """The rules of one service, in the form that is asked for."""

    @property
    def document(self) -> Json:
        """As jsonnet gives them."""

    @property
    def text(self) -> str:
        """As YAML."""


class Plain(NamedTuple):
    """A file as it came from jsonnet."""

    document: Json

    @property
    def text(self) -> str:
        """As YAML."""
        return rule_text(self.document)


class Filled(NamedTuple):
    """A file made of the shapes of its SLOs, and of what is their own."""

    parts: Sequence[tuple[Shape, Sequence[str]]]

    @property
    def document(self) -> Json:
        """As jsonnet would give them."""
        return {"groups": _in_turn([shape.groups(texts) for shape, texts in self.parts])}

    @property
    def text(self) -> str:
        """As YAML."""
        return file_text(_in_turn([shape.written(texts) for shape, texts in self.parts]))


def _in_turn(parts: Iterable[Sequence[Group]]) -> list[Group]:
    """The first groups of all SLOs, then the second ones: the mixin has them by parts of the rules."""
    return [group for alike in zip_longest(*parts) for group in alike if group is not None]


class Shapes:
    """Makes the rules of SLOs, and remembers their shapes."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """*config*: what is changed in the jsonnet's ``config.libsonnet``."""
        self._config = config
        self._has_token = has_token(config)
        self._found: dict[bytes, Shape | None] = {}

    def files(self, slos: Sequence[Json]) -> Iterator[tuple[str, RuleFile]]:
        """
        The rules of services, by their files' names without an ending.

        Args:
            slos: all SLOs of these services, as `tallystick.generate.resolved.resolve` makes them; no more than jsonnet
                takes at once.

        Raises:
            GenerateError: jsonnet failed.
        """
        outlines = [None if self._has_token else outline_of(slo) for slo in slos]
        self._learn({outline.common for outline in outlines if outline})
        for name, of_service in groupby(zip(slos, outlines, strict=True), key=lambda pair: pair[0]["file_name"]):
            pairs = list(of_service)
            parts = [
                (shape, outline.texts) for _, outline in pairs if outline and (shape := self._found[outline.common])
            ]
            if len(parts) == len(pairs):
                yield name, Filled(parts)
            else:
                yield (
                    name,
                    Plain(evaluate("rules", [slo for slo, _ in pairs], self._config, "services")[f"{name}.yaml"]),
                )

    def _learn(self, outlines: Collection[bytes]) -> None:
        """Find out the shapes of *outlines*, and keep no more of the others than is allowed."""
        for known in self._found.keys() & outlines:
            self._found[known] = self._found.pop(known)
        for oldest in list(self._found)[: max(len(self._found) - KEPT, 0)]:
            del self._found[oldest]
        missing = sorted(outlines - self._found.keys())
        asked = [{**orjson.loads(outline), "file_name": str(number)} for number, outline in enumerate(missing)]
        try:
            made = evaluate("rules", asked, self._config, "services") if asked else {}
            for number, outline in enumerate(missing):
                self._found[outline] = Shape(made[f"{number}.yaml"]["groups"])
        except (GenerateError, TokenError):
            # Something asks more of a text than it may, or the configuration is wrong: what jsonnet says of it without
            # tokens is what counts.
            self._found |= dict.fromkeys(missing)
