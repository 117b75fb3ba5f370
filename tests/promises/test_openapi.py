"""The OpenAPI document is valid, complete and the committed one; its page needs no other server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from huggg.html.assets import Assets
from huggg.html.renderer import Renderer
from huggg.http.edge import cors
from huggg.http.operation import Operation
from huggg.identity.permissions import PERMISSIONS, Scope
from huggg.openapi.pages import ReferencePage
from huggg.openapi.schemas import Schemas
from huggg.server.routes import ROUTES
from tests.support.openapi import DOCUMENT, described

WRITTEN: dict[str, Any] = msgspec.json.decode(described().document)
PAGE = asyncio.run(ReferencePage(described(), Renderer(Assets())).page()).body.decode()


OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in WRITTEN["paths"].items()
    for method, operation in methods.items()
}


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "requestBody" in operation:
        yield from operation["requestBody"]["content"].values()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()


def test_the_committed_document_is_what_the_code_writes() -> None:
    document = described().document + b"\n"
    assert DOCUMENT.read_bytes() == document, "after a change of an operation or a shape: make openapi"


def test_it_is_valid_openapi_3_1() -> None:
    validate(WRITTEN)
    assert WRITTEN["openapi"] == "3.1.0"


def test_a_page_of_another_origin_sends_and_reads_every_header_of_it() -> None:
    """A provider's webhook is no page; every page may read `Cache-Control`, and needs no `Vary`."""
    parameters = [each for operation in OPERATIONS.values() for each in operation.get("parameters", [])]
    sent = {each["name"] for each in parameters if each["in"] == "header"}
    assert sent - set(cors.HEADERS) == {"Stripe-Signature", "X-Twilio-Signature"}
    assert WRITTEN["components"]["headers"].keys() - set(cors.EXPOSED) == {"Cache-Control", "Vary"}


def test_every_route_of_the_api_is_in_it_and_nothing_else() -> None:
    served = {
        (method, re.sub(r"\{(\w+):\w+\}", r"{\1}", path))
        for route in ROUTES
        if not route.operation.is_page
        for path in route.paths
        for method in (route.method,)
        if method not in {"OPTIONS", "HEAD"}
    }
    assert {tuple(name.split(" ", 1)) for name in OPERATIONS} == served


def test_every_operation_is_in_the_table_of_permissions_and_every_entry_is_an_operation() -> None:
    declared: list[Operation] = [route.operation for route in ROUTES]
    assert {operation.id for operation in declared} == set(PERMISSIONS)
    assert len({operation.id for operation in declared}) == len(declared)


def test_every_scope_opens_something() -> None:
    assert {p.scope for p in PERMISSIONS.values() if p.scope is not None} == set(Scope)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_all_there_is_to_say(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"].endswith(".")
    for parameter in operation.get("parameters", ()):
        assert parameter["description"].endswith(".")
    for content in contents(operation):
        if content["schema"].get("type") != "string":
            assert "example" in content or "examples" in content
    if operation["security"]:
        assert {"401", "503"} <= operation["responses"].keys()
        assert "403" in operation["responses"] or {} in operation["security"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_fits_its_schema(name: str) -> None:
    for content in contents(OPERATIONS[name]):
        validator = Draft202012Validator(content["schema"] | {"components": WRITTEN["components"]})
        shown = [example["value"] for example in content.get("examples", {}).values()]
        for example in [*shown, *([content["example"]] if "example" in content else [])]:
            validator.validate(example)


def test_every_refusal_that_is_declared_has_a_sentence() -> None:
    declared = {kind for route in ROUTES for kind in route.operation.refuses}
    assert [kind for kind in declared if not (kind.sentence or kind.example)] == []


def test_every_schema_and_every_field_is_typed() -> None:
    for name, schema in WRITTEN["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, described_as in schema.get("properties", {}).items():
            assert set(described_as) & {"type", "$ref", "anyOf", "enum"}, f"{name}.{field}"


def test_two_types_never_become_one_component() -> None:
    class Shape(msgspec.Struct):
        pass

    class PublishedShape(msgspec.Struct):
        name: str

    with pytest.raises(TypeError, match="two types would be one component: Shape"):
        Schemas([Shape, PublishedShape])


def test_the_page_shows_every_operation_and_schema() -> None:
    for operation in OPERATIONS.values():
        assert f'id="{operation["operationId"]}"' in PAGE
    for name, schema in WRITTEN["components"]["schemas"].items():
        if "properties" in schema:
            assert f'id="schema-{name}"' in PAGE


def test_every_link_of_the_page_stays_here() -> None:
    targets = set(re.findall(r'(?:href|src)="([^"]+)"', PAGE))
    ids = set(re.findall(r'id="([^"]+)"', PAGE))
    paths = {target for target in targets if not target.startswith(("#", "/static/"))}
    assert paths == {"/", "/schema/openapi.json"}
    assert {target[1:] for target in targets if target.startswith("#")} <= ids
    assert "<script" not in PAGE
    assert "url(" not in PAGE
