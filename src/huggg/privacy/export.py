"""Exporting all that is kept on a person, opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import structs

from huggg.database.pool import Database
from huggg.hugggs.message_text import huggg_message, purchase_message
from huggg.hugggs.thank import thanks_text
from huggg.kit.codes import Vault
from huggg.notifications.addressee import readable_addressee
from huggg.people.labels import labels_of
from huggg.people.person_key import person_key
from huggg.privacy.person import fingerprints_of_person, queries, show_person
from huggg.transactions.ends.reason import open_reason

UNSHOWN = frozenset(
    {
        *("message", "sealed_message", "sender_key", "message_receiver_id", "message_receiver_key"),
        *("older_own_message", "own_message", "own_receiver_id", "own_receiver_key", "huggg_id"),
        "sealed_labels",
    }
)
"""The columns of the views `huggg_messages` and `order_labels` that only the code reads."""


async def export_person(database: Database, vault: Vault, person_id: UUID) -> dict[str, Any]:
    """Give all that is kept on a person, for JSON. Raises SealBrokenError, KeysInDoubtError."""
    events = await database.bulk(queries.events_of, id=person_id)
    fingerprints = await fingerprints_of_person(database, vault, person_id)
    deliveries = await database.bulk(queries.deliveries_of, id=person_id, fingerprints=fingerprints)
    thanks = await database.bulk(queries.thanks_of, id=person_id)
    wishes = await database.bulk(queries.wishes_of, fingerprints=fingerprints)
    return {
        "person": await show_person(database, vault, person_id),
        "purchases": [
            _exported_row(row) | _labels(vault, row) | {"message": purchase_message(vault, row)}
            for row in await database.bulk(queries.purchases_of, id=person_id)
        ],
        "received": [
            _exported_row(row) | {"message": huggg_message(vault, row)}
            for row in await database.bulk(queries.received_by, id=person_id)
        ],
        "thanks": [_thanks(vault, row) for row in thanks],
        "deliveries": [_delivery(vault, row) for row in deliveries],
        "passes": _dicts(await database.bulk(queries.passes_of, id=person_id)),
        "wishes": _dicts(wishes),
        "logins": _dicts(await database.bulk(queries.logins_of, id=person_id)),
        "cards": _dicts(await database.bulk(queries.cards_of, id=person_id)),
        "events": [_event(vault, row) for row in events],
    }


def _exported_row(row: Record) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in UNSHOWN}


def _labels(vault: Vault, row: Record) -> dict[str, Any]:
    return structs.asdict(labels_of(vault, row, transaction_id=row["transaction_id"]))


def _thanks(vault: Vault, row: Record) -> dict[str, Any]:
    return {
        "huggg_id": row["huggg_id"],
        "written_at": row["created_at"],
        "is_writer": row["is_writer"],
        "text": thanks_text(vault, row),
    }


def _delivery(vault: Vault, row: Record) -> dict[str, Any]:
    """Show a message that went to the person: when, where and why, and the parts that were its own."""
    columns = ("id", "subject_id", "kind", "slot", "channel", "state", "reason", "queued_at", "sent_at")
    to = readable_addressee(row, vault)
    return {name: row[name] for name in columns} | {
        "address": to and to.address,
        "name": to and to.name,
        "language": to and to.language,
    }


def _event(vault: Vault, row: Record) -> dict[str, Any]:
    """Show an event; the reason of a cancellation opened."""
    data = msgspec.json.decode(row["data"])
    if (sealed := data.pop("sealed_reason", None)) is not None:
        buyer = person_key(row["sender_id"], row["sender_key"])
        transaction_id = row["transaction_id"]
        data["reason"] = open_reason(vault, sealed, transaction_id=transaction_id, buyer=buyer)
    return {name: row[name] for name in ("kind", "at", "subject_id", "client_id")} | {"data": data}


def _dicts(rows: Sequence[Record]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]
