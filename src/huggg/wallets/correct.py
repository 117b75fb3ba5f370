"""Correct: money that was topped up by mistake leaves a wallet again."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.kit.errors import Invalid
from huggg.kit.money import pounds
from huggg.wallets.entry import WalletEntry, describe, queries
from huggg.wallets.errors import ReferenceUsed, TooLittleAvailable, WalletNotFound


async def correct(
    database: Database,
    *,
    wallet_id: UUID,
    amount: int,
    reason: str,
    reference: str | None = None,
    by: str | None = None,
) -> int:
    """Take `amount` pence out again and return the money then available, in pence.

    A correction is a transfer of its own: the mistaken top-up stays in the ledger. Raises Invalid,
    WalletNotFound, TooLittleAvailable, and ReferenceUsed if a correction of this wallet has the
    reference already.
    """
    if amount <= 0:
        raise Invalid("amount: must be more than nothing.")
    entry = WalletEntry.of_operator(reference=reference, by=by, reason=reason)
    row = await database.row(queries.correct, wallet_id=wallet_id, amount=amount, **entry.row())
    if row is not None:
        return int(row["available"])
    entry_row = await database.row(
        queries.find_entry, wallet_id=wallet_id, kind="correct", reference=entry.reference, id=entry.id
    )
    if entry_row is None:
        raise WalletNotFound
    if entry_row["id"] is not None:
        raise ReferenceUsed(describe(entry_row))
    available = pounds(entry_row["available"])
    raise TooLittleAvailable(
        f"Only £{available} is available in this wallet, less than £{pounds(amount)}."
    )
