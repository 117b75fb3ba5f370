"""SMS by Twilio, over plain HTTP: messages are posted as forms, and its reports are signed."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from huggg.kit.errors import Forbidden
from huggg.kit.outgoing.client import Outgoing
from huggg.kit.outgoing.reply import Reply, UnreachableError
from huggg.notifications.channel import (
    ChannelAway,
    ChannelClosed,
    HandoverInDoubt,
    MessageRefusedError,
    SmsReceipt,
    Text,
)
from huggg.notifications.delivery import DeliveryState
from huggg.notifications.reason import plain_reason

S = TypeVar("S", bound=Struct)

SECONDS_MAX = 15.0

LOOKED_UP = 20
"""The texts to a number among which one in doubt is looked for: more are too large a reply."""

STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.BOUNCED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
"""Twilio's states that decide; a text that is queued or on its way is in none of them."""

BAD_NUMBERS = frozenset({21211, 21214, 21217, 21610, 21612, 21614})
"""Errors about the number: not one that texts reach, or one whose owner stopped them."""


THOUSAND = 1000
FIRST_ABOUT_A_TEXT = 21
"""The thousands of the codes about one text. Those below are about the account."""

BAD_SENDERS = frozenset({21212, 21603, 21606, 21611, 21659, 21660, 21661})
"""Errors about the number that texts come from: another account has it, or its queue is full."""


class TwilioAccount(Struct, frozen=True):
    """An account, as `HUGGG_SMS_URL` names it: `twilio://SID:token@api.twilio.com?from=+44…`."""

    sid: str
    token: str
    base_url: str
    sender: str


class _Message(Struct, frozen=True):
    sid: str
    body: str = ""


class _Messages(Struct, frozen=True):
    messages: list[_Message]


class _Error(Struct, frozen=True):
    code: int = 0
    message: str = ""


def read_twilio_url(url: str) -> TwilioAccount:
    """Read an account. A host of this machine is asked without TLS. Raises ValueError."""
    parts = urlsplit(url)
    options = parse_qs(parts.query, strict_parsing=True)
    if parts.scheme != "twilio" or not (parts.username and parts.password and parts.hostname):
        raise ValueError(url)
    if options.keys() != {"from"}:
        raise ValueError(url)
    host = parts.netloc.rpartition("@")[2]
    scheme = "http" if parts.hostname in {"localhost", "127.0.0.1", "::1"} else "https"
    sender = "+" + options["from"][0].strip().lstrip("+")
    return TwilioAccount(unquote(parts.username), unquote(parts.password), f"{scheme}://{host}", sender)


class TwilioTexter:
    """Hands texts to Twilio: a Texter."""

    def __init__(self, account: TwilioAccount, outgoing: Outgoing) -> None:
        self._account = account
        self._outgoing = outgoing
        self._path = f"/2010-04-01/Accounts/{quote(account.sid)}/Messages.json"
        basic = b64encode(f"{account.sid}:{account.token}".encode()).decode()
        self._authorization = {"Authorization": f"Basic {basic}"}

    async def send(self, text: Text) -> str:
        """Hand a text over: `Texter.send`."""
        form = {"To": text.to, "From": self._account.sender, "Body": text.text}
        if text.receipts_url:
            form["StatusCallback"] = text.receipts_url
        reply = await self._ask("POST", content=urlencode(form).encode())
        if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return _read(reply, _Message).sid
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise ChannelAway("Twilio takes no more texts just now.")
        if HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            error = _read(reply, _Error)
            if error.code // THOUSAND < FIRST_ABOUT_A_TEXT or error.code in BAD_SENDERS:
                raise ChannelClosed(plain_reason(f"Twilio answered {reply.status}: {error.message}"))
            state = DeliveryState.BOUNCED if error.code in BAD_NUMBERS else DeliveryState.FAILED
            raise MessageRefusedError(plain_reason(f"{error.code} {error.message}"), state=state)
        raise HandoverInDoubt(f"Twilio answered {reply.status}.")

    async def verify(self, text: Text) -> str | None:
        """Look for a text in doubt by its number and its words, which have the link of one huggg."""
        query = urlencode({"To": text.to, "PageSize": LOOKED_UP})
        reply = await self._ask("GET", query=query)
        if reply.status != HTTPStatus.OK:
            raise HandoverInDoubt(f"Twilio answered {reply.status}.")
        messages = _read(reply, _Messages).messages
        return next((message.sid for message in messages if message.body == text.text), None)

    async def close(self) -> None:
        """Close the open connections."""
        await self._outgoing.close()

    def receipt(self, url: str, form: Mapping[str, str], signature: str) -> SmsReceipt:
        """Read a signed report: `Texter.receipt`."""
        if not hmac.compare_digest(signature.encode(), self.signature(url, form).encode()):
            raise Forbidden
        state = STATES.get(form.get("MessageStatus", "") or form.get("SmsStatus", ""))
        code = form.get("ErrorCode", "")
        return SmsReceipt(state, f"error {code}" if code else None)

    def signature(self, url: str, form: Mapping[str, str]) -> str:
        """Sign a report as Twilio does: the address and the sorted fields, by HMAC-SHA1."""
        signed_text = url + "".join(name + form[name] for name in sorted(form))
        digest = hmac.new(self._account.token.encode(), signed_text.encode(), sha1).digest()
        return b64encode(digest).decode()

    async def _ask(self, method: str, *, content: bytes = b"", query: str = "") -> Reply:
        """Send a request. Raises HandoverInDoubt."""
        headers = self._authorization | {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            return await self._outgoing.request(
                method,
                self._account.base_url + self._path,
                headers=headers,
                content=content,
                seconds_max=SECONDS_MAX,
                query=query,
            )
        except UnreachableError as error:
            raise HandoverInDoubt(str(error)) from error


def _read(reply: Reply, shape: type[S]) -> S:
    """Read an answer. Raises HandoverInDoubt for one that is no JSON of this shape."""
    try:
        return msgspec.json.decode(reply.body or b"{}", type=shape)
    except msgspec.DecodeError as error:
        raise HandoverInDoubt(f"Twilio's answer cannot be read: {error}.") from error
