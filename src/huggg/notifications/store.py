"""Deliveries from and to the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.pagination import PageRequest, SortKey
from huggg.kit.codes import Vault
from huggg.kit.ids import NIL, new_id
from huggg.notifications.addressee import Addressee, fingerprints_of, readable_addressee
from huggg.notifications.delivery import BEFORE, Channel, DeliveryKind, DeliveryState, ShownDelivery
from huggg.notifications.verdict import Contact

queries = Queries(__file__)

BEFORE_DELIVERIES: SortKey = (NIL,)
"""The key before all of a purchase's deliveries."""

_BEFORE = {state: " ".join(states) for state, states in BEFORE.items()}

MOMENTS = ("queued_at", "sent_at", "delivered_at", "bounced_at", "failed_at", "suppressed_at")


class DeliveryReport(Struct, frozen=True):
    """The outcome of a delivery: its new state, and why. `remind_at` is of a gift that was sent."""

    subject_id: UUID
    delivery_id: UUID
    state: DeliveryState
    reason: str | None = None
    provider_id: str | None = None
    remind_at: datetime | None = None


async def to_hand_over(database: Database, batch_id: UUID, *, most: int) -> list[Record]:
    """Gather the deliveries of a batch that wait."""
    return await database.rows(queries.to_hand_over, batch_id=batch_id, most=most)


async def contacts(
    database: Database, vault: Vault, rows: Sequence[Record], addressees: Sequence[Addressee | None]
) -> list[Contact]:
    """Find the wishes of these deliveries' readers, in the order of the deliveries."""
    addresses = [
        (addressee.address if addressee else None, Channel(row["channel"]))
        for row, addressee in zip(rows, addressees, strict=True)
    ]
    return await contacts_of(database, vault, addresses)


async def contacts_of(
    database: Database, vault: Vault, addresses: Sequence[tuple[str | None, Channel]]
) -> list[Contact]:
    """Find the wishes of the readers behind these addresses, in their order; None has none."""
    fingerprints = [
        [] if address is None else fingerprints_of(address, channel, vault)
        for address, channel in addresses
    ]
    all_fingerprints = list(chain.from_iterable(fingerprints))
    contacts = {
        row["fingerprint"]: contact_from(row)
        for row in await database.rows(queries.contacts, fingerprints=all_fingerprints)
    }
    return [
        next((contacts[each] for each in own_fingerprints if each in contacts), Contact())
        for own_fingerprints in fingerprints
    ]


def contact_from(row: Record) -> Contact:
    """Read a row of contacts."""
    return Contact(row["language"], frozenset(row["unwanted"]), row["dead_at"] is not None)


async def begin(database: Database, rows: Iterable[Record]) -> list[Record | None]:
    """Mark deliveries as about to leave; None for one that another attempt settled.

    The `obstacle` of a row is why it must not leave: then it is suppressed, or waits if scheduled.
    """
    deliveries = ({"subject_id": row["subject_id"], "delivery_id": row["id"]} for row in rows)
    return await database.each_of(queries.begin, deliveries)


async def unbegin(database: Database, row: Record) -> None:
    """Take that mark back: its channel did not take it."""
    await database.rows(queries.unbegin, subject_id=row["subject_id"], delivery_id=row["id"])


async def settle(database: Database, *reports: DeliveryReport) -> bool:
    """Record the outcomes of deliveries; False if a later report was faster for one of them."""
    outcomes = (
        {**msgspec.structs.asdict(report), "before": _BEFORE[report.state]} for report in reports
    )
    return None not in await database.each_of(queries.settle, outcomes)


async def sent_whole(database: Database, transaction_ids: list[UUID]) -> None:
    """Queue the receipts of those purchases whose gifts have all left."""
    await database.rows(
        queries.sent_whole, transaction_ids=transaction_ids, new_ids=[new_id() for _ in transaction_ids]
    )


async def deliveries_of_huggg(database: Database, huggg_id: UUID) -> list[Record]:
    """Read the messages about a huggg, in their order."""
    return await database.rows(queries.of_huggg, huggg_id=huggg_id)


async def mail_address_of(database: Database, vault: Vault, huggg_id: UUID) -> str | None:
    """Find the e-mail address that a gift was sent to last, since it moved if it did; None: to none.

    An address that does not open is none. Raises KeysInDoubtError.
    """
    for row in reversed(await deliveries_of_huggg(database, huggg_id)):
        is_gift = row["kind"] == DeliveryKind.GIFT and row["channel"] == Channel.EMAIL
        if not is_gift or row["before_move"]:
            continue
        addressee = readable_addressee(row, vault)
        if addressee is not None:
            return addressee.address
    return None


async def deliveries_of_transaction(
    database: Database, transaction_id: UUID, page: PageRequest, *, state: str | None
) -> list[Record]:
    """Read a page of the messages about a purchase's hugggs, in their order."""
    [after] = page.after or BEFORE_DELIVERIES
    return await database.rows(
        queries.of_transaction,
        transaction_id=transaction_id,
        after=after,
        state=state,
        size=page.size,
        offset=page.offset,
    )


async def count_deliveries(database: Database, transaction_id: UUID, *, state: str | None) -> int:
    """Count the messages about a purchase's hugggs."""
    return await database.count(queries.count_of_transaction, transaction_id=transaction_id, state=state)


def shown_deliveries(
    rows: Sequence[Record], vault: Vault, *, with_addresses: bool
) -> list[ShownDelivery]:
    """Read deliveries, with their addresses for a reader who may see them."""
    return [delivery_from(row, address=_address(row, vault) if with_addresses else None) for row in rows]


def delivery_from(row: Record, *, address: str | None) -> ShownDelivery:
    """Read a row."""
    return ShownDelivery(
        id=row["id"],
        huggg_id=row["subject_id"],
        kind=DeliveryKind(row["kind"]),
        slot=row["slot"],
        channel=Channel(row["channel"]),
        state=DeliveryState(row["state"]),
        reason=row["reason"],
        address=address,
        **{name: row[name] for name in MOMENTS},
    )


def _address(row: Record, vault: Vault) -> str | None:
    addressee = readable_addressee(row, vault)
    return addressee.address if addressee else None


async def find_delivery(database: Database, delivery_id: UUID) -> Record | None:
    """Read one delivery, with its address sealed."""
    return await database.row(queries.delivery_named, delivery_id=delivery_id)
