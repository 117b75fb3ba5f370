"""Apple's push service: it tells a phone to ask for a pass again, by the pass's own certificate."""

from __future__ import annotations

import ssl
from http import HTTPStatus

import httpx2
import msgspec
from msgspec import Struct

from huggg.passes.apple_file import AppleIdentity
from huggg.passes.errors import PassNewsRefused, PassServiceAway

APPLE = "https://api.push.apple.com"
SECONDS_MAX = 10.0

GONE = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"})
"""Reasons that will not change: the phone takes no news of the pass any more."""


REFUSING = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    }
)
"""Statuses of a push that Apple will never take: its form, or the certificate, is wrong."""

IDLE = "IdleTimeout"
"""The one reason of status 400 that is about the connection, and not about the push."""


class _Answer(Struct, frozen=True):
    reason: str = ""


class ApplePush:
    """Tells phones of changes. One per process; it connects with the first push."""

    def __init__(self, identity: AppleIdentity, url: str, trust: ssl.SSLContext | None = None) -> None:
        """Take the address of the service; `trust` is the context that judges its certificate."""
        self._identity = identity
        self._url = url
        self._trust = trust
        self._client: httpx2.AsyncClient | None = None

    async def tell(self, push_token: str) -> bool:
        """Tell one phone that a pass changed; False for a phone that is gone.

        Raises PassServiceAway, PassNewsRefused.
        """
        headers = {"apns-topic": self._identity.pass_type, "apns-push-type": "background"}
        url = f"{self._url}/3/device/{push_token}"
        try:
            answer = await self._connect().post(url, content=b"{}", headers=headers)
        except httpx2.HTTPError as error:
            raise PassServiceAway(f"Apple's push service: {type(error).__name__}.") from error
        if answer.status_code == HTTPStatus.OK:
            return True
        reason = _reason(answer.content)
        if answer.status_code == HTTPStatus.GONE or reason in GONE:
            return False
        text = f"Apple's push service answered {answer.status_code} {reason}."
        if answer.status_code in REFUSING and reason != IDLE:
            raise PassNewsRefused(text)
        raise PassServiceAway(text)

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.aclose()

    def _connect(self) -> httpx2.AsyncClient:
        if self._client is None:
            context = self._trust or httpx2.create_ssl_context()
            context.load_cert_chain(self._identity.path)
            self._client = httpx2.AsyncClient(
                http1=False, http2=True, verify=context, timeout=SECONDS_MAX, trust_env=False
            )
        return self._client


def _reason(body: bytes) -> str:
    try:
        return msgspec.json.decode(body or b"{}", type=_Answer).reason[:100]
    except msgspec.DecodeError:
        return ""
