"""Transactions from the database."""

from __future__ import annotations

from dataclasses import fields
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.transactions.errors import TransactionNotFound
from huggg.transactions.transaction import Transaction

queries = Queries(__file__)

_COLUMNS = [field.name for field in fields(Transaction)]


async def find_transaction(database: Database, *, transaction_id: UUID, sender_id: UUID) -> Transaction:
    """Read one of a buyer's own purchases. Raises TransactionNotFound, for others' as for none."""
    row = await database.row(queries.transaction, id=transaction_id, sender_id=sender_id)
    if row is None:
        raise TransactionNotFound
    return Transaction(**{name: row[name] for name in _COLUMNS} | {"tags": tuple(row["tags"])})
