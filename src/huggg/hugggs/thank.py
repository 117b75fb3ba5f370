"""Thank: the holder of a huggg's link sends its sender a few words, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from huggg.database.pool import Database
from huggg.hugggs.errors import AlreadyThanked, HugggNotFound
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.message_text import ERASED
from huggg.hugggs.store import huggg_from, queries
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.race import Race
from huggg.people.person_key import PersonKey, open_for, person_key, seal_for
from huggg.people.store import ensure_person_keys

THANKS_MAX = 280
"""Characters of a thank-you."""


class Thanks(Struct, frozen=True):
    """A thank-you for the sender of a huggg."""

    huggg_id: UUID
    text: str
    created_at: datetime


async def thank(database: Database, vault: Vault, lookup: Lookup, text: str) -> Thanks:
    """Record a thank-you for the huggg of a lookup by `lookup_huggg`.

    Raises the errors of `decide_thanks`, AlreadyThanked, and Busy when concurrent calls won again and
    again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        huggg = None if row["id"] is None else huggg_from(row, vault, has_code=False)
        thanks = decide_thanks(huggg, text, now=row["now"])
        assert huggg is not None  # noqa: S101 - decided above
        people = [each for each in (huggg.sender_id, huggg.receiver_id) if each is not None]
        keys = await ensure_person_keys(database, vault, people)
        recorded = await database.row(
            queries.thank,
            huggg_id=huggg.id,
            link=row["codes"],
            people_ids=list(keys),
            **sealed_thanks(
                vault, thanks, sender_id=huggg.sender_id, writer_id=huggg.receiver_id, keys=keys
            ),
            for_older_servers=text_for_older_servers(vault, huggg.id),
            now=row["now"],
        )
        if recorded is not None:
            return thanks
        if await database.row(queries.thanks, huggg_id=huggg.id) is not None:
            raise AlreadyThanked
        await race.lost()


def decide_thanks(huggg: Huggg | None, text: str, *, now: datetime) -> Thanks:
    """Take a thank-you for a huggg. Raises HugggNotFound, also before it is sent, and Invalid."""
    if huggg is None or not huggg.is_there_for(None, now):
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
    return Thanks(huggg_id, thanks_text(vault, row), row["created_at"])


def sealed_thanks(
    vault: Vault,
    thanks: Thanks,
    *,
    sender_id: UUID,
    writer_id: UUID | None,
    keys: Mapping[UUID, PersonKey],
) -> dict[str, Any]:
    """Seal a thank-you under the keys of the huggg's sender and of its writer, if the writer is known.

    Where the sender was erased it has no reader, so nothing is kept of it.
    """
    if sender_id not in keys:
        return {"sealed": ERASED, "person_id": None}
    writer = None if writer_id is None else keys.get(writer_id)
    both = (keys[sender_id], *([writer] if writer else []))
    sealed = seal_for(vault, thanks.text.encode(), *both, bound_to=_bound(thanks.huggg_id))
    return {"sealed": sealed, "person_id": writer and writer.person_id}


def thanks_text(vault: Vault, row: Mapping[str, Any]) -> str:
    """Read a row of the statement `thanks`; empty where the sender or the writer was erased.

    Raises SealBrokenError, KeysInDoubtError.
    """
    huggg_id, sealed = row["huggg_id"], row["sealed"]
    if sealed is None:
        return vault.open(row["text"], bound_to=older_thanks_sealed_for(huggg_id)).decode()
    if sealed == ERASED:
        return ""
    keys = [person_key(row["sender_id"], row["sender_key"])]
    if row["person_id"] is not None:
        keys.append(person_key(row["person_id"], row["writer_key"]))
    plaintext = open_for(vault, sealed, *keys, bound_to=_bound(huggg_id))
    return "" if plaintext is None else plaintext.decode()


def text_for_older_servers(vault: Vault, huggg_id: UUID) -> bytes:
    """Seal an empty text: a server of an older release reads no thank-you that is sealed for people."""
    return vault.seal(b"", bound_to=older_thanks_sealed_for(huggg_id))


def older_thanks_sealed_for(huggg_id: UUID) -> bytes:
    """Name the row that an older release sealed a thank-you to."""
    return b"thanks.text\0" + huggg_id.bytes


def _bound(huggg_id: UUID) -> bytes:
    return b"thanks.sealed\0" + huggg_id.bytes
