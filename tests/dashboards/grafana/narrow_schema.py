"""
Make the schema that the tests use from the one ts-json-schema-generator prints: stdin to stdout.

Properties that Grafana's types leave open (`Record<string, unknown>`) come out as required though nobody writes them;
they are not asked for. Descriptions go: the schema is read by a program.
"""

import json
import sys
from typing import Any

_OPEN = {"description", "type", "additionalProperties"}


def narrow(node: Any) -> Any:
    """*node* without descriptions, and without requiring what is open."""
    if isinstance(node, list):
        return [narrow(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: narrow(value) for key, value in node.items() if not (key == "description" and isinstance(value, str))}
    properties, required = node.get("properties"), node.get("required")
    if isinstance(properties, dict) and isinstance(required, list):
        kept = [key for key in required if not is_open(properties.get(key, {}))]
        del made["required"]
        if kept:
            made["required"] = kept
    return made


def is_open(schema: dict[str, Any]) -> bool:
    """Whether any object will do."""
    return schema.get("type", "object") == "object" and "properties" not in schema and set(schema) <= _OPEN


if __name__ == "__main__":
    json.dump(narrow(json.load(sys.stdin)), sys.stdout, sort_keys=True, separators=(",", ":"))
    sys.stdout.write("\n")
