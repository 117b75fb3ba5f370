"""Channels by their settings: TLS unless it is said otherwise, and reports under a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from uuid import UUID

import pytest

from huggg.kit.codes import Vault
from huggg.kit.errors import Forbidden, Invalid
from huggg.kit.outgoing.client import Outgoing
from huggg.kit.outgoing.reply import Reply
from huggg.notifications.bounce import read_bounce
from huggg.notifications.channel import (
    ChannelAway,
    ChannelClosed,
    HandoverInDoubt,
    MessageRefusedError,
    SmsReceipt,
    Text,
)
from huggg.notifications.delivery import DeliveryState
from huggg.notifications.mail import MailSender, read_mail_sender
from huggg.notifications.reason import plain_reason
from huggg.notifications.smtp import SmtpServer, read_smtp_url
from huggg.notifications.twilio import TwilioTexter, read_twilio_url
from huggg.server.wiring import build_channels
from huggg.settings.settings import read_settings
from tests.support.loopback import listening


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtp://us%40er:p%3Aw@mail.example:587",
            SmtpServer("mail.example", 587, "us@er", "p:w", implicit_tls=False, start_tls=True),
        ),
        (
            "smtps://mail.example",
            SmtpServer("mail.example", 465, None, None, implicit_tls=True, start_tls=False),
        ),
        (
            "smtp://127.0.0.1:1025",
            SmtpServer("127.0.0.1", 1025, None, None, implicit_tls=False, start_tls=False),
        ),
        (
            "smtp://relay.internal?tls=none",
            SmtpServer("relay.internal", 25, None, None, implicit_tls=False, start_tls=False),
        ),
    ],
)
def test_a_mail_server_is_spoken_to_under_tls_unless_the_operator_says_otherwise(
    url: str, server: SmtpServer
) -> None:
    assert read_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtps://m.example?tls=none", "smtp://m?tls=on"],
)
def test_another_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_smtp_url(url)


def test_the_sender_of_mail_is_an_address_with_or_without_a_name() -> None:
    assert read_mail_sender("Gifts <gifts@m.example>") == MailSender("Gifts", "gifts@m.example")
    assert read_mail_sender("gifts@m.example").domain == "m.example"
    with pytest.raises(ValueError, match="nobody"):
        read_mail_sender("nobody")


URL = "https://api.example/webhooks/sms/1"
AUTH = "secret"
TEXT = Text(delivery_id=UUID(int=1), to="+447700900123", text="Hello", receipts_url=URL)
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+447700900123"}


def signed(form: dict[str, str], url: str = URL, token: str = AUTH) -> str:
    """Sign a report as the provider's documentation says, without our code."""
    text = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_a_bounce_of_mails_inside_of_mails_without_an_end_is_refused() -> None:
    with pytest.raises(Invalid, match="too many mails inside of each other"):
        read_bounce(b"Content-Type: message/rfc822\r\n\r\n" * 2000, Vault({1: b"k" * 32}))


def test_a_report_counts_only_under_its_provider_s_signature() -> None:
    account = read_twilio_url("twilio://AC1:secret@api.twilio.example?from=+447700900999")
    assert (account.sender, account.base_url) == ("+447700900999", "https://api.twilio.example")
    texter = TwilioTexter(account, Outgoing())
    assert texter.receipt(URL, FORM, signed(FORM)) == SmsReceipt(DeliveryState.DELIVERED)
    failed = {**FORM, "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert texter.receipt(URL, failed, signed(failed)) == SmsReceipt(
        DeliveryState.BOUNCED, "error 30003"
    )
    on_its_way = {**FORM, "MessageStatus": "sending"}
    assert texter.receipt(URL, on_its_way, signed(on_its_way)).state is None
    for signature in ("", signed(FORM, token="other"), signed(FORM, url=URL + "0"), signed(failed)):
        with pytest.raises(Forbidden):
            texter.receipt(URL, FORM, signature)


async def test_a_provider_in_the_operators_own_network_gets_texts_and_finds_them() -> None:
    """The setting is the operator's, so its address is not judged as a customer's is."""

    async def answer(
        method: str, path: str, _headers: dict[str, str], _body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if method == "POST":
            return 201, {"sid": "SM1"}
        assert path.endswith("/Messages.json?To=%2B447700900123&PageSize=20")
        return 200, {"messages": [{"sid": "SM0", "body": "Bye"}, {"sid": "SM1", "body": TEXT.text}]}

    async with listening(answer) as port:
        url = f"twilio://AC1:secret@127.0.0.1:{port}?from=+447700900999"
        channels = build_channels(read_settings({"HUGGG_SMS_URL": url}))
        assert channels.texter is not None
        assert await channels.texter.send(TEXT) == "SM1"
        assert await channels.texter.verify(TEXT) == "SM1"
        await channels.close()


class Provider(Outgoing):
    """A provider that answers each request alike."""

    def __init__(self, status: int, body: bytes) -> None:
        self._reply = Reply(status, {}, body)

    async def request(self, *_request: Any, **_options: Any) -> Reply:
        return self._reply


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 21211, MessageRefusedError),
        (403, 21408, MessageRefusedError),
        (400, 21606, ChannelClosed),
        (401, 20003, ChannelClosed),
        (403, 20005, ChannelClosed),
        (404, 20404, ChannelClosed),
        (403, 0, ChannelClosed),
        (429, 20429, ChannelAway),
        (500, 20500, HandoverInDoubt),
    ],
)
async def test_a_text_is_given_up_for_an_error_about_itself_alone(
    status: int, code: int, error: type[Exception]
) -> None:
    """An account with an old password sends its texts once the operator mends it."""
    account = read_twilio_url("twilio://AC1:secret@api.twilio.example?from=+447700900999")
    provider = Provider(status, b'{"code": %d, "message": "No."}' % code)

    with pytest.raises(error) as refusal:
        await TwilioTexter(account, provider).send(TEXT)

    assert type(refusal.value) is error


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("550 5.1.1 <dee@example.org>: unknown", "550 5.1.1 <[address]>: unknown"),
        ("The 'To' number +44 7700 900123 is not valid", "The 'To' number [number] is not valid"),
        ("451\r\n4.7.1 try again", "451 4.7.1 try again"),
        ("550 no\x00such\x1b[31m user\u202e", "550 no such [31m user"),
    ],
)
def test_a_reason_repeats_no_address_and_no_number(words: str, reason: str) -> None:
    assert plain_reason(words) == reason
