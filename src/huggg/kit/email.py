"""E-mail addresses: cleaned as they are written to, and folded into the key by which they are found."""

from __future__ import annotations

import re
import unicodedata

from huggg.kit.errors import Invalid
from huggg.kit.names import UNUSABLE, is_invisible

LENGTH_MAX = 254
LOCAL_LENGTH_MAX = 64

UNASSIGNED = "Cn"
"""The category of signs that Unicode does not have yet: a later version may fold them otherwise."""

DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Domains whose provider ignores dots before the @, each by the one name of its mailboxes."""

ADDRESS = re.compile(r"(?P<local>[^@\s]+)@(?P<domain>[^@\s.]+(\.[^@\s.]+)*)")

LOCAL = re.compile(r"[^\s()<>\[\]:;@\\,.\"]+(\.[^\s()<>\[\]:;@\\,.\"]+)*")
"""The part before the @ that needs no quotes: a quoted one could end a header of a mail early."""

DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?")
"""A name in DNS. An address of the network in its place would choose the machine that gets the mail."""


def clean_email(text: str, field: str) -> str:
    """Write an address as mail is sent to it: without blanks around it and signs that are not seen.

    Raises Invalid, which names the field.
    """
    cleaned = visible(unicodedata.normalize("NFC", text)).strip().rstrip(".")
    try:
        key = email_key(cleaned)
    except Invalid:
        raise Invalid(f"{field}: is not an e-mail address.") from None
    local, _, domain = key.partition("@")
    too_long = len(key) > LENGTH_MAX or len(local.encode()) > LOCAL_LENGTH_MAX
    if too_long or LOCAL.fullmatch(local) is None or DOMAIN.fullmatch(domain) is None:
        raise Invalid(f"{field}: is not an e-mail address.")
    return cleaned


def email_key(text: str) -> str:
    """Fold an address: by compatibility and case, its domain as DNS writes it. Raises Invalid."""
    return address_key(folded(text))


def mailbox_key(text: str) -> str:
    """Fold an address further than `email_key`: all addresses of one mailbox are one.

    A tag behind a plus reaches the mailbox of the text before it at nearly every provider, and dots mean
    nothing at some. Raises Invalid.
    """
    local, _, domain = email_key(text).rpartition("@")
    untagged = local.partition("+")[0] or local
    if domain in DOTLESS:
        return f"{untagged.replace('.', '')}@{DOTLESS[domain]}"
    return f"{untagged}@{domain}"


def folded(text: str) -> str:
    """Fold a text, so that spellings that read alike are one. Raises Invalid for control characters."""
    if text.isascii() and text.isprintable():  # nearly every address: nothing to fold but its case
        return " ".join(text.split()).lower()
    if any(unicodedata.category(sign) in {*UNUSABLE, UNASSIGNED} for sign in text.strip()):
        raise Invalid("must not contain control characters.")
    plain = visible(unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFKC", " ".join(plain.split()).casefold())


def address_key(folded_address: str) -> str:
    """Write a folded address with its domain as DNS writes it. Raises Invalid."""
    address = ADDRESS.fullmatch(folded_address.rstrip("."))
    if address is None:
        raise Invalid("is not an e-mail address.")
    try:
        domain = address["domain"].encode("idna").decode()
    except UnicodeError:
        raise Invalid("is not an e-mail address.") from None
    return f"{address['local']}@{domain}"


def visible(text: str) -> str:
    """Leave out the signs that have no look of their own."""
    return "".join(sign for sign in text if not is_invisible(sign))
