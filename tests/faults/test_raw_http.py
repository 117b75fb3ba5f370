"""What is no request at all: bounded, and answered in the shape of every other error."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.conftest import settings_for
from tests.support.processes import Server, environment_of, serving

NOT_HTTP = {"error": "The request is not valid HTTP."}
TOO_LONG = {"error": "The request line and headers are larger than 64 KB."}


async def answered(server: Server, sent: bytes) -> tuple[int, dict[str, str]]:
    """Send bytes on a connection of their own, and read what comes back until it is closed."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(body)


async def test_what_is_no_http_is_refused_like_everything_else(
    database_url: str, tmp_path: Path
) -> None:
    environment = environment_of(settings_for(database_url, tmp_path))
    async with serving(environment, tmp_path) as server:
        assert await answered(server, b"GET /\xff HTTP/1.1\r\n\r\n") == (400, NOT_HTTP)
        assert await answered(server, b"hello\r\n\r\n") == (400, NOT_HTTP)
        endless = b"GET /health/live HTTP/1.1\r\nX-Much: " + b"a" * 600_000
        with suppress(ConnectionError):  # it may hang up on what it has not read
            assert await answered(server, endless) == (431, TOO_LONG)

        async with httpx2.AsyncClient(base_url=server.url) as http:
            large = await http.post("/oauth/token", content=b" " * 900_000)
            assert (large.status_code, list(large.json())) == (400, ["error"])
            for _ in range(3):  # one connection, many heads: each is counted anew
                kept = await http.get("/health/live", headers={"X-Some": "b" * 30_000})
                assert kept.status_code == 200
            strange = await http.get("/api/v2/brands", headers={"Host": "x:abc"})
            assert strange.status_code in {401, 422}
            asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
            preflight = await http.options("/api/v2/brands", headers=asked)
            assert preflight.headers["access-control-allow-origin"] == "*"
