"""The request to a brand's issuing service, as `docs/how-to/load-codes.md` documents it for brands.

`POST url` asks for a code under a key, `GET url/key` asks for the outcome of that key. Both are signed.
An answer that settles nothing (a timeout, a lost connection, a 5xx) is followed by a GET, never by a
second POST: so a service that is not idempotent still issues once.
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

import msgspec

from huggg.kit.outgoing.client import Outgoing
from huggg.kit.outgoing.reply import BODY_BYTES_MAX, Reply, UnreachableError
from huggg.refusal import Refusal
from huggg.vouchers.errors import IssuerRefused, IssuerSilent
from huggg.vouchers.issuers.issuer import Need

TIMEOUT_SECONDS = 3.0
ATTEMPTS_MAX = 3
PAUSE_SECONDS = 0.2
REASON_LENGTH_MAX = 200
OK, ELSEWHERE, NO = 2, 3, 4  # hundreds of a status
PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class CodeAnswer(msgspec.Struct):
    """The answer of a service that has issued."""

    code: str
    expires_at: datetime | None = None
    pin: str | None = None


class UnusableAnswerError(Exception):
    """An answer came that cannot be read; the text ends the sentence "gave an answer that …"."""


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """The address of a service, and the secret that signs requests to it."""

    url: str
    secret: bytes


def signature(secret: bytes, *, at: int, method: str, path: str, body: bytes) -> str:
    """Sign a request; the service checks the signature and refuses one older than five minutes."""
    signed = f"{at}.{method} {path}\n".encode() + body
    return f"t={at},v1={hmac.new(secret, signed, 'sha256').hexdigest()}"


class IssuingService:
    """Calls issuing services."""

    def __init__(self, outgoing: Outgoing, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._outgoing = outgoing
        self._timeout = timeout_seconds

    async def ask(
        self, account: ServiceEndpoint, key: UUID, need: Need, *, asked_before: bool
    ) -> CodeAnswer:
        """Get the code of this key. Raises IssuerRefused, and IssuerSilent when it is not known."""
        unsettled = asked_before
        outcome: Refusal = IssuerSilent()
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
            try:
                if unsettled:
                    answer = await self._send(account, "GET", f"/{key}", b"", key)
                    if answer is not None:
                        return answer
                unsettled = True
                issued = await self._send(account, "POST", "", _body(key, need), key)
                if issued is not None:
                    return issued
            except (UnreachableError, IssuerSilent):
                outcome = IssuerSilent()
            except UnusableAnswerError as error:
                outcome = IssuerRefused(f"The brand's code service gave an answer that {error}.")
        raise outcome

    async def _send(
        self, account: ServiceEndpoint, method: str, below: str, body: bytes, key: UUID
    ) -> CodeAnswer | None:
        """Send one request; None when the service does not know the key."""
        url = account.url.rstrip("/") + below
        sign = signature(
            account.secret, at=int(time.time()), method=method, path=urlsplit(url).path or "/", body=body
        )
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Idempotency-Key": str(key),
            "Huggg-Signature": sign,
        }
        reply = await self._outgoing.request(
            method, url, headers=headers, content=body, seconds_max=self._timeout
        )
        return _outcome(reply, asking=method == "GET")


def _body(key: UUID, need: Need) -> bytes:
    document: dict[str, Any] = {
        "key": key,
        "huggg_id": need.huggg_id,
        "product_id": need.product_id,
        "segment_id": need.segment_id,
        "value": need.value,
        "currency": "GBP",
        "expires_at": need.expires_at,
    }
    return msgspec.json.encode(document)


def _outcome(reply: Reply, *, asking: bool) -> CodeAnswer | None:
    """Read the outcome from an answer. Raises IssuerRefused, IssuerSilent, UnusableAnswerError."""
    if reply.status // 100 == OK:
        return _issued(_document(reply))
    if asking and reply.status == HTTPStatus.NOT_FOUND:
        return None
    if reply.status // 100 == ELSEWHERE:
        raise UnusableAnswerError("leads elsewhere; redirects are not followed")
    if reply.status // 100 == NO and reply.status not in PASSING:
        raise IssuerRefused(f"The brand's code service refused: {_reason(reply)}.")
    raise IssuerSilent


def _document(reply: Reply) -> bytes:
    """Give a body of JSON, no more of it than one may have. Raises UnusableAnswerError."""
    if reply.headers.get("content-encoding", "identity") != "identity":
        raise UnusableAnswerError("is compressed, which it was not asked to be")
    kind = reply.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnusableAnswerError("is not JSON by its content type")
    if reply.body is None:
        raise UnusableAnswerError(f"is longer than {BODY_BYTES_MAX // 1024} KB")
    return reply.body


def _issued(content: bytes) -> CodeAnswer:
    """Read the code. Raises UnusableAnswerError."""
    try:
        return msgspec.json.decode(content, type=CodeAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableAnswerError(
            "is not the JSON that was agreed: a code, perhaps expires_at and pin"
        ) from None


def _reason(reply: Reply) -> str:
    """Read why a service says no; an answer that cannot be read says it by its status alone."""
    try:
        reason = msgspec.json.decode(_document(reply), type=dict[str, Any]).get("error")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnusableAnswerError):
        reason = None
    text = reason if isinstance(reason, str) and reason.isprintable() else f"status {reply.status}"
    return text.rstrip(".")[:REASON_LENGTH_MAX]
