"""The receivers of an order that are users already, by id, number or address, and their channels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.kit.email import email_key
from huggg.kit.offload import BULK_FROM, offload
from huggg.notifications.delivery import Channel
from huggg.people.found_by import email_fingerprints, phone_fingerprints
from huggg.people.person_key import person_key
from huggg.people.personal_data import personal_from
from huggg.people.store import ensure_person_keys
from huggg.transactions.order import Order
from huggg.transactions.receivers import KnownReceiver, Receiver, is_email

queries = Queries(__file__)

ReceiverSearch = tuple[Receiver, dict[str, Any]]
"""A receiver, and the values by which a user is looked up."""


async def known_receivers(
    database: Database, vault: Vault, order: Order
) -> dict[Receiver, KnownReceiver]:
    """Find those of an order's receivers who are users.

    Those about whom the order says something of its own have a key afterwards, under which it is sealed.
    """
    searches = await offload(partial(_searches, vault, order.receivers), items=len(order.receivers))
    opens = order.delivery_method in ("email", "sms") or bool(order.channels)
    rows = await _rows(database, searches)
    users = await offload(partial(_users, vault, rows, opens=opens), items=len(rows))
    users_by_receiver = {
        searches[place - 1][0]: user for (place, _), user in zip(rows, users, strict=True)
    }
    is_sealed_for_each = bool(order.details) or len(users_by_receiver) == 1
    keyless_ids = (
        [user.id for user in users_by_receiver.values() if user.key is None]
        if is_sealed_for_each
        else []
    )
    if keyless_ids:
        keys = await ensure_person_keys(database, vault, keyless_ids)
        users_by_receiver = {
            receiver: replace(user, key=user.key or keys.get(user.id))
            for receiver, user in users_by_receiver.items()
        }
    return users_by_receiver


async def find_receiver(database: Database, vault: Vault, receiver: Receiver) -> KnownReceiver | None:
    """Find the user that one receiver is already."""
    rows = await _rows(database, _searches(vault, [receiver]))
    return _known_receiver(vault, rows[0][1], opens=True) if rows else None


async def _rows(database: Database, searches: Sequence[ReceiverSearch]) -> Sequence[tuple[int, Record]]:
    """Read the users, each with the place of the search that found it, from 1."""
    if len({receiver for receiver, _ in searches}) == 1:
        lookups = await asyncio.gather(
            *(database.each(queries.receivers, **values) for _, values in searches)
        )
        return [(place, row) for place, row in enumerate(lookups, start=1) if row is not None]
    run = database.bulk_in_thread if len(searches) >= BULK_FROM else database.rows
    columns = {name: [values[name] for _, values in searches] for name in searches[0][1]}
    return [(row["n"], row) for row in await run(queries.receivers, **columns)]


def _searches(vault: Vault, receivers: Sequence[Receiver]) -> list[ReceiverSearch]:
    """Say how to look for each receiver."""
    return [(receiver, values) for receiver in receivers for values in _search_values(vault, receiver)]


def _search_values(vault: Vault, receiver: Receiver) -> Iterator[dict[str, Any]]:
    """Give the values of a receiver; an address has a fingerprint for each key."""
    if isinstance(receiver, UUID):
        yield _values(user_id=receiver)
    elif is_email(receiver):
        key = email_key(receiver)
        for fingerprint in email_fingerprints(vault, receiver):
            yield _values(email_fingerprint=fingerprint, username_key=key)
    else:
        for fingerprint in phone_fingerprints(vault, receiver):
            yield _values(phone_fingerprint=fingerprint, phone_number=receiver)


def _values(
    user_id: UUID | None = None,
    phone_fingerprint: bytes | None = None,
    phone_number: str | None = None,
    email_fingerprint: bytes | None = None,
    username_key: str | None = None,
) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "phone_fingerprint": phone_fingerprint,
        "phone_number": phone_number,
        "email_fingerprint": email_fingerprint,
        "username_key": username_key,
    }


def _users(vault: Vault, rows: Sequence[tuple[int, Record]], *, opens: bool) -> list[KnownReceiver]:
    return [_known_receiver(vault, row, opens=opens) for _, row in rows]


def _known_receiver(vault: Vault, row: Record, *, opens: bool) -> KnownReceiver:
    """Read a user; `opens` says whether it matters by which channels the user is reached."""
    key = person_key(row["id"], row["person_key"])
    if not opens:
        return KnownReceiver(row["id"], key=key)
    personal = personal_from(vault, row)
    by_address = {
        Channel.EMAIL: personal.email or "@" in (personal.username or ""),
        Channel.SMS: personal.phone_number,
    }
    return KnownReceiver(row["id"], frozenset(each for each in Channel if by_address[each]), key)
