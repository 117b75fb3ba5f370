"""`GET /schema/openapi.json` and `GET /docs`; `GET /` leads to the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup, escape
from msgspec import Struct

from huggg.http.embedding import Embedding
from huggg.http.errors import Refusals
from huggg.http.operation import Operation
from huggg.http.page import page_response
from huggg.http.route import Route, get
from huggg.http.web import Response, json_response
from huggg.openapi.document import build_document
from huggg.openapi.sections import sections, shapes

DOCUMENT = Operation(
    id="showOpenApi",
    tag="Health",
    summary="This document",
    answer=dict[str, Any],
    keepable=True,
)
REFERENCE = Operation(
    id="showReference",
    tag="Health",
    summary="This document, to read",
    answer=str,
    media_type="text/html",
    keepable=True,
)


class Beginning(Struct):
    """The addresses of the page and of the document."""

    docs: str = "/docs"
    openapi: str = "/schema/openapi.json"


BEGINNING = Operation(
    id="showBeginning",
    tag="Health",
    summary="Where to begin",
    answer=Beginning,
    status=HTTPStatus.FOUND,
)


class Described:
    """The document and its page, each made at its first request."""

    def __init__(self, routes: Sequence[Route], embedding: Embedding, refusals: Refusals) -> None:
        self._routes = routes
        self._embedding = embedding
        self._refusals = refusals

    @cached_property
    def document(self) -> bytes:
        """Give the OpenAPI document as JSON."""
        document = build_document(self._routes, self._embedding, self._refusals)
        return msgspec.json.format(msgspec.json.encode(document), indent=1)

    @cached_property
    def page(self) -> Response:
        """Give the page."""
        environment = Environment(
            loader=PackageLoader("huggg.openapi", "."),
            autoescape=select_autoescape(["j2"]),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["marked"] = _marked
        document = msgspec.json.decode(self.document)
        return page_response(
            environment.get_template("reference.html.j2").render(
                document=document, sections=sections(document), shapes=shapes(document)
            )
        )


def _marked(text: str) -> Markup:
    """Set what stands between backticks as code; it is the one mark that our descriptions use."""
    escaped = str(escape(text))
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S704 - escaped just now


@get("/schema/openapi.json", operation=DOCUMENT)
async def get_document(described: Described) -> Response:
    """Describe this API, in OpenAPI 3.1."""
    return Response(described.document)


@get("/docs", operation=REFERENCE)
async def get_reference(described: Described) -> Response:
    """Describe this API on one page, without scripts and without other hosts."""
    return described.page


@get("/", operation=BEGINNING)
async def get_beginning() -> Response:
    """Redirect a browser to the page about this API, and give a program the address of its document."""
    begin = Beginning()
    return json_response(begin, status=HTTPStatus.FOUND, headers={"Location": begin.docs})


ROUTES = [get_beginning, get_document, get_reference]
