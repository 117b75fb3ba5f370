"""What reaches us before there is a request: bounded, and refused in the shape of every other error."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024
NOT_HTTP = b'{"error":"The request is not valid HTTP."}'
TOO_LONG = b'{"error":"The request line and headers are larger than 64 KB."}'


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's fast protocol, with a limit on what may come before a body.

    The parser itself has none: a header of gigabytes would be collected before anybody looks at it.
    """

    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Count what has come without making a whole head; what belongs to a body is not counted."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
                self._refuse(b"431 Request Header Fields Too Large", TOO_LONG)

    def on_headers_complete(self) -> None:
        """Begin to count anew for the next request of this connection."""
        self._head_bytes = 0
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Say that this is no HTTP."""
        self._refuse(b"400 Bad Request", NOT_HTTP)

    def _refuse(self, status: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (
            status,
            len(body),
        )
        self.transport.write(head + b"Connection: close\r\n\r\n" + body)
        self.transport.close()
