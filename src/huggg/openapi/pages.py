"""`GET /docs`: the API's description, for people."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from huggg.html.operation import page_operation
from huggg.html.renderer import Renderer
from huggg.http.route import get
from huggg.http.web import Response
from huggg.openapi.api import ApiDocument
from huggg.openapi.sections import sections, shapes

TEMPLATE = "openapi/reference.html.j2"

REFERENCE = page_operation("showReference", "The API reference", keepable=True)


class ReferencePage:
    """The page about the API, made when it is first asked for and the same for every reader."""

    def __init__(self, described: ApiDocument, renderer: Renderer) -> None:
        self._described = described
        self._renderer = renderer
        self._page: Response | None = None

    async def page(self) -> Response:
        """Give the page."""
        if self._page is None:
            values = await asyncio.to_thread(self._values)
            self._page = await self._renderer.page(TEMPLATE, values, in_thread=True)
        return self._page

    def _values(self) -> dict[str, Any]:
        document = msgspec.json.decode(self._described.document)
        return {"document": document, "sections": sections(document), "shapes": shapes(document)}


@get("/docs", operation=REFERENCE)
async def get_reference(reference: ReferencePage) -> Response:
    """Describe the API on one page, without scripts and without another server."""
    return await reference.page()


ROUTES = [get_reference]
