"""Phone numbers: in any spelling, and only those at which an SMS arrives."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from huggg.kit.errors import Invalid

HOME_REGION = "GB"  # a number written without a country is British

SPELLING = re.compile(r"(tel:)?[+]?[\d\s().\-\u2010-\u2015\u2212/]+", re.IGNORECASE)
"""Digits, and the signs that people put between them; any other could belong to a second number."""

EXTENSION = re.compile(r"(ext|extn|extension|x|#)[.:=\s]*\d+#?\s*$", re.IGNORECASE)

HEARS_SMS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})

FOR_STORIES = {
    1: re.compile(r"(?!8(00|22|33|44|55|66|77|88)|900)[2-9]\d{2}55501\d{2}"),  # NANPA, 555-01XX
    33: re.compile(r"63998\d{4}"),  # Arcep
    44: re.compile(r"7700900\d{3}"),  # Ofcom
    353: re.compile(r"2091\d{5}"),  # ComReg
}
"""Numbers that regulators keep free for films and tests, by country: no subscriber has one, so the
library does not call them valid. The free numbers of other countries lie within their mobile ranges."""


def e164(text: str, field: str) -> str:
    """Read the number at which a person shall get an SMS.

    An extension is refused: without it the SMS would reach another person. Raises Invalid naming the
    field.
    """
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf").strip()
    if EXTENSION.search(visible):
        raise Invalid(f"{field}: has an extension, and an SMS reaches none.")
    number = _parse(visible)
    if number is None:
        raise Invalid(f"{field}: is not a phone number.")
    if not _is_for_stories(number):
        kind = phonenumbers.number_type(number)
        if kind == PhoneNumberType.UNKNOWN:
            raise Invalid(f"{field}: is not a phone number.")
        if kind not in HEARS_SMS:
            raise Invalid(f"{field}: is not a mobile number, and an SMS has to arrive.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parse(visible: str) -> PhoneNumber | None:
    if not SPELLING.fullmatch(visible):
        return None
    try:
        return phonenumbers.parse(visible, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None


def _is_for_stories(number: PhoneNumber) -> bool:
    kept_free = FOR_STORIES.get(number.country_code or 0)
    national = phonenumbers.national_significant_number(number)
    return kept_free is not None and kept_free.fullmatch(national) is not None
