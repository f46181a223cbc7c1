"""Objects as YAML: numbers as they are written, and nothing that a reader of another version of YAML takes for something else."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import yaml

from tallystick.definition.values import plain

_NO_TEXT = re.compile(r"[yYnN]|[-+.]?[0-9][-+.:_0-9]*([eE][-+]?[0-9]+)?|0[xXoObB][0-9a-fA-F_]+")
"""What some reader of YAML takes for a boolean or a number, beside what PyYAML quotes of itself."""


def text_of(objects: Sequence[Any]) -> str:
    """*objects*, a document each."""
    return yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16)


_BASE: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BASE):  # type: ignore[valid-type, misc]  # libyaml's where it is there, as it is ten times faster
    """Decimals are numbers as they are written, and several lines are a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's own
        """Write everything out."""
        return True


def _number(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = plain(value)
    kind = "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else "'" if _NO_TEXT.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(Decimal, _number)
_Dumper.add_representer(str, _text)


def flow(value: Any) -> str:
    """*value* in one line."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=True, width=2**16
    ).strip()


def with_floats(part: Any) -> Any:
    """*part* with numbers as JSON has them."""
    match part:
        case dict():
            return {key: with_floats(value) for key, value in part.items()}
        case list():
            return [with_floats(item) for item in part]
        case Decimal():
            return int(part) if part == part.to_integral_value() else float(part)
    return part
