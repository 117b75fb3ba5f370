"""A group's link: one address for many people, each of whom takes one huggg of the purchase.

Its code is found by fingerprint and kept sealed, as shortcodes are. Beside the code lies a secret of the
link: it keys the fingerprints by which the link tells people apart, so they stay the same when the
vault's keys are rotated, and two links do not show that they have a person in common.
"""

from __future__ import annotations

import secrets
from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import KEY_BYTES, Vault, random_text

GROUP = "group"
"""The delivery method of a purchase with such a link."""

KIND = "group link"
"""The kind under which the codes of links are fingerprinted."""

SYMBOLS = 15  # as published; of 62: 89 bits


class GroupLink(Struct, frozen=True, gc=False):
    """The code at the end of the address, and the secret that no reader of the address learns."""

    code: str
    secret: bytes

    def url(self, launch_url: str) -> str:
        """Write the address."""
        return f"{launch_url}/super/{self.code}"


def new_group_link() -> GroupLink:
    """Draw one."""
    return GroupLink(random_text(SYMBOLS), secrets.token_bytes(KEY_BYTES))


def seal_group_link(vault: Vault, link: GroupLink, transaction_id: UUID) -> bytes:
    """Seal a link to the row of its purchase."""
    return vault.seal(link.code.encode() + link.secret, bound_to=_sealed_for(transaction_id))


def open_group_link(vault: Vault, sealed: bytes, transaction_id: UUID) -> GroupLink:
    """Open a sealed link. Raises SealBrokenError, KeysInDoubtError."""
    plaintext = vault.open(sealed, bound_to=_sealed_for(transaction_id))
    return GroupLink(plaintext[:SYMBOLS].decode(), plaintext[SYMBOLS:])


def _sealed_for(transaction_id: UUID) -> bytes:
    return b"group_links.sealed\0" + transaction_id.bytes
