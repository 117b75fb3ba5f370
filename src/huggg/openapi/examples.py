"""Examples: a value for a schema, from the examples of its fields, the same at every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huggg.openapi.schemas import REF, Schema

FORMATS = {"uuid": "f204ed28-b230-4d0a-8c63-48e65a070f35"}
BLANKS: dict[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "null": None,
    "array": [],
    "object": {},
}


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:  # noqa: ANN401 - JSON
    """Make an example: a field's own example, or else its plainest value."""
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].removeprefix(REF)], components)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
        return example_of(choices[0], components)
    return _plainest(schema, components)


def _plainest(schema: Schema, components: Mapping[str, Schema]) -> Any:  # noqa: ANN401 - JSON
    kind = schema.get("type", "object")
    if kind == "object" and "properties" in schema:
        required = schema.get("required", ())
        return {
            name: example_of(field, components)
            for name, field in schema["properties"].items()
            if name in required
        }
    if kind == "array" and "items" in schema and schema["items"]:
        return [example_of(schema["items"], components)]
    if "format" in schema:
        return FORMATS.get(schema["format"], "")
    return schema.get("minimum", BLANKS[kind if isinstance(kind, str) else kind[0]])
