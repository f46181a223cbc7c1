"""
Kinds of values in a definition, for the model and its JSON Schema.

The model is given nodes, not Python's numbers and booleans, so every kind says here what it takes. A mistake is raised
as ``wrong_type`` with what was expected; where it is, pydantic's ``loc`` tells.
"""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tallystick.definition.node import Scalar
from tallystick.definition.values import read_decimal

NAME_PATTERN = "^[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$"
NAME_LENGTH = 128
"""As long as names of Sloth's custom resource may be."""
LABEL_PATTERN = "^[a-zA-Z_][a-zA-Z0-9_]*$"
_DURATION_PATTERN = r"^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"


def wrong_type(expected: str, hint: str = "", found: str = "") -> PydanticCustomError:
    """A value is not of the kind that is *expected*; *found* tells it better than its kind does."""
    return PydanticCustomError("wrong_type", "{expected}", {"expected": expected, "hint": hint, "found": found})


def _text(value: Any) -> str:
    if isinstance(value, Scalar) and value.kind == "text":
        return value.text
    raise wrong_type("text", f'write "{value.text}"' if isinstance(value, Scalar) and value.kind != "null" else "")


def _as_written(value: Any) -> str:
    if isinstance(value, Scalar) and value.kind != "null":
        return value.text
    raise wrong_type("text, a number or true or false")


def _number_or_text(expected: str) -> BeforeValidator:
    def validate(value: Any) -> str:
        if isinstance(value, Scalar) and value.kind in ("text", "int", "float"):
            return value.text
        raise wrong_type(expected)

    return BeforeValidator(validate)


def _flag(value: Any) -> bool:
    if isinstance(value, Scalar) and value.kind == "bool":
        return value.text.lower() == "true"
    raise wrong_type("true or false")


def _duration(value: Any) -> str:
    if isinstance(value, Scalar) and value.kind == "text":
        return value.text
    raise wrong_type("a duration", f"write {value.text}m" if isinstance(value, Scalar) and value.kind == "int" else "")


def _moment(value: Any) -> str:
    if isinstance(value, Scalar) and value.kind == "text":
        return value.text
    raise wrong_type("a date and a time", "write for example 2026-12-05 22:00")


def _number(value: Any) -> Decimal:
    number = read_decimal(value.text) if isinstance(value, Scalar) else None
    if number is None or value.kind not in ("int", "float"):
        raise wrong_type("a number", "" if number is None else f"write {value.text}, without quotes")
    return number


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    for one in values:
        if not (isinstance(one, Scalar) and one.kind == "text"):
            raise wrong_type("a name or a list of them")
    return [one.text for one in values]


def _whole(value: Any) -> int | None:
    """The whole number that *value* is, from 0 on; None if it is none."""
    number = read_decimal(value.text) if isinstance(value, Scalar) and value.kind in ("int", "float") else None
    if number is None or number != number.to_integral_value() or not 0 <= number <= Decimal(10) ** 12:
        return None
    return int(number)


def _min_events(value: Any) -> int | None:
    if isinstance(value, Scalar) and value.kind == "text" and value.text == "auto":
        return None
    number = _whole(value)
    if number is None:
        raise wrong_type("auto or a whole number", "write auto, or how many events it takes, for example 50")
    return number


def _count(value: Any) -> int:
    number = _whole(value)
    if number is None:
        raise wrong_type("a whole number", "write how many events it takes, for example 5")
    return number


def _windows(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [_window(one, "a window or a list of them") for one in values]


def _one_window(value: Any) -> str:
    return _window(value, "a window")


def _window(value: Any, expected: str) -> str:
    if isinstance(value, Scalar) and value.kind == "text":
        return value.text
    hint = f"write {value.text}d" if isinstance(value, Scalar) and value.kind == "int" else "write for example 30d"
    raise wrong_type(expected, hint)


Text = Annotated[str, BeforeValidator(_text)]
"""Text; a number has to be quoted."""

AsWritten = Annotated[str, BeforeValidator(_as_written), WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""Any scalar, as its text: ``tier: 1``, ``version: 1.10``."""

_NAME_SCHEMA = {"type": "string", "pattern": NAME_PATTERN, "maxLength": NAME_LENGTH}
Name = Annotated[str, BeforeValidator(_text), WithJsonSchema(_NAME_SCHEMA)]
"""A name that can be a part of a label's value, a file's name and an address."""

Objective = Annotated[
    str,
    _number_or_text("a number or a percentage"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]*)? ?%$"},
                {"type": "string", "pattern": r"^0?\.[0-9]+$"},
            ],
            "examples": ["99.9%", 0.999],
        }
    ),
]
"""A share of events, as it is written."""

_DURATION_SCHEMA = {"type": "string", "pattern": _DURATION_PATTERN, "minLength": 2}
_UNITS = ("day", "week", "month", "quarter", "year")
_WINDOW_SCHEMA = {"anyOf": [_DURATION_SCHEMA, {"enum": list(_UNITS)}], "examples": ["30d", "month"]}
OneWindow = Annotated[str, BeforeValidator(_one_window), WithJsonSchema(_WINDOW_SCHEMA)]
"""A window."""

Windows = Annotated[
    list[str],
    BeforeValidator(_windows),
    WithJsonSchema(
        {"anyOf": [_WINDOW_SCHEMA, {"type": "array", "items": _WINDOW_SCHEMA, "minItems": 1, "uniqueItems": True}]}
    ),
]
"""One window or several."""

Threshold = Annotated[
    str,
    _number_or_text("a duration or a number"),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "number", "exclusiveMinimum": 0}], "examples": ["300ms", 0.3]}
    ),
]
"""A bucket's bound: a duration, or a number in the histogram's unit."""

Share = Annotated[
    str,
    _number_or_text("a number or a percentage"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]*)? ?%$"},
                {"type": "string", "pattern": r"^([01]|[01]?\.[0-9]+)$"},
            ],
            "examples": ["90%", 0.9],
        }
    ),
]
"""A share of something, none and all of it included."""

Number = Annotated[Decimal, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
"""A plain decimal number, exactly."""

Weight = Annotated[Decimal, BeforeValidator(_number), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
"""How much something counts beside others."""

Duration = Annotated[str, BeforeValidator(_duration), WithJsonSchema({**_DURATION_SCHEMA, "examples": ["5m"]})]
"""A length of time."""

Moment = Annotated[
    str,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:00)?$",
            "examples": ["2026-12-05 22:00"],
        }
    ),
]
"""A date and a time, by the clock of a time zone."""

MonthDay = Annotated[
    str,
    BeforeValidator(_text),
    WithJsonSchema({"type": "string", "pattern": "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "examples": ["04-01"]}),
]
"""A day of the year."""

_NAMES_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
    ]
}
Names = Annotated[list[str], BeforeValidator(_texts), WithJsonSchema(_NAMES_SCHEMA)]
"""One name or several."""

_LABEL_NAMES_SCHEMA = {
    "type": "array",
    "items": {"type": "string", "pattern": LABEL_PATTERN},
    "minItems": 1,
    "uniqueItems": True,
    "examples": [["handler"]],
}
LabelNames = Annotated[list[Text], WithJsonSchema(_LABEL_NAMES_SCHEMA)]
"""Names of labels."""

Flag = Annotated[bool, BeforeValidator(_flag)]
MinEvents = Annotated[
    int | None,
    BeforeValidator(_min_events),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 0}]}),
]
"""How many events it takes, or as many as is right."""

Count = Annotated[int, BeforeValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})]
"""How many of something."""

_LABELS_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": LABEL_PATTERN},
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
Labels = Annotated[dict[str, AsWritten], WithJsonSchema(_LABELS_SCHEMA)]
"""Names and values; the values are taken as they are written."""

_LINKS_SCHEMA = {
    "type": "object",
    "propertyNames": {"pattern": LABEL_PATTERN},
    "additionalProperties": {"type": "string", "pattern": "^https?://", "format": "uri"},
}
Links = Annotated[dict[str, Text], WithJsonSchema(_LINKS_SCHEMA)]
"""Names and web addresses."""

MAX_ROWS = 10_000
"""Rows of one template."""

_ROWS_SCHEMA = {
    "type": "array",
    "items": {"type": "object", "propertyNames": {"pattern": LABEL_PATTERN}, "minProperties": 1},
    "minItems": 1,
    "maxItems": MAX_ROWS,
    "examples": [[{"service": "checkout", "job": "checkout-api"}]],
}
Rows = Annotated[list[Any], WithJsonSchema(_ROWS_SCHEMA)]
"""Values by name, several times; what they are made into is a definition without them."""
