"""A brand's issuing service: a real HTTP server that can be slow, and die after issuing."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from huggg.vouchers.issuers.service import signature


@dataclass
class FakeService:
    """What it shall do next, and what it has done."""

    secret: str = ""
    behaviour: deque[str] = field(default_factory=deque)
    issued: dict[str, list[str]] = field(default_factory=dict)  # by key; two are a scandal
    requests: list[str] = field(default_factory=list)
    port: int = 0
    forgetful: bool = False  # issues anew at each POST, as a service without idempotency does

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/codes"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _request(reader):
                answer = await self._answer(*request)
                if answer is None:  # the line goes dead
                    break
                status, said = answer
                body = json.dumps(said).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        finally:
            writer.close()

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, object] | None:
        self.requests.append(method)
        sign = headers["huggg-signature"]
        at = int(sign.partition(",")[0].removeprefix("t="))
        mine = signature(self.secret.encode(), at=at, method=method, path=path, body=body)
        if not hmac.compare_digest(sign, mine):
            return 401, {"error": "Bad signature."}
        key = headers["idempotency-key"]
        if method == "GET":
            return (200, {"code": self.issued[key][0]}) if key in self.issued else (404, {})
        return await self._issue(key)

    async def _issue(self, key: str) -> tuple[int, object] | None:
        act = self.behaviour.popleft() if self.behaviour else "issue"
        if act == "refuse":
            return 422, {"error": "Campaign is over."}
        if act == "fail":
            return 500, {}
        if key not in self.issued or self.forgetful:
            self.issued.setdefault(key, []).append(f"SVC-{len(self.issued):06d}-{key[-4:].upper()}")
        if act == "die":
            return None
        if act == "hang":
            await asyncio.sleep(1.0)
        return 201, {"code": self.issued[key][-1], "expires_at": "2028-01-01T00:00:00Z"}


@asynccontextmanager
async def issuing_service() -> AsyncIterator[FakeService]:
    fake = FakeService()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, path, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return method, path, headers, body
