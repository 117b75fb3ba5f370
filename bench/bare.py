"""The limit of any ASGI application here: read nothing, answer the same bytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

ANSWER = "HUGGG_BENCH_ANSWER"


def create_app() -> Any:
    """Build an application that answers what the file named in the environment holds."""
    body = Path(os.environ[ANSWER]).read_bytes()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
