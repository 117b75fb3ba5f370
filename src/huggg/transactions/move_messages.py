"""Sealing the texts of an older release under the keys of people, while servers run.

The messages of purchases are in clear there. They are sealed at once, and the column in clear is emptied
when no server of an older release runs any more: each server of this release says in the roll call that
it reads sealed messages. Texts of single hugggs and thank-yous are sealed under other keys by an older
release, whose servers could not read them under new ones: they wait until no such server runs, and so do
the plans of open payments and the labels of purchases.

A text that does not open is passed over: it is logged and counted once by each process, and left as it
is. `huggg doctor` reports it where a column in clear is left with it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog
from asyncpg import Record

from huggg.database.meter import Meter
from huggg.database.pool import Database
from huggg.database.queries import Queries, Statement
from huggg.hugggs.message_text import (
    ERASED,
    older_own_message,
    seal_own_message,
    seal_purchase_message,
)
from huggg.hugggs.thank import Thanks, sealed_thanks, text_for_older_servers, thanks_text
from huggg.identity.seal_people import GONE_SECONDS
from huggg.kit.chores import Chore, in_batches
from huggg.kit.codes import SealBrokenError, Vault
from huggg.kit.ids import NIL
from huggg.people import READS_SEALED_MESSAGES
from huggg.people.labels import labels_of, seal_labels
from huggg.people.person_key import PersonKey
from huggg.people.store import ensure_person_keys, note_move
from huggg.transactions.plan import seal_encoded_plan

MOVE_SECONDS = 10.0

BATCH = 500
BATCHES_MAX = 20

Keys = Mapping[UUID, PersonKey]
Sealed = dict[str, Any]
"""The values of one row, as the statement that seals it takes them; there they are lists."""

queries = Queries(__file__, "move_messages.sql")

log = structlog.get_logger()


class Texts(NamedTuple):
    """One kind of texts: the statements that find and seal them, and the columns of row and people."""

    find: Statement
    seal: Statement
    id: str
    people: tuple[str, ...]
    sealed: Callable[[Vault, Record, Keys], Sealed | None]  # None: it stays as it is


class UnreadableTexts:
    """The rows of older texts that this process could not open."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.ids: set[UUID] = set()

    def add(self, row_id: UUID, *, found_by: str) -> None:
        """Log and count a row, at its first time."""
        if row_id not in self.ids:
            self.ids.add(row_id)
            self._meter.count("huggg_unreadable_texts_total", found_by)
            log.error("text of an older release does not open", id=str(row_id), found_by=found_by)


def messages_chore(database: Database, vault: Vault) -> Chore:
    """Describe the chore that seals texts: older servers may go on to sell."""
    unreadable = UnreadableTexts(database.meter)
    return Chore("messages", MOVE_SECONDS, partial(move_messages, database, vault, unreadable))


async def move_messages(database: Database, vault: Vault, unreadable: UnreadableTexts) -> None:
    """Seal the texts of an older release, and empty columns when that is safe. Raises Unavailable."""
    move = partial(_move, database, vault, unreadable)
    people = ("sender_id", "receiver_id")
    await move(Texts(queries.messages_to_seal, queries.seal_messages, "id", people, _message))
    progress = await database.one(
        queries.progress, mark=READS_SEALED_MESSAGES, gone_seconds=GONE_SECONDS
    )
    if progress["older_server_runs"]:
        return
    await move(Texts(queries.plans_to_seal, queries.seal_plans, "id", ("user_id",), _plan))
    buyer = ("sender_id",)
    await move(Texts(queries.labels_to_seal, queries.seal_labels, "transaction_id", buyer, _labels))
    await in_batches(database, queries.clear_messages)
    if not progress["is_done"] and await _move_of_hugggs(move):
        await note_move(database, "messages", unreadable=unreadable.ids)


async def _move_of_hugggs(move: Callable[[Texts], Awaitable[bool]]) -> bool:
    """Seal the texts of single hugggs again; tell whether all are.

    No index finds them, so this is done until the move is, and never again: rows that a server of an
    older release adds later are read as they are.
    """
    own = queries.own_messages_to_seal, queries.seal_own_messages, "huggg_id"
    thanks = queries.thanks_to_seal, queries.seal_thanks, "huggg_id"
    return await move(Texts(*own, ("sender_id", "own_receiver_id"), _own_message)) and await move(
        Texts(*thanks, ("sender_id", "receiver_id"), _thanks)
    )


async def _move(database: Database, vault: Vault, unreadable: UnreadableTexts, texts: Texts) -> bool:
    """Seal texts in batches, under the keys of their people; tell whether all that open are."""
    after = NIL
    for _ in range(BATCHES_MAX):
        rows = await database.planned(texts.find, after=after, most=BATCH)
        if rows:
            after = rows[-1][texts.id]
            keys = await ensure_person_keys(database, vault, _ids(rows, texts.people))
            values = [*_sealed(vault, unreadable, texts, rows, keys)]
            columns = {name: [row[name] for row in values] for name in (values or [{}])[0]}
            if columns:
                await database.rows(texts.seal, **columns)
        if len(rows) < BATCH:
            return True
    return False


def _sealed(
    vault: Vault, unreadable: UnreadableTexts, texts: Texts, rows: Collection[Record], keys: Keys
) -> Iterator[Sealed]:
    """Seal the texts that open."""
    for row in rows:
        try:
            sealed = texts.sealed(vault, row, keys)
        except (SealBrokenError, ValueError, msgspec.MsgspecError):
            unreadable.add(row[texts.id], found_by=texts.find.name)
        else:
            if sealed is not None:
                yield sealed


def _ids(rows: Collection[Record], columns: Collection[str]) -> set[UUID]:
    return {row[column] for row in rows for column in columns if row[column] is not None}


def _message(vault: Vault, row: Record, keys: Keys) -> Sealed:
    """Seal the message of a purchase; an empty one was erased, as was that of an erased sender."""
    sender, receiver = keys.get(row["sender_id"]), keys.get(row["receiver_id"])
    sealed = ERASED
    if row["message"] and sender:
        people_keys = (sender, *([receiver] if receiver else []))
        sealed = seal_purchase_message(vault, row["message"], transaction_id=row["id"], keys=people_keys)
    return {
        "ids": row["id"],
        "sealed": sealed,
        "receiver_ids": receiver and receiver.person_id,
    }


def _labels(vault: Vault, row: Record, keys: Keys) -> Sealed:
    """Seal the labels of a purchase; those of an erased buyer are erased, too."""
    transaction_id, buyer = row["transaction_id"], keys.get(row["sender_id"])
    labels = labels_of(vault, row, transaction_id=transaction_id)
    sealed = seal_labels(vault, labels, transaction_id=transaction_id, buyer=buyer) if buyer else None
    return {
        "ids": transaction_id,
        "sealed": sealed or ERASED,
    }


def _own_message(vault: Vault, row: Record, keys: Keys) -> Sealed:
    huggg_id, text = row["huggg_id"], older_own_message(vault, row)
    sender, receiver = keys.get(row["sender_id"]), keys.get(row["own_receiver_id"])
    sealed = ERASED
    if text and sender:
        people_keys = (sender, *([receiver] if receiver else []))
        sealed = seal_own_message(vault, text, huggg_id=huggg_id, keys=people_keys)
    return {"ids": huggg_id, "sealed": sealed}


def _thanks(vault: Vault, row: Record, keys: Keys) -> Sealed:
    huggg_id = row["huggg_id"]
    thanks = Thanks(huggg_id, thanks_text(vault, row), row["created_at"])
    sealed = sealed_thanks(
        vault, thanks, sender_id=row["sender_id"], writer_id=row["receiver_id"], keys=keys
    )
    return {
        "ids": huggg_id,
        "sealed": sealed["sealed"],
        "person_ids": sealed["person_id"],
        "for_older_servers": text_for_older_servers(vault, huggg_id),
    }


def _plan(vault: Vault, row: Record, keys: Keys) -> Sealed | None:
    """Seal the plan of a payment; one whose buyer has no key is left for an operator to settle."""
    plan, buyer = row["plan"].encode(), keys.get(row["user_id"])
    if buyer is None:
        return None
    return {
        "ids": row["id"],
        "sealed": seal_encoded_plan(vault, plan, payment_id=row["id"], buyer=buyer),
    }
