"""The limit of any ASGI application here: read nothing, answer the same bytes.

Nothing of ours is imported, as its start is a limit too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

GIVEN = "HUGGG_BENCH_GIVEN"
"""The environment's name for the file that a bare application is made from."""

READER = "bench.bare:create_app"


def create_app() -> Any:
    """Build an application that answers with the content of the file."""
    start, end = answer(200, answer_file())

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        await send(start)
        await send(end)

    return app


def answer_file() -> bytes:
    """Read the file."""
    return Path(os.environ[GIVEN]).read_bytes()


def answer(status: int, body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the two messages of an answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


async def live(receive: Any, send: Any) -> None:
    """Live from the server's start to its end."""
    for _ in range(2):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
