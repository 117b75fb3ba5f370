"""Phone numbers are understood in every spelling, and refused where no SMS arrives."""

from __future__ import annotations

import pytest

from huggg.kit.errors import Invalid
from huggg.kit.phone import e164

PHONE = "+447400123456"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+447400123456", PHONE),
        ("07400123456", PHONE),
        ("07400 123 456", PHONE),
        ("(07400) 123-456", PHONE),
        ("07400.123.456", PHONE),
        (" 07400 123456 ", PHONE),
        ("07400\u00a0123\u2013456", PHONE),
        ("+44 7400 123456", PHONE),
        ("+44 (0)7400 123456", PHONE),
        ("+44(0) 7400-123-456", PHONE),
        ("44 7400 123456", PHONE),
        ("00447400123456", PHONE),
        ("0044 (0)7400 123456", PHONE),
        ("tel:+44-7400-123456", PHONE),
        ("\uff0b\uff14\uff14 7400 123456", PHONE),
        ("\u202a+44\u00a07400\u2011123456\u202c", PHONE),  # as an address book copies it
        ("TEL:+447400123456", PHONE),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033 6.12.34.56.78", "+33612345678"),
        ("+1 415-555-2671", "+14155552671"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("001 415 555 2671", "+14155552671"),
        ("+353 85 012 3456", "+353850123456"),
        ("+49 1512 3456789", "+4915123456789"),
        ("+91 98765 43210", "+919876543210"),
    ],
)
def test_a_number_is_understood_however_it_is_written_and_wherever_it_rings(
    text: str, number: str
) -> None:
    assert e164(text, "to") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("07700900123", "+447700900123"),
        ("07700 900 000", "+447700900000"),
        ("+44 (0)7700 900999", "+447700900999"),
        ("+1 212 555 0123", "+12125550123"),
        ("+1 (555) 555-0199", "+15555550199"),  # in an area that does not exist
        ("+33 6 39 98 12 34", "+33639981234"),
        ("+353 20 912 3456", "+353209123456"),
        ("+61 491 570 006", "+61491570006"),
        ("+49 1522 8895456", "+4915228895456"),
        ("+46 70 174 06 05", "+46701740605"),
    ],
)
def test_numbers_that_regulators_keep_free_for_stories_and_tests_are_accepted(
    text: str, number: str
) -> None:
    assert e164(text, "to") == number


def refused(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        e164(text, "to")
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "12", "hello", "999", "+44740012345", "+999123456789", "07400123456" * 9, "+"),
        *("07700 901 000", "+1 555 555 0200", "07700 900 1234"),  # beside those for stories
        "07400123456 or 07400123457",
        "07400123456/Amy",
        "07400 FLOWER",
        "07400123456\x00",
        "+44\ud8007400123456",
    ],
)
def test_text_that_is_no_phone_number_is_refused(text: str) -> None:
    refused(text, "to: is not a phone number.")


@pytest.mark.parametrize(
    "text",
    [
        "07400 123456 ext 101",
        "07400123456ext.101",
        "07400123456 x101",
        "07400123456#101",
        "07400123456 extension 5",
        "+44 7400 123456;ext=101",
        "tel:+447400123456;ext=101",
        "07700 900123 x9",
    ],
)
def test_an_extension_is_refused_and_not_dropped(text: str) -> None:
    refused(text, "to: has an extension, and an SMS reaches none.")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("020 7946 0018", id="landline"),
        pytest.param("+33 1 42 68 53 00", id="landline elsewhere"),
        pytest.param("0909 879 0123", id="premium rate"),
        pytest.param("0800 356 9377", id="free to call"),
        pytest.param("0845 012 3456", id="shared cost"),
        pytest.param("070 1234 5678", id="personal number"),
        pytest.param("07600 123456", id="pager"),
        pytest.param("056 1234 5678", id="over the internet"),
        pytest.param("+1 800 555 0123", id="free to call, for stories"),
    ],
)
def test_a_number_at_which_no_sms_arrives_is_refused(text: str) -> None:
    refused(text, "to: is not a mobile number, and an SMS has to arrive.")
