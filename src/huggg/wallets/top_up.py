"""Top up: money arrives from outside."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from huggg.wallets.entry import WalletEntry, describe, queries
from huggg.wallets.errors import ReferenceUsed, WalletNotFound

TOP_UP_MAX = 100_000_000_00
"""The most pence of one top-up: a hundred million pounds are a slip of the finger."""

UNASKED_MAX = 10_000_00
"""Pence above which an operator at a terminal is asked whether the amount is meant."""


async def top_up(
    database: Database,
    *,
    wallet_id: UUID,
    amount: int,
    transfer_id: UUID | None = None,
    reference: str | None = None,
    by: str | None = None,
) -> int:
    """Add `amount` pence and return the money then available, in pence.

    A repeated `transfer_id` adds nothing. Raises Invalid, WalletNotFound, and ReferenceUsed if a top-up
    of this wallet has the reference already.
    """
    if not 0 < amount <= TOP_UP_MAX:
        raise Invalid("amount: must be more than nothing and at most 100,000,000 pounds.")
    entry = WalletEntry.of_operator(transfer_id, reference=reference, by=by)
    row = await database.row(queries.top_up, wallet_id=wallet_id, amount=amount, **entry.row())
    if row is not None:
        return int(row["available"])
    entry_row = await database.row(
        queries.find_entry, wallet_id=wallet_id, kind="fund", reference=entry.reference, id=entry.id
    )
    if entry_row is None:
        raise WalletNotFound
    if entry_row["id"] != entry.id:
        raise ReferenceUsed(describe(entry_row))
    return int(entry_row["available"])
