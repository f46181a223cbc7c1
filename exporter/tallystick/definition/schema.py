"""The format as JSON Schema, for editors; made from the model."""

import json
import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tallystick.definition.model import DefinitionModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
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
    made = DefinitionModel.model_json_schema(by_alias=True, schema_generator=_Generate)
    made["title"] = "tallystick definition"
    text = json.dumps({"$schema": DIALECT, "$id": SCHEMA_ID, **made}, indent=2) + "\n"
    # What is called Model here would be mistaken for the core's types.
    return re.sub(r"\b(Slo|Exclusion|Threshold)Model\b", r"\1", text)
