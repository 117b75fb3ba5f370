"""Bounces as mail servers write them: coded parts, comments, several recipients."""

from __future__ import annotations

from base64 import encodebytes
from quopri import encodestring
from uuid import UUID

import pytest

from huggg.kit.codes import Vault
from huggg.notifications.bounce import Bounce, read_bounce
from huggg.notifications.delivery import DeliveryState
from huggg.notifications.return_path import mail_names

VAULT = Vault({1: b"k" * 32})
DELIVERY = UUID(int=7)
RETURN_PATH, MESSAGE_ID = mail_names(VAULT, DELIVERY, domain="gifts.example")
OUR_HEADERS = f"Message-ID: {MESSAGE_ID}\n"


def coded(text: str, coding: str) -> str:
    """Write a text as a `Content-Transfer-Encoding` does."""
    coders = {"base64": encodebytes, "quoted-printable": encodestring}
    return coders[coding](text.encode()).decode() if coding in coders else text


def report(
    fields: str = "",
    *,
    to: str = RETURN_PATH,
    status_type: str = "message/delivery-status",
    coding: str = "",
    returned: str = "text/rfc822-headers",
) -> bytes:
    """Write a report as a mail server does, its two later parts of these types and coding."""
    status = f"Reporting-MTA: dns; mx.example\n\n{fields or outcome()}"
    return (
        f'To: {to}\nContent-Type: multipart/report; boundary="B"\n\n--B\n\nSorry.\n'
        f"--B\nContent-Type: {status_type}\nContent-Transfer-Encoding: {coding}\n\n"
        f"{coded(status, coding)}\n"
        f"--B\nContent-Type: {returned}\nContent-Transfer-Encoding: {coding}\n\n"
        f"{coded(OUR_HEADERS, coding)}\n--B--\n"
    ).encode()


def outcome(action: str = "failed", status: str = "5.1.1", words: str = "smtp; 550 no such user") -> str:
    """Write the fields of one recipient."""
    return (
        f"Final-Recipient: rfc822; amy@x.example\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: {words}\n"
    )


GONE = Bounce(DELIVERY, DeliveryState.BOUNCED, "550 no such user", address_is_dead=True)


@pytest.mark.parametrize("coding", ["", "base64", "quoted-printable"])
@pytest.mark.parametrize("status_type", ["message/delivery-status", "message/global-delivery-status"])
@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822", "message/global-headers"])
def test_a_report_is_read_in_each_coding_and_type(coding: str, status_type: str, returned: str) -> None:
    """Only the mail that it returns names the delivery: another program took its recipient away."""
    mail = report(to="mail@x.example", status_type=status_type, coding=coding, returned=returned)

    assert read_bounce(mail, VAULT) == GONE
    assert read_bounce(mail.replace(b"\n", b"\r\n"), VAULT) == GONE


def test_a_comment_behind_an_action_and_a_status_is_passed_over() -> None:
    """RFC 3464 lets a server explain each field."""
    assert read_bounce(report(outcome("FAILED (gave up)", "5.1.1 (no mailbox)")), VAULT) == GONE


@pytest.mark.parametrize(
    ("status", "words", "is_dead"),
    [
        ("5.1.1", "smtp; 550 no such user", True),
        ("5.1.10", "smtp; 550 no such user", True),
        ("5.1.8", "smtp; 550 the sender's domain does not exist", False),
        ("5.1.7", "smtp; 550 bad sender", False),
        ("5.1.0", "smtp; 550 sender rejected", False),
        ("5.2.2", "smtp; 552 full", False),
        ("5.7.1", "smtp; 550 spam", False),
        ("5.0.0", "smtp; 550 5.1.1 no such user", True),
        ("5.0.0", "smtp; 550 5.7.1 spam, see 5.1.1.9", False),
        ("5.0.0", "550 5.1.1 no such user", True),
        ("", "550 5.1.1 no such user", False),
    ],
)
def test_only_an_address_that_takes_no_mail_is_dead(status: str, words: str, *, is_dead: bool) -> None:
    """A fault of the sender's domain is none of the recipient's."""
    bounce = read_bounce(report(outcome(status=status, words=words)), VAULT)

    assert bounce is not None
    assert (bounce.state, bounce.address_is_dead) == (DeliveryState.BOUNCED, is_dead)
    assert bounce.reason == words.removeprefix("smtp; ")


def test_of_several_recipients_one_that_got_the_mail_decides() -> None:
    """The address was a list's: in either order, as for two reports one after the other."""
    failed, arrived = outcome(), outcome("delivered", "2.0.0", "smtp; 250 ok")

    for fields in (f"{failed}\n{arrived}", f"{arrived}\n{failed}"):
        assert read_bounce(report(fields), VAULT) == Bounce(
            DELIVERY, DeliveryState.DELIVERED, "250 ok", address_is_dead=False
        )
    assert read_bounce(report(outcome("delayed", "4.4.1")), VAULT) is None
