"""A brand's issuing service: a real HTTP server that can be slow, and die after issuing."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from huggg.kit.platform import Platform
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.issuers.issuer import IssuerKind
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.issuers.service import IssuingService, signature
from huggg.vouchers.jobs import WORKS
from tests.support.jobs import everything_due, work_off
from tests.support.loopback import Reply, listening


@dataclass
class FakeService:
    """The service's orders for its next answers, and its acts so far."""

    secret: str = ""
    behaviour: deque[str] = field(default_factory=deque)
    issued: dict[str, list[str]] = field(default_factory=dict)  # by key; two are a scandal
    requests: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    port: int = 0
    says: Reply | None = None  # to every request
    forgetful: bool = False  # issues anew at each POST, as a service without idempotency does

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/codes"

    async def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply | None:
        self.requests.append(method)
        sign = headers["huggg-signature"]
        at = int(sign.partition(",")[0].removeprefix("t="))
        own_signature = signature(self.secret.encode(), at=at, method=method, path=path, body=body)
        if not hmac.compare_digest(sign, own_signature):
            return 401, {"error": "Bad signature."}
        self.keys.append(headers["idempotency-key"])
        if self.says is not None:
            return self.says
        key = headers["idempotency-key"]
        if method == "GET":
            return (200, {"code": self.issued[key][0]}) if key in self.issued else (404, {})
        return await self._issue(key)

    async def _issue(self, key: str) -> Reply | None:
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


async def ask_for_codes(platform: Platform, fake: FakeService, brand: UUID) -> None:
    """Let a brand's own service make its codes."""
    secret = await set_issuer(
        platform.database,
        platform.vault,
        platform.outgoing,
        scope_id=brand,
        kind=IssuerKind.HTTP,
        url=fake.url,
    )
    assert secret is not None
    fake.secret = secret


async def ask_services(platform: Platform, *, timeout_seconds: float = 0.3) -> int:
    """Let a worker ask for all codes that are missing, everything being due; gives their number."""
    database, vault = platform.database, platform.vault
    await everything_due(database)
    issuers = Issuers(database, vault, IssuingService(platform.outgoing, timeout_seconds))
    [work] = WORKS
    tools = {"database": database, "vault": vault, "issuers": issuers}
    return await work_off(database, work.equipped(tools))


@asynccontextmanager
async def issuing_service() -> AsyncIterator[FakeService]:
    fake = FakeService()
    async with listening(fake.answer) as fake.port:
        yield fake
