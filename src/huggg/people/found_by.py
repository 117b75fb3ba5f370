"""Fingerprints by which people are found: one for each spelling of an address, number or username.

A fingerprint is stored under the newest key and looked up under every key, as `Vault.fingerprints` says.
Addresses and usernames share a kind: a user whose username is an address is found by that address.
"""

from __future__ import annotations

from huggg.kit.codes import Vault
from huggg.kit.email import email_key

ADDRESS = "address"
PHONE_NUMBER = "phone number"
EXACT_USERNAME = "exact username"
"""The kinds under which the vault fingerprints them."""


def email_fingerprint(vault: Vault, email: str) -> bytes:
    """Fingerprint an e-mail address for its row. Raises Invalid, KeysInDoubtError."""
    return vault.fingerprint(ADDRESS, email_key(email))


def email_fingerprints(vault: Vault, email: str) -> list[bytes]:
    """Fingerprint an e-mail address to look it up. Raises Invalid, KeysInDoubtError."""
    return vault.fingerprints(ADDRESS, email_key(email))


def phone_fingerprint(vault: Vault, number: str) -> bytes:
    """Fingerprint a number in E.164 for its row. Raises KeysInDoubtError."""
    return vault.fingerprint(PHONE_NUMBER, number)


def phone_fingerprints(vault: Vault, number: str) -> list[bytes]:
    """Fingerprint a number in E.164 to look it up. Raises KeysInDoubtError."""
    return vault.fingerprints(PHONE_NUMBER, number)


def username_fingerprints(vault: Vault, as_typed: str, key: str | None) -> list[bytes]:
    """Fingerprint a username to look it up: its exact spelling first, then its key if it has one.

    Raises KeysInDoubtError.
    """
    folded = [] if key is None else vault.fingerprints(ADDRESS, key)
    return [*vault.fingerprints(EXACT_USERNAME, as_typed), *folded]
