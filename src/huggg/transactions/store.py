"""Transactions from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.pagination import NEWEST_FIRST, PageRequest, window_of
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import parse_id
from huggg.transactions.errors import TransactionNotFound
from huggg.transactions.group_link import GROUP, GroupLink, open_group_link
from huggg.transactions.transaction import Transaction

queries = Queries(__file__)

HUGGGS_MAX = 250_000
"""The ids that one answer may list: ten megabytes of them."""

_COLUMNS = [field.name for field in fields(Transaction)]


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """A transaction, the ids of its hugggs in their order, and the link of its group."""

    transaction: Transaction
    huggg_ids: Sequence[UUID]
    link: GroupLink | None = None

    @property
    def id(self) -> UUID:
        """Name it, as embedding asks for."""
        return self.transaction.id


async def find_transaction(database: Database, text: str, *, caller: Caller) -> Transaction:
    """Read a purchase of the caller, or one that the caller's role shows.

    Raises TransactionNotFound, for one that the caller may not see as for a missing one.
    """
    transaction_id = parse_id(text)
    row = None
    if transaction_id is not None:
        row = await database.row(
            queries.transaction,
            id=transaction_id,
            sender_id=caller.required_user(),
            **caller.sight(),
        )
    if row is None:
        raise TransactionNotFound
    return _transaction(row)


async def transactions_of(
    database: Database, sender_id: UUID, page: PageRequest, *, total: int
) -> list[Transaction]:
    """Read a page of a user's purchases, newest first, failed purchases too; `total` is their number."""
    [before] = page.after or NEWEST_FIRST
    rows = await database.rows(
        queries.transactions, sender_id=sender_id, before=before, **window_of(page, total)
    )
    return [_transaction(row) for row in rows]


async def count_transactions(database: Database, sender_id: UUID) -> int:
    """Count a user's purchases."""
    return await database.count(queries.count_transactions, sender_id=sender_id)


async def with_huggg_ids(
    database: Database, vault: Vault, transactions: Sequence[Transaction]
) -> list[ListedTransaction]:
    """Look up the ids of their hugggs, and the links of groups.

    Raises Invalid when the ids are too many for one answer.
    """
    huggg_count = sum(transaction.quantity for transaction in transactions)
    if huggg_count > HUGGGS_MAX and len(transactions) > 1:
        raise Invalid(f"per_page: {huggg_count} hugggs are more than one answer lists; ask for fewer.")
    rows = await database.rows(queries.huggg_ids, ids=[transaction.id for transaction in transactions])
    ids = {row["id"]: row["huggg_ids"] for row in rows}
    links = await _links_of(database, vault, transactions)
    return [ListedTransaction(each, ids.get(each.id, []), links.get(each.id)) for each in transactions]


async def _links_of(
    database: Database, vault: Vault, transactions: Sequence[Transaction]
) -> dict[UUID, GroupLink]:
    groups = [transaction.id for transaction in transactions if transaction.delivery_method == GROUP]
    rows = await database.rows(queries.group_links, ids=groups) if groups else []
    return {
        row["transaction_id"]: open_group_link(vault, row["sealed"], row["transaction_id"])
        for row in rows
    }


def _transaction(row: Record) -> Transaction:
    return Transaction(**{name: row[name] for name in _COLUMNS})
