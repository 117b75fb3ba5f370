"""The document: every route with all that can be sent to it and all that it may answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from huggg.http.embedding import Embedding
from huggg.http.errors import Refusals
from huggg.http.form import FORM
from huggg.http.operation import (
    KEY_PARAMETER,
    TAG_PARAMETER,
    Link,
    Operation,
    Parameter,
)
from huggg.http.pagination import CURSOR
from huggg.http.route import Route, placeholders
from huggg.http.web import JSON
from huggg.identity.permissions import PERMISSIONS, Permission, Standing
from huggg.openapi.examples import example_of
from huggg.openapi.refusals import header, refusals_by_status, refused
from huggg.openapi.schemas import Schemas, inner
from huggg.openapi.words import (
    HEADERS,
    INFO,
    PATH_PARAMETERS,
    PATH_PATTERNS,
    SECURITY_SCHEMES,
    TAGS,
)

USER = "user"
"""The role that an access token needs where a client's own does not do."""


class PublishedError(Struct):
    """The reason of a refusal, in one sentence; a form at the token endpoint gets a code too."""

    error: Annotated[str, Meta(examples=["huggg not found"])]
    error_description: Annotated[str, Meta(description="The sentence beside a code.")] | UnsetType = (
        UNSET
    )


@dataclass(frozen=True, slots=True)
class _DocumentedPath:
    """One path of one route."""

    path: str
    method: str
    operation: Operation
    description: str
    number: int  # of the path among its route's

    @property
    def operation_id(self) -> str:
        """Name it; further paths of an operation get the end of their path as a suffix."""
        ending = self.path.rpartition("/")[2]
        return self.operation.id + (ending.capitalize() if self.number else "")

    @property
    def summary(self) -> str:
        """Give the summary; a further path has the same."""
        return self.operation.summary + (" (alias)" if self.number else "")


def build_document(routes: Iterable[Route], embedding: Embedding, refusals: Refusals) -> dict[str, Any]:
    """Write it all down. Raises KeyError for a route that no table knows."""
    return _Document(list(_documented(routes)), embedding, refusals).encoded()


def _documented(routes: Iterable[Route]) -> Iterator[_DocumentedPath]:
    for route in routes:
        if route.operation.is_page:
            continue
        description = re.sub(r"\s*\n\s*(?!\n)", " ", (route.answer.__doc__ or "").strip())
        for number, path in enumerate(route.paths):
            yield _DocumentedPath(path, route.method.lower(), route.operation, description, number)


class _Document:
    def __init__(self, routes: list[_DocumentedPath], embedding: Embedding, refusals: Refusals) -> None:
        self._routes = routes
        self._embedding = embedding
        self._refusals = refusals
        bodies = [route.operation.body for route in routes if route.operation.body is not None]
        self._schemas = Schemas(self._types(), bodies)

    def encoded(self) -> dict[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        for route in self._routes:
            paths.setdefault(route.path, {})[route.method] = self._operation(route)
        tags = {route.operation.tag for route in self._routes}
        return {
            "openapi": "3.1.0",
            "info": INFO,
            "servers": [{"url": "/"}],
            "tags": [
                {"name": n, "description": description} for n, description in TAGS.items() if n in tags
            ],
            "paths": paths,
            "components": {
                "schemas": self._schemas.components,
                "headers": HEADERS,
                "securitySchemes": SECURITY_SCHEMES,
            },
        }

    def _types(self) -> Iterator[Any]:
        yield PublishedError
        yield KEY_PARAMETER.type
        yield TAG_PARAMETER.type
        for route in self._routes:
            operation = route.operation
            yield from inner(operation.answer)
            yield from (parameter.type for parameter in (*operation.in_query(), *operation.headers))
            yield from self._embedded(operation).values()

    def _embedded(self, operation: Operation) -> dict[str, Any]:
        if operation.embeds is None:
            return {}
        return self._embedding.shapes(operation.embeds.source, operation.embeds.relations)

    def _operation(self, route: _DocumentedPath) -> dict[str, Any]:
        operation, permission = route.operation, PERMISSIONS[route.operation.id]
        entry: dict[str, Any] = {
            "operationId": route.operation_id,
            "tags": [operation.tag],
            "summary": route.summary,
            "description": route.description,
            "security": _security(operation, permission),
        }
        parameters = [*_path_parameters(route.path), *self._query(operation), *self._headers(operation)]
        if parameters:
            entry["parameters"] = parameters
        if operation.body is not None:
            entry["requestBody"] = self._body(operation)
        entry["responses"] = self._responses(operation, permission)
        return entry

    def _query(self, operation: Operation) -> Iterator[dict[str, Any]]:
        yield from (self._parameter("query", parameter) for parameter in operation.in_query())

    def _headers(self, operation: Operation) -> Iterator[dict[str, Any]]:
        parameters: list[Parameter] = [*operation.headers]
        if operation.takes_idempotency_key:
            parameters.append(KEY_PARAMETER)
        if operation.keepable:
            parameters.append(TAG_PARAMETER)
        yield from (self._parameter("header", parameter) for parameter in parameters)

    def _parameter(self, place: str, parameter: Parameter) -> dict[str, Any]:
        entry = {
            "name": parameter.name,
            "in": place,
            "description": parameter.description,
            "schema": self._schemas.of(parameter.type),
        }
        return entry | ({"required": True} if parameter.required else {})

    def _body(self, operation: Operation) -> dict[str, Any]:
        schema = self._schemas.of(operation.body)
        example = operation.example or example_of(schema, self._schemas.components)
        kinds = [JSON, *([FORM] if operation.takes_form else [])]
        return {
            "required": operation.body_required,
            "content": {kind: {"schema": schema, "example": example} for kind in kinds},
        }

    def _responses(self, operation: Operation, permission: Permission) -> dict[str, Any]:
        schema = self._schemas.of_answer(operation.answer, self._embedded(operation))
        content: dict[str, Any] = {"schema": schema}
        if operation.media_type == "application/json":
            content["example"] = example_of(schema, self._schemas.components)
        success: dict[str, Any] = {
            "description": operation.summary,
            "headers": _answer_headers(operation),
            "content": {operation.media_type: content},
        }
        if operation.leads_to:
            success["links"] = {link.operation: _link(link) for link in operation.leads_to}
        responses = {str(operation.status): success}
        if operation.keepable:
            responses[str(HTTPStatus.NOT_MODIFIED)] = {
                "description": "The caller's copy is current.",
                "headers": success["headers"],
            }
        for status, examples in sorted(
            refusals_by_status(operation, permission, self._refusals).items()
        ):
            responses[str(status)] = refused(status, examples)
        return responses


def _answer_headers(operation: Operation) -> dict[str, Any]:
    names = ["X-Request-Id", "Huggg-Ignored", "Cache-Control"]
    if operation.keepable:
        names += ["ETag", "Vary"]
    if CURSOR in operation.parameters:
        names.append("Link")
    if operation.limited:
        names += ["RateLimit", "RateLimit-Policy"]
    if operation.takes_idempotency_key:
        names.append("Idempotent-Replayed")
    names += operation.answer_headers
    return {name: header(name) for name in names}


def _link(link: Link) -> dict[str, Any]:
    return {
        "operationId": link.operation,
        "parameters": {link.parameter: f"$response.body#{link.pointer}"},
    }


def _security(operation: Operation, permission: Permission) -> list[dict[str, list[str]]]:
    if permission.public:
        proofs = {"accessToken": operation.takes_token, "basic": operation.takes_basic}
        requirements: list[dict[str, list[str]]] = [
            {name: []} for name, takes in proofs.items() if takes
        ]
        return [{}, *requirements] if requirements else []
    users_only = Standing.CLIENT not in permission.standings
    token = {"accessToken": [USER] if users_only else []}
    return [token, {"apiKey": [str(permission.scope)]}]


def _path_parameters(path: str) -> Iterator[dict[str, Any]]:
    for name in placeholders(path):
        description, example = PATH_PARAMETERS[name]
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": _path_schema(name),
            "example": example,
        }


def _path_schema(name: str) -> dict[str, Any]:
    pattern = PATH_PATTERNS.get(name)
    return {"type": "string", "minLength": 1} | ({"pattern": pattern} if pattern else {})
