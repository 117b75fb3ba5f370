"""A ticket: it names a gift and the version that a page shows, so waiting for news asks no database.

The vault seals it, so only a page that was shown to the holder of a link has one.
"""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from huggg.gift.gift import ShownGift
from huggg.kit.codes import SealBrokenError, Vault
from huggg.kit.sealed_text import read_sealed_text, sealed_text

BOUND_TO = b"gift ticket"
ID_BYTES, VERSION_BYTES = 16, 8


class WatchedGift(Struct, frozen=True):
    """A gift, and the version of it that a page shows."""

    huggg_id: UUID
    version: int


def ticket_of(gift: ShownGift, vault: Vault) -> str:
    """Write the ticket of a page that shows a gift."""
    version = gift.version.to_bytes(VERSION_BYTES, "big", signed=True)
    return sealed_text(vault.seal(gift.huggg.id.bytes + version, bound_to=BOUND_TO))


def read_ticket(text: str, vault: Vault) -> WatchedGift:
    """Read a ticket. Raises ValueError for a text that is none, and KeysInDoubtError."""
    try:
        plaintext = vault.open(read_sealed_text(text), bound_to=BOUND_TO)
    except SealBrokenError as error:
        raise ValueError("no ticket of this installation") from error
    version = int.from_bytes(plaintext[ID_BYTES:], "big", signed=True)
    return WatchedGift(UUID(bytes=plaintext[:ID_BYTES]), version)
