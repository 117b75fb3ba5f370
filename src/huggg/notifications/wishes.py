"""Wishes of readers: the kinds of messages they do not want, and their language, kept by address."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from huggg.kit.codes import SealBrokenError
from huggg.kit.platform import Platform
from huggg.kit.sealed_text import read_sealed_text
from huggg.notifications import store
from huggg.notifications.addressee import fingerprints_of, readable_addressee
from huggg.notifications.compose import UNSUBSCRIBE
from huggg.notifications.delivery import Channel
from huggg.notifications.store import queries
from huggg.notifications.verdict import Contact

TOKEN_LENGTH_MAX = 100


def delivery_of_token(platform: Platform, token: str) -> UUID | None:
    """Read the delivery that an unsubscribing link names; None for a link of another's making.

    Raises KeysInDoubtError.
    """
    if len(token) > TOKEN_LENGTH_MAX:
        return None
    try:
        plaintext = platform.vault.open(read_sealed_text(token), bound_to=UNSUBSCRIBE)
    except (ValueError, SealBrokenError):
        return None
    return UUID(bytes=plaintext)


async def wishes_of(platform: Platform, delivery_id: UUID) -> Contact | None:
    """Read the wishes of a delivery's reader; None where the reader was erased."""
    reader = await _reader(platform, delivery_id)
    if reader is None:
        return None
    [contact] = await store.contacts_of(platform.database, platform.vault, [reader])
    return contact


async def keep_wishes(
    platform: Platform,
    delivery_id: UUID,
    *,
    unwanted: Collection[str] | None = None,
    language: str | None = None,
) -> bool:
    """Keep the wishes of a delivery's reader, and stop waiting messages that they exclude.

    None keeps a wish as it is. Gives False where the reader was erased.
    """
    reader = await _reader(platform, delivery_id)
    if reader is not None:
        await keep_contact(platform, *reader, unwanted=unwanted, language=language)
    return reader is not None


async def keep_contact(
    platform: Platform,
    address: str,
    channel: Channel,
    *,
    unwanted: Collection[str] | None = None,
    language: str | None = None,
    dead_reason: str | None = None,
) -> None:
    """Keep the wishes of an address's reader, or that it takes no messages."""
    newest, *_ = fingerprints = fingerprints_of(address, channel, platform.vault)
    await platform.database.rows(
        queries.keep_contact,
        fingerprint=newest,
        fingerprints=fingerprints,
        unwanted=None if unwanted is None else sorted(unwanted),
        language=language,
        dead_reason=dead_reason,
    )


async def _reader(platform: Platform, delivery_id: UUID) -> tuple[str, Channel] | None:
    row = await store.find_delivery(platform.database, delivery_id)
    addressee = None if row is None else readable_addressee(row, platform.vault)
    if row is None or addressee is None or addressee.address is None:
        return None
    return addressee.address, Channel(row["channel"])
