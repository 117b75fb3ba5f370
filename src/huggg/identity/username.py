"""Usernames: one person has one, in every spelling.

A username is found by its key: normalised by compatibility (NFKC), without invisible characters and
surrounding blanks, case-folded, and an e-mail's domain as DNS writes it. Characters of two scripts that
look alike stay two characters: they are two mailboxes, and only operators create users.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from huggg.kit.codes import Vault
from huggg.kit.email import address_key, folded, visible
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id
from huggg.kit.names import LENGTH_MAX
from huggg.people.found_by import username_fingerprints


def clean_username(text: str) -> str:
    """Write a username as it is kept and shown: without invisible signs and blanks. Raises Invalid."""
    username_key(text)
    cleaned = " ".join(visible(unicodedata.normalize("NFC", text)).split())
    return cleaned.rstrip(".") if "@" in cleaned else cleaned


def username_key(text: str) -> str:
    """Fold a username into the key by which its user is found. Raises Invalid where it is nonsense."""
    try:
        key = folded(text)
    except Invalid:
        raise Invalid("A username must not contain control characters.") from None
    if not 1 <= len(key) <= LENGTH_MAX:
        raise Invalid(f"A username has 1 to {LENGTH_MAX} characters.")
    return _address_key(key) if "@" in key else key


def key_or_none(text: str) -> str | None:
    """Fold a username; None for a text that can be the username of no new user."""
    try:
        return username_key(text)
    except Invalid:
        return None


def username_values(vault: Vault, text: str) -> dict[str, Any]:
    """Give the values by which a statement finds a user: as written, and folded where that can be."""
    as_typed, key = text.encode(errors="replace").decode(), key_or_none(text)
    return {
        "username": as_typed,
        "username_key": key,
        "username_fingerprints": username_fingerprints(vault, as_typed, key),
    }


def user_values(vault: Vault, username_or_id: str) -> dict[str, Any]:
    """Give the parameters by which a statement finds a user, by username or id."""
    return {"user_id": parse_id(username_or_id), **username_values(vault, username_or_id)}


def _address_key(key: str) -> str:
    try:
        return address_key(key)
    except Invalid:
        raise Invalid("A username with an @ is an e-mail address.") from None
