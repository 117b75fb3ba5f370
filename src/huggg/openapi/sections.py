"""The sections of the reference page: the document's operations by tag, with rows for its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from huggg.openapi.schemas import REF, Schema


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One parameter or field; `link` names the schema that its type is made of."""

    name: str
    kind: str
    link: str | None
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One status with its example; an error has an example for each of its sentences."""

    status: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class OperationEntry:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    callers: str
    parameters: list[FieldRow]
    fields: list[FieldRow]
    body: str
    answers: list[ResponseRow]


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one tag."""

    name: str
    description: str
    entries: list[OperationEntry]

    @property
    def anchor(self) -> str:
        """Name it in links."""
        return self.name.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class SchemaSection:
    """One schema."""

    name: str
    description: str
    fields: list[FieldRow]


def sections(document: dict[str, Any]) -> list[Section]:
    """Sort all operations under their tags, in the order of the tags."""
    entries_by_tag: dict[str, list[OperationEntry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entries_by_tag[operation["tags"][0]].append(
                _entry(document, method.upper(), path, operation)
            )
    descriptions = {tag["name"]: tag["description"] for tag in document["tags"]}
    return [Section(name, descriptions[name], entries) for name, entries in entries_by_tag.items()]


def shapes(document: dict[str, Any]) -> list[SchemaSection]:
    """List the schemas that have fields, by name."""
    return [
        SchemaSection(name, schema.get("description", ""), _rows(schema))
        for name, schema in sorted(document["components"]["schemas"].items())
        if "properties" in schema
    ]


def _entry(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> OperationEntry:
    parameters = [
        FieldRow(
            p["name"],
            f"{p['in']}, {_kind(p['schema'])}",
            None,
            p.get("required", False),
            p["description"],
        )
        for p in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return OperationEntry(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        callers=_callers(operation["security"]),
        parameters=parameters,
        fields=_rows(_resolved(document, body["schema"])) if body else [],
        body=_pretty(body["example"]) if body else "",
        answers=[_answer(status, answer) for status, answer in operation["responses"].items()],
    )


def _callers(security: list[dict[str, list[str]]]) -> str:
    if not security:
        return "No token is needed."
    if {} in security:
        return "No token is needed, except a client's token for some requests."
    token = "a user's access token" if security[0]["accessToken"] else "any access token, a client's too"
    scopes = " and ".join(security[1]["apiKey"])
    return f"With {token}, or an API key that has the scope {scopes}."


def _answer(status: str, answer: dict[str, Any]) -> ResponseRow:
    if "content" not in answer:
        return ResponseRow(status, answer["description"], "")
    [(kind, content)] = answer["content"].items()
    if "examples" in content:
        bodies = [_pretty(example["value"]) for example in content["examples"].values()]
        return ResponseRow(status, answer["description"], "\n".join(bodies))
    example = _pretty(content["example"]) if "example" in content else kind
    return ResponseRow(status, answer["description"], example)


def _rows(schema: Schema) -> list[FieldRow]:
    required = schema.get("required", ())
    return [
        FieldRow(name, _kind(field), _link(field), name in required, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]


def _resolved(document: dict[str, Any], schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    target: Schema = document["components"]["schemas"][schema["$ref"].removeprefix(REF)]
    return target


def _kind(schema: Schema) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(REF))
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(schema.get("format", kind))


def _link(schema: Schema) -> str | None:
    for choice in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if isinstance(choice, dict) and "$ref" in choice:
            return str(choice["$ref"].removeprefix(REF))
    return None


def _pretty(value: Any) -> str:  # noqa: ANN401 - JSON
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
