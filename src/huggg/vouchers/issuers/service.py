"""The request to a brand's issuing service, as `docs/how-to/load-codes.md` documents it for brands.

`POST url` asks for a code under a key, `GET url/key` tells what became of that key. Both are signed. An
answer that settles nothing (a timeout, a lost connection, a 5xx) is followed by a GET, never by a
second POST on faith: a service that forgot to be idempotent still issues once.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import msgspec

from huggg.kit.errors import Refusal
from huggg.vouchers.errors import IssuerRefused, IssuerSilent
from huggg.vouchers.issuers.issuer import Need

TIMEOUT_SECONDS = 3.0
ATTEMPTS_MAX = 3
PAUSE_SECONDS = 0.2
REASON_LENGTH_MAX = 200
ANSWER_BYTES_MAX = 64 * 1024
PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class CodeAnswer(msgspec.Struct):
    """What a service says when it has issued."""

    code: str
    expires_at: datetime | None = None
    pin: str | None = None


class UnusableAnswerError(Exception):
    """An answer came that cannot be read; the text ends the sentence "gave an answer that …"."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where to ask, and what to sign with."""

    url: str
    secret: bytes


def signature(secret: bytes, *, at: int, method: str, path: str, body: bytes) -> str:
    """Sign a request; the service recomputes it and refuses what is older than five minutes."""
    signed = f"{at}.{method} {path}\n".encode() + body
    return f"t={at},v1={hmac.new(secret, signed, 'sha256').hexdigest()}"


class IssuingService:
    """Calls issuing services."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout_seconds
        self._http: httpx2.AsyncClient | None = None

    async def ask(self, account: Account, key: UUID, need: Need, *, asked_before: bool) -> CodeAnswer:
        """Get the code of this key. Raises IssuerRefused, and IssuerSilent when it is not known."""
        unsettled = asked_before
        outcome: Refusal = IssuerSilent()
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
            try:
                if unsettled:
                    found = await self._send(account, "GET", f"/{key}", b"", key)
                    if found is not None:
                        return found
                unsettled = True
                issued = await self._send(account, "POST", "", _body(key, need), key)
                if issued is not None:
                    return issued
            except (httpx2.RequestError, TimeoutError, IssuerSilent):
                outcome = IssuerSilent()
            except UnusableAnswerError as unusable:
                outcome = IssuerRefused(f"The brand's code service gave an answer that {unusable}.")
        raise outcome

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    async def _send(
        self, account: Account, method: str, below: str, body: bytes, key: UUID
    ) -> CodeAnswer | None:
        """Send one request; None when the service does not know the key."""
        url = account.url.rstrip("/") + below
        sign = signature(
            account.secret, at=int(time.time()), method=method, path=urlsplit(url).path or "/", body=body
        )
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a few compressed bytes may swell to any number
            "Content-Type": "application/json",
            "Idempotency-Key": str(key),
            "Huggg-Signature": sign,
        }
        if self._http is None:
            self._http = httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False)
        # The client's own timeout is for each read: a service that drips would never be done.
        async with asyncio.timeout(self._timeout):
            request = self._http.stream(method, url, content=body or None, headers=headers)
            async with request as answer:
                return await _outcome(answer, asking=method == "GET")


def _body(key: UUID, need: Need) -> bytes:
    said: dict[str, Any] = {
        "key": key,
        "huggg_id": need.huggg_id,
        "product_id": need.product_id,
        "segment_id": need.segment_id,
        "value": need.value,
        "currency": "GBP",
        "expires_at": need.expires_at,
    }
    return msgspec.json.encode(said)


async def _outcome(answer: httpx2.Response, *, asking: bool) -> CodeAnswer | None:
    """Tell what an answer settles. Raises IssuerRefused, IssuerSilent, UnusableAnswerError."""
    if answer.is_success:
        return _issued(await _document(answer))
    if asking and answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    if answer.is_redirect:
        raise UnusableAnswerError("leads elsewhere; redirects are not followed")
    if answer.is_client_error and answer.status_code not in PASSING:
        raise IssuerRefused(f"The brand's code service refused: {await _reason(answer)}.")
    raise IssuerSilent


async def _document(answer: httpx2.Response) -> bytes:
    """Read a body of JSON, no more of it than one may have. Raises UnusableAnswerError."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise UnusableAnswerError("is compressed, which it was not asked to be")
    kind = answer.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnusableAnswerError("is not JSON by its content type")
    read = bytearray()
    async for piece in answer.aiter_raw():
        read += piece
        if len(read) > ANSWER_BYTES_MAX:
            raise UnusableAnswerError(f"is longer than {ANSWER_BYTES_MAX // 1024} KB")
    return bytes(read)


def _issued(content: bytes) -> CodeAnswer:
    """Read the code. Raises UnusableAnswerError."""
    try:
        return msgspec.json.decode(content, type=CodeAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableAnswerError(
            "is not the JSON that was agreed: a code, perhaps expires_at and pin"
        ) from None


async def _reason(answer: httpx2.Response) -> str:
    """Read why a service says no; an answer that cannot be read says it by its status alone."""
    try:
        said = msgspec.json.decode(await _document(answer), type=dict[str, Any]).get("error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnusableAnswerError):
        said = None
    text = said if isinstance(said, str) and said.isprintable() else f"status {answer.status_code}"
    return text.rstrip(".")[:REASON_LENGTH_MAX]
