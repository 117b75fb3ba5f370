"""One e-mail address is found in every spelling, and is written to as its owner spells it."""

from __future__ import annotations

import pytest

from huggg.kit.codes import Vault
from huggg.kit.email import clean_email, email_key, mailbox_key
from huggg.kit.errors import Invalid
from huggg.people.found_by import (
    email_fingerprint,
    email_fingerprints,
    phone_fingerprint,
    phone_fingerprints,
)

AMY = "amy@acorn.example"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (AMY, AMY),
        (" Amy@Acorn.example \n", "Amy@Acorn.example"),
        ("amy\u200b@acorn.example.", AMY),
        ("\u202aamy@acorn.example\u202c", AMY),
        ("AMY@ACORN.EXAMPLE", "AMY@ACORN.EXAMPLE"),
    ],
)
def test_spellings_of_an_address_have_one_key(text: str, cleaned: str) -> None:
    assert clean_email(text, "email") == cleaned
    assert email_key(text) == AMY


def test_a_domain_is_folded_as_dns_writes_it() -> None:
    assert email_key("zoe@b\u00fccher.example") == email_key("ZOE@xn--bcher-kva.example")
    assert email_key("zo\u00eb@x.example") == email_key("Zoe\u0308@X.example")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "amy", "amy@", "@acorn.example", "amy@acorn", "amy@@acorn.example"),
        *("amy@acorn..example", "a b@acorn.example", ".amy@acorn.example", "a..y@acorn.example"),
        *("amy,ben@acorn.example", "<amy@acorn.example>", '"amy"@acorn.example', "a;b@acorn.example"),
        *("amy@[127.0.0.1]", "amy@127.0.0.1", "amy@[IPv6:::1]", "amy@-acorn.example", "amy@acorn.!"),
        *("amy\r\nBcc:ben@acorn.example", "amy@acorn.example\nX", "amy\x00@acorn.example"),
        *(f"{'a' * 65}@acorn.example", f"amy@{'x' * 64}.example", f"amy@{'x.' * 125}example"),
    ],
)
def test_a_text_that_is_no_address_is_refused_by_the_name_of_its_field(text: str) -> None:
    with pytest.raises(Invalid, match=r"^receivers\[0\]\.email: is not an e-mail address\.$"):
        clean_email(text, "receivers[0].email")


def test_people_are_found_under_every_key_and_kept_under_the_newest() -> None:
    old, both = Vault({1: b"o" * 32}), Vault({1: b"o" * 32, 2: b"n" * 32})
    before = email_fingerprint(old, "Amy@Acorn.example")
    assert email_fingerprints(both, AMY) == [email_fingerprint(both, AMY), before]
    assert phone_fingerprints(old, "+447700900123") == [phone_fingerprint(old, "+447700900123")]
    assert phone_fingerprint(old, "+447700900123") != phone_fingerprint(both, "+447700900123")


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("Amy@Acorn.example", AMY),
        ("amy+lunch@acorn.example", AMY),
        ("amy+lunch+two@acorn.example", AMY),
        ("\uff21\uff2d\uff39@acorn.example", AMY),
        ("a.m.y@acorn.example", "a.m.y@acorn.example"),
        ("+amy@acorn.example", "+amy@acorn.example"),
        ("A.my+x@GoogleMail.com", "amy@gmail.com"),
        ("amy@gmail.com", "amy@gmail.com"),
        ("amy@xn--bcher-kva.example", "amy@xn--bcher-kva.example"),
        ("amy+x@b\u00fccher.example", "amy@xn--bcher-kva.example"),
    ],
)
def test_all_addresses_of_one_mailbox_have_one_key(text: str, mailbox: str) -> None:
    assert mailbox_key(text) == mailbox
