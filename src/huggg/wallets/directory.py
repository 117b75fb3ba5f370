"""Wallets for operators: a list, one wallet, and the movements of its money."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.people.labels import labels_of
from huggg.people.personal_data import personal_from
from huggg.wallets.errors import WalletNotFound

queries = Queries(__file__)

LEDGER = ("at", "kind", "amount", "balance", "reference", "reason", "by", "id")
"""The columns of a wallet's ledger."""


async def wallets(database: Database, *, team_id: UUID | None = None) -> list[Record]:
    """List wallets, of one team or of all; amounts are pence."""
    return await database.rows(queries.wallet_directory, team_id=team_id)


async def show_wallet(database: Database, wallet_id: UUID) -> Record:
    """Describe a wallet: its top-ups, corrections, purchases and available money, in pence.

    Raises WalletNotFound.
    """
    row = await database.row(queries.describe_wallet, wallet_id=wallet_id)
    if row is None:
        raise WalletNotFound
    return row


async def ledger(database: Database, vault: Vault, wallet_id: UUID) -> list[dict[str, Any]]:
    """List the changes of a wallet's available money, latest first, in pence, negative for less.

    A purchase is one line, however many transfers commit its hugggs, and is `by` its buyer.
    Raises WalletNotFound, SealBrokenError.
    """
    await show_wallet(database, wallet_id)
    return [_line(row, vault) for row in await database.rows(queries.ledger, wallet_id=wallet_id)]


def _line(row: Record, vault: Vault) -> dict[str, Any]:
    line = {name: row[name] for name in LEDGER}
    if row["transaction_id"] is not None:
        line["reference"] = labels_of(vault, row, transaction_id=row["transaction_id"]).title
    if row["kind"] == "purchase":
        line["by"] = personal_from(vault, row, id="sender_id").name
    return line
