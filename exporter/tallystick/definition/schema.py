"""The format as JSON Schema, for editors; made from the model."""

import json
import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from tallystick.definition.model import DefinitionModel, SharedModel
from tallystick.definition.references import REFERENCE_SCHEMA

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_REF, _FILLED = "#/$defs/", "Filled"
_SHARED = {
    "anyOf": [{"required": ["tiers"]}, {"required": ["defaults"]}],
    "not": {"anyOf": [{"required": ["service"]}, {"required": ["slos"]}]},
}
"""What a document of tiers or defaults is known by."""

SCHEMA_ID = "urn:tallystick:definition:v1"
"""A name, not an address: an editor finds the file where it was put, and asks nobody for it."""


class _Generate(GenerateJsonSchema):
    """As pydantic does, but an optional key is one that may be left out, not one that may be null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", 0) in (None, "") or isinstance(made.get("default"), dict):
            del made["default"]
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # pydantic's signature
        return False


def schema_text() -> str:
    """The schema of one document, as JSON."""
    inputs: list[Any] = [(DefinitionModel, "validation"), (SharedModel, "validation")]
    _, made = models_json_schema(inputs, by_alias=True, schema_generator=_Generate)
    made["title"] = "tallystick definition"
    made["$defs"] |= {**_filled_in(made["$defs"]), "Reference": REFERENCE_SCHEMA}
    slos = made["$defs"]["DefinitionModel"]["properties"]["slos"]
    slos["items"] = _either({"required": ["for_each"]}, _REF + "SloModel" + _FILLED, slos["items"]["$ref"])
    # Which of them a document is tells one key, so that an editor's messages are of that one alone.
    service = _either({"required": ["for_each"]}, _REF + "DefinitionModel" + _FILLED, _REF + "DefinitionModel")
    made |= _either(_SHARED, _REF + "SharedModel", service)
    text = json.dumps({"$schema": DIALECT, "$id": SCHEMA_ID, **made}, indent=2) + "\n"
    # What is called Model here would be mistaken for the core's types.
    return re.sub(r"\b(Slo|Exclusion|Ignore|Threshold|Definition|Shared)Model(Filled)?\b", r"\1\2", text)


def _either(condition: dict[str, Any], then: str, otherwise: str | dict[str, Any]) -> dict[str, Any]:
    """The schema *then* where *condition* holds, else *otherwise*."""
    return {
        "if": condition,
        "then": {"$ref": then},
        "else": {"$ref": otherwise} if isinstance(otherwise, str) else otherwise,
    }


def _filled_in(definitions: dict[str, Any]) -> dict[str, Any]:
    """*definitions* as they are in a template, where a reference may stand for any value, and their own names."""
    names = [name for name in definitions if name not in ("SharedModel", "FolderDefaults")]
    pattern = re.compile(rf'"{re.escape(_REF)}({"|".join(names)})"')
    text = pattern.sub(rf'"{_REF}\1{_FILLED}"', json.dumps({name: definitions[name] for name in names}))
    made = {f"{name}{_FILLED}": definition for name, definition in json.loads(text).items()}
    for definition in made.values():
        definition["properties"] = {
            name: value if name in ("apiVersion", "for_each") else _or_reference(value)
            for name, value in definition["properties"].items()
        }
    return made


def _or_reference(value: dict[str, Any]) -> dict[str, Any]:
    """The schema *value*, or a reference; what describes it stays where editors look for it."""
    about: dict[str, Any] = {key: value[key] for key in ("description", "default", "examples") if key in value}
    rest = {key: _inside(key, inner) for key, inner in value.items() if key not in about}
    return {**about, "anyOf": [rest, {"$ref": _REF + "Reference"}]}


def _inside(key: str, value: Any) -> Any:
    """*value*, which is at *key* of a schema, with references for what is in lists and mappings."""
    if key == "anyOf":
        return [{inner: _inside(inner, one) for inner, one in choice.items()} for choice in value]
    return _or_reference(value) if key in ("items", "additionalProperties") and isinstance(value, dict) else value
