"""Delivery: an answer that may be kept gets its tag, or is left away where the caller has it already."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from huggg.http.edge.coding import BYTES_MIN, CompressedAnswers, takes_gzip
from huggg.http.edge.keeping import KEPT, opaque_tag, still_holds
from huggg.http.web import Request, Response


class Delivery:
    """Delivers the answers of operations that may be kept. One per process."""

    def __init__(self) -> None:
        self._compressed = CompressedAnswers()

    async def of(self, request: Request, response: Response) -> Response:
        """Give the answer that goes out instead; a refusal goes out as it is."""
        if response.status != HTTPStatus.OK:
            return response
        tag = opaque_tag(response.body)
        headers = {**KEPT, **response.headers, "ETag": f'W/"{tag}"'}
        if still_holds(request.lines(b"if-none-match"), tag):
            return Response(b"", HTTPStatus.NOT_MODIFIED, headers=headers)
        body = response.body
        if len(body) >= BYTES_MIN and takes_gzip(request.lines(b"accept-encoding")):
            body, headers["Content-Encoding"] = await self._compressed.of(tag, body), "gzip"
        return msgspec.structs.replace(response, body=body, headers=headers)
