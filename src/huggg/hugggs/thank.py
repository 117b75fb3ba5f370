"""Thank: the holder of a huggg's link sends its sender a few words, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from huggg.database.pool import Database
from huggg.hugggs.errors import AlreadyThanked, HugggNotFound
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.store import queries
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid

THANKS_MAX = 280
"""Characters of a thank-you."""


class Thanks(Struct, frozen=True):
    """A thank-you for the sender of a huggg."""

    huggg_id: UUID
    text: str
    created_at: datetime


async def thank(database: Database, vault: Vault, huggg: Huggg, text: str, *, now: datetime) -> Thanks:
    """Record a thank-you. Raises Invalid, AlreadyThanked, and HugggNotFound before the huggg is sent."""
    thanks = decide_thanks(huggg, text, now=now)
    sealed = vault.seal(thanks.text.encode(), bound_to=thanks_sealed_for(huggg.id))
    row = await database.row(queries.thank, huggg_id=huggg.id, text=sealed, now=now)
    if row is None:
        raise AlreadyThanked
    return thanks


def decide_thanks(huggg: Huggg, text: str, *, now: datetime) -> Thanks:
    """Take a thank-you for a huggg. Raises Invalid, HugggNotFound."""
    if not huggg.is_there_for(None, now):
        raise HugggNotFound
    thanks = text.strip()
    if not 1 <= len(thanks) <= THANKS_MAX or "\0" in thanks:
        raise Invalid(f"thanks: must be text of 1 to {THANKS_MAX} characters.")
    return Thanks(huggg.id, thanks, now)


async def find_thanks(database: Database, vault: Vault, huggg_id: UUID) -> Thanks | None:
    """Read the thank-you for a huggg; None without one."""
    row = await database.row(queries.thanks, huggg_id=huggg_id)
    if row is None:
        return None
    text = vault.open(row["text"], bound_to=thanks_sealed_for(huggg_id)).decode()
    return Thanks(huggg_id, text, row["created_at"])


def thanks_sealed_for(huggg_id: UUID) -> bytes:
    """Name the row that a thank-you is sealed to."""
    return b"thanks.text\0" + huggg_id.bytes
