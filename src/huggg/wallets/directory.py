"""Wallets for operators: a list, one wallet, and the movements of its money."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.wallets.errors import WalletNotFound

queries = Queries(__file__)


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


async def ledger(database: Database, wallet_id: UUID) -> list[Record]:
    """List the changes of a wallet's available money, latest first, in pence, negative for less.

    A purchase is one line, however many transfers commit its hugggs. Raises WalletNotFound.
    """
    await show_wallet(database, wallet_id)
    return await database.rows(queries.ledger, wallet_id=wallet_id)
