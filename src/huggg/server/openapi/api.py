"""`GET /schema/openapi.json` and `GET /docs`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup, escape

from huggg.kit.embedding import Embedding
from huggg.kit.operation import Operation
from huggg.kit.route import Route, get
from huggg.kit.web import Response
from huggg.server.openapi.document import build_document
from huggg.server.openapi.reading import sections, shapes

DOCUMENT = Operation(
    id="showOpenApi",
    tag="Health",
    summary="This document",
    answer=dict[str, Any],
)
REFERENCE = Operation(
    id="showReference",
    tag="Health",
    summary="This document, to read",
    answer=str,
    media_type="text/html",
)

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""The page is its own style and needs nothing else, from us or from anybody."""


class Described:
    """The document and its page, each made when it is first asked for."""

    def __init__(self, routes: Sequence[Route], embedding: Embedding) -> None:
        self._routes = routes
        self._embedding = embedding

    @cached_property
    def document(self) -> bytes:
        """Give the OpenAPI document as JSON."""
        return msgspec.json.format(
            msgspec.json.encode(build_document(self._routes, self._embedding)), indent=1
        )

    @cached_property
    def page(self) -> str:
        """Give the page as HTML."""
        environment = Environment(
            loader=PackageLoader("huggg.server.openapi", "."),
            autoescape=select_autoescape(["j2"]),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["marked"] = _marked
        document = msgspec.json.decode(self.document)
        return environment.get_template("reference.html.j2").render(
            document=document, sections=sections(document), shapes=shapes(document)
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
    """Describe this API on one page, without scripts and without anybody else's server."""
    return Response(
        described.page.encode(),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": CONTENT_POLICY},
    )


ROUTES = [get_document, get_reference]
