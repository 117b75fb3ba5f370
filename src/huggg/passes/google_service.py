"""Google's wallet service: it patches a saved pass, under an access token for a signed claim."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from huggg.passes.errors import PassNewsRefused, PassServiceAway
from huggg.passes.gift_pass import GiftPass
from huggg.passes.google_object import GoogleIdentity, changing_parts, object_id

GOOGLE = "https://walletobjects.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SECONDS_MAX = 10.0
CLAIM_SECONDS = 3600
RENEWED_SECONDS = 60
"""A token is renewed so long before its end."""


REFUSING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN})
"""Statuses of a patch that Google will never take: its form, or the account's right, is wrong."""

NO_TOKEN = REFUSING | {HTTPStatus.UNAUTHORIZED}
"""Statuses of a claim that never gets a token (RFC 6749, 5.2): the account is unknown, or its key."""

SPENT = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})
"""Reasons of status 403 that pass: the allowance of calls is spent."""


class _Reason(Struct, frozen=True):
    reason: str = ""


class _Error(Struct, frozen=True):
    errors: list[_Reason] = []


class _Answer(Struct, frozen=True):
    error: _Error = _Error()


class _Token(Struct, frozen=True):
    access_token: str
    expires_in: int


class GoogleService:
    """Keeps saved passes true. One per process; it connects with the first change."""

    def __init__(self, identity: GoogleIdentity, url: str) -> None:
        self.identity = identity
        self._url = url
        self._client: httpx2.AsyncClient | None = None
        self._token: _Token | None = None
        self._token_ends = 0.0

    async def renew(self, gift_pass: GiftPass) -> None:
        """Patch a pass; one that its holder never saved is not there.

        Raises PassServiceAway, PassNewsRefused.
        """
        path = f"/walletobjects/v1/giftCardObject/{object_id(self.identity, gift_pass)}"
        headers = {"Authorization": f"Bearer {await self._access_token()}"}
        answer = await self._send("PATCH", self._url + path, headers, json=changing_parts(gift_pass))
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            self._token = None
        if answer.status_code not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            text = f"Google's wallet service answered {answer.status_code}."
            if answer.status_code in REFUSING and not _is_spent(answer.content):
                raise PassNewsRefused(text)
            raise PassServiceAway(text)

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()

    async def _access_token(self) -> str:
        if self._token is None or time.monotonic() > self._token_ends - RENEWED_SECONDS:
            self._token = await self._ask_for_token()
            self._token_ends = time.monotonic() + self._token.expires_in
        return self._token.access_token

    async def _ask_for_token(self) -> _Token:
        now, address = int(time.time()), self.identity.account.token_uri
        claims = {"scope": SCOPE, "aud": address, "iat": now, "exp": now + CLAIM_SECONDS}
        form = {"grant_type": GRANT, "assertion": self.identity.signed(claims)}
        answer = await self._send("POST", address, {}, data=form)
        try:
            if answer.status_code == HTTPStatus.OK:
                return msgspec.json.decode(answer.content, type=_Token)
        except msgspec.DecodeError:
            pass
        text = f"Google gave no access token ({answer.status_code})."
        if answer.status_code in NO_TOKEN:
            raise PassNewsRefused(text)
        raise PassServiceAway(text)

    async def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        **body: Any,  # noqa: ANN401 - the library's own parameters
    ) -> httpx2.Response:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=SECONDS_MAX, trust_env=False)
        try:
            return await self._client.request(method, url, headers=headers, **body)
        except httpx2.HTTPError as error:
            raise PassServiceAway(f"Google's wallet service: {type(error).__name__}.") from error


def _is_spent(body: bytes) -> bool:
    """Tell whether an answer refuses for now: so many calls were made that Google takes no more yet."""
    try:
        errors = msgspec.json.decode(body or b"{}", type=_Answer).error.errors
    except msgspec.DecodeError:
        return False
    return any(each.reason in SPENT for each in errors)
