"""Schemas: published structs as JSON Schema components, and the envelopes around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from huggg.http.leniency import WHOLE, LenientBody
from huggg.http.operation import Each, One, Page

Schema = dict[str, Any]

REF = "#/components/schemas/"
PREFIX = "Published"
"""Structs are called that to tell them from the values they show; a reader knows the names without."""

PAGINATOR: Schema = {
    "current_page": {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "Null on a cursor's page.",
        "examples": [1],
    },
    "data": {},
    "from": {
        "type": ["integer", "null"],
        "description": "Null on an empty page and on a cursor's page.",
        "examples": [1],
    },
    "last_page": {
        "type": ["integer", "null"],
        "minimum": 1,
        "description": "Null on a cursor's page.",
        "examples": [6],
    },
    "next_page_url": {"type": ["string", "null"], "examples": [None]},
    "path": {"type": "string", "description": "The list's address with its query, without the page."},
    "per_page": {"type": "integer", "minimum": 1, "examples": [20]},
    "prev_page_url": {"type": ["string", "null"], "examples": [None]},
    "to": {"type": ["integer", "null"], "examples": [20]},
    "total": {"type": "integer", "minimum": 0, "examples": [105]},
}
"""The published paginator, key for key; see `http/pagination.py`."""


class Schemas:
    """The schemas of all types that a document speaks of, each written once as a component."""

    def __init__(self, types: Iterable[Any], bodies: Iterable[Any] = ()) -> None:
        """Describe `types`, and `bodies` as leniently as they are read.

        Raises TypeError for two types whose components would have one name.
        """
        all_bodies = list(bodies)
        self._types = [*types, *all_bodies]
        schemas, components = msgspec.json.schema_components(self._types, ref_template=REF + "{name}")
        _, of_bodies = msgspec.json.schema_components(all_bodies)
        for name in of_bodies:
            components[name] = _as_read(components[name])
        for shape in _descendants(LenientBody):  # they ignore unknown fields
            components.get(shape.__name__, {}).pop("additionalProperties", None)
        names = Counter(name.removeprefix(PREFIX) for name in components)
        if doubles := sorted(name for name, count in names.items() if count > 1):
            raise TypeError(f"two types would be one component: {', '.join(doubles)}")
        self._schemas = [_plain(schema) for schema in schemas]
        self.components: dict[str, Schema] = {
            name.removeprefix(PREFIX): _plain(schema) for name, schema in components.items()
        }

    def of(self, type_: Any) -> Schema:  # noqa: ANN401 - any type that has a schema
        """Give the schema of one of the types."""
        schema: Schema = self._schemas[self._types.index(type_)]
        return schema

    def of_answer(self, answer: Any, embedded: Mapping[str, Any]) -> Schema:  # noqa: ANN401 - as above
        """Give the schema of an answer: an envelope, a page, or the thing itself."""
        if isinstance(answer, Page):
            items = {"type": "array", "items": self.of(answer.of)}
            properties = PAGINATOR | {"data": items}
        elif isinstance(answer, Each):
            kinds: Schema = {"anyOf": [self.of(kind) for kind in answer.of]}
            properties = {"data": {"type": "array", "items": kinds}}
        elif isinstance(answer, One):
            properties = {answer.key: self.of(answer.of)}
        else:
            return self.of(answer)
        required = list(properties)
        if embedded:
            properties |= {"embedded": self._embedded(embedded)}
        return {"type": "object", "properties": properties, "required": required}

    def _embedded(self, embedded: Mapping[str, Any]) -> Schema:
        arrays = {
            plural: {"type": "array", "items": self.of(shape)} for plural, shape in embedded.items()
        }
        return {
            "type": "object",
            "description": "The requested embeds: each entity once, under the plural of its name.",
            "properties": arrays,
            "additionalProperties": False,
        }


def _descendants(shape: type[Any]) -> Iterator[type[Any]]:
    for below in shape.__subclasses__():
        yield below
        yield from _descendants(below)


def inner(answer: Any) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    """Name the types inside an envelope."""
    if isinstance(answer, Each):
        return answer.of
    return (answer.of,) if isinstance(answer, One | Page) else (answer,)


def _as_read(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Let a whole number be written as text, and a list of texts be the one; see `http/leniency.py`."""
    if isinstance(schema, list):
        return [_as_read(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    lenient = {key: _as_read(value) for key, value in schema.items()}
    if lenient.get("type") == "integer":
        pattern = WHOLE.pattern if lenient.get("minimum", -1) < 0 else WHOLE.pattern.removeprefix("-?")
        lenient |= {"type": ["integer", "string"], "pattern": f"^{pattern}$"}
    elif lenient.get("type") == "array" and lenient.get("items", {}).get("type") == "string":
        lenient |= {"type": ["array", "string"]}
    return lenient


def _plain(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """Write names without their prefix, and leave out the keys that only msgspec's decoder needs."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items()}
    for key, before in (("title", ""), ("$ref", REF)):
        if isinstance(plain.get(key), str):
            plain[key] = plain[key].replace(before + PREFIX, before, 1)
    return plain
