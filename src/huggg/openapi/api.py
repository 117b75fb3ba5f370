"""`GET /schema/openapi.json`: the description of the API, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec

from huggg.http.embedding import Embedding
from huggg.http.errors import Refusals
from huggg.http.operation import Operation
from huggg.http.route import Route, get
from huggg.http.web import Response
from huggg.openapi.document import build_document

DOCUMENT = Operation(
    id="showOpenApi",
    tag="Health",
    summary="This document",
    answer=dict[str, Any],
    keepable=True,
)


class ApiDocument:
    """The document, made at its first request."""

    def __init__(self, routes: Sequence[Route], embedding: Embedding, refusals: Refusals) -> None:
        self._routes = routes
        self._embedding = embedding
        self._refusals = refusals

    @cached_property
    def document(self) -> bytes:
        """Give the OpenAPI document as JSON."""
        document = build_document(self._routes, self._embedding, self._refusals)
        return msgspec.json.format(msgspec.json.encode(document), indent=1)


@get("/schema/openapi.json", operation=DOCUMENT)
async def get_document(described: ApiDocument) -> Response:
    """Describe this API, in OpenAPI 3.1."""
    return Response(described.document)


ROUTES = [get_document]
