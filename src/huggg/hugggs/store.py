"""Hugggs from the database, their codes opened for a caller that may see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database, run
from huggg.database.queries import Queries
from huggg.http.pagination import NEWEST_FIRST, PageRequest, SortKey, window_of
from huggg.hugggs.huggg import Huggg, HugggCodes, Message
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.message_text import huggg_message
from huggg.hugggs.reference import HugggReference, link_reference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.voucher_seal import open_voucher
from huggg.identity.caller import Caller
from huggg.identity.role import Right
from huggg.kit.codes import Vault
from huggg.kit.ids import first_id_at

queries = Queries(__file__)

SCANNED_MAX = 10_000
"""So many entries of a list of received hugggs are counted at each page, in about a millisecond."""

SETTLED_SECONDS = 86_400
"""No huggg is bought with an id older than this: purchases take minutes, and clocks differ by less."""

BEFORE_HUGGGS: SortKey = (0,)
"""The position before all of a transaction's hugggs."""

_plain: Callable[[Record], tuple[Any, ...]] = itemgetter(
    *(name for name in Huggg.__struct_fields__ if name not in {"codes", "code", "reminders"})
)


class HugggSnapshot(Struct, frozen=True):
    """Hugggs, and the instant at which they were looked at."""

    hugggs: list[Huggg]
    now: datetime | None


def sealed_for(huggg_id: UUID) -> bytes:
    """Name the row that a huggg's codes are sealed to."""
    return b"hugggs.codes\0" + huggg_id.bytes


def link_of_codes(vault: Vault, huggg_id: UUID, sealed: bytes) -> HugggReference:
    """Refer to a huggg by the link in its codes, under each key: a rotation may seal them anew.

    Raises SealBrokenError, KeysInDoubtError.
    """
    codes = HugggCodes.unpacked(vault.open(sealed, bound_to=sealed_for(huggg_id)))
    return link_reference(vault, codes.shortcode)


def huggg_from(row: Record, vault: Vault, *, has_code: bool = True) -> Huggg:
    """Read a row, with its voucher's code or without. Raises SealBrokenError for codes not its own."""
    codes = HugggCodes.unpacked(vault.open(row["codes"], bound_to=sealed_for(row["id"])))
    # mypy takes the unpacked values for all parameters
    code, reminders = _voucher_code(row, vault) if has_code else "", row["reminders"]
    return Huggg(*_plain(row), codes, code, reminders)  # type: ignore[call-arg]


def _voucher_code(row: Record, vault: Vault) -> str:
    if row["voucher_code"] is None:
        return ""
    sealed, voucher_id = row["voucher_code"], row["voucher_id"]
    return open_voucher(vault, sealed, huggg_id=row["id"], voucher_id=voucher_id).code


def lookup_huggg(database: Database, huggg: HugggReference) -> Lookup:
    """Prepare to read one huggg as its sender and receiver see it."""
    return Lookup(database, queries.huggg, huggg)


async def load_hugggs(database: Database, vault: Vault, ids: list[UUID]) -> HugggSnapshot:
    """Read these hugggs."""
    return await snapshot_of(await database.rows(queries.hugggs, ids=ids), vault, database)


async def is_at_till(database: Database, huggg_id: UUID) -> bool:
    """Tell whether a till holds a huggg at this moment."""
    return await database.row(queries.held, huggg_id=huggg_id) is not None


async def order_seen(database: Database, *, transaction_id: UUID, caller: Caller) -> bool:
    """Tell whether the caller's role lets them see the order that a huggg came from."""
    if not caller.may(Right.SEE_TEAM_ORDERS):
        return False
    row = await database.row(queries.order_seen, transaction_id=transaction_id, **caller.sight())
    return row is not None


async def hugggs_of_transaction(
    database: Database, vault: Vault, transaction_id: UUID, page: PageRequest
) -> HugggSnapshot:
    """Read a page of a transaction, in the order of the purchase."""
    passed = passed_over(page)
    rows = await database.rows(
        queries.of_transaction,
        transaction_id=transaction_id,
        first=passed + 1,
        last=passed + page.size,
    )
    return await snapshot_of(rows, vault, database)


def passed_over(page: PageRequest) -> int:
    """Tell after which position of a transaction a page begins."""
    [position] = page.after or BEFORE_HUGGGS
    return int(position) + page.offset


async def hugggs_sent(
    database: Database, vault: Vault, sender_id: UUID, page: PageRequest, *, total: int
) -> HugggSnapshot:
    """Read a page of the hugggs that a user bought, newest first; `total` is their number."""
    [before] = page.after or NEWEST_FIRST
    rows = await database.rows(
        queries.sent, sender_id=sender_id, before=before, **window_of(page, total)
    )
    return await snapshot_of(rows, vault, database)


async def hugggs_received(
    database: Database, vault: Vault, receiver_id: UUID, page: PageRequest, *, total: int
) -> HugggSnapshot:
    """Read a page of the hugggs that a user received, newest first; `total` is their number."""
    [before] = page.after or NEWEST_FIRST
    rows = await database.rows(
        queries.received, receiver_id=receiver_id, before=before, **window_of(page, total)
    )
    return await snapshot_of(rows, vault, database, to_receiver=True)


async def count_received(database: Database, receiver_id: UUID) -> int:
    """Count the hugggs that a user received; where that takes a long scan, keep most of the number."""
    counted = await database.one(queries.count_received, receiver_id=receiver_id)
    if counted["scanned"] > SCANNED_MAX:
        before = first_id_at(counted["now"].timestamp() - SETTLED_SECONDS)
        await _keep_received_total(database, receiver_id, before)
    return int(counted["total"])


async def _keep_received_total(database: Database, receiver_id: UUID, before_id: UUID) -> None:
    """Keep the number of a list's part before an id, unless hugggs change receivers meanwhile."""
    async with database.transaction() as connection:
        # Two statements, because the count must see every change that ended before the lock was taken.
        [(holds,)] = await run(connection, queries.no_receiver_changes)
        if holds:
            await run(
                connection, queries.keep_received_total, receiver_id=receiver_id, before_id=before_id
            )


async def count_sent(database: Database, sender_id: UUID) -> int:
    """Count the hugggs that a user bought."""
    return await database.count(queries.count_sent, sender_id=sender_id)


async def messages_of(database: Database, vault: Vault, huggg_ids: list[UUID]) -> Sequence[Message]:
    """Read the messages of these hugggs. Raises SealBrokenError, KeysInDoubtError."""
    rows = await database.by_key(queries.messages, huggg_ids)
    return [_message(row, vault) for row in rows]


def _message(row: Record, vault: Vault) -> Message:
    text = huggg_message(vault, row) or ""
    return Message(row["id"], row["huggg_id"], row["sender_id"], row["created_at"], text)


async def snapshot_of(
    rows: list[Record], vault: Vault, database: Database, *, to_receiver: bool = False
) -> HugggSnapshot:
    """Read rows as hugggs that an answer shows, their codes too, and the instant of the look."""
    back = await note_shown(database, rows, to_receiver=to_receiver)
    hugggs = [huggg_from(row, vault, has_code=row["id"] not in back) for row in rows]
    return HugggSnapshot(hugggs, rows[0]["now"] if rows else None)
