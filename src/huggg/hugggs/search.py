"""Search: the hugggs that a user bought, by state, product, dates and words of the message."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from uuid import UUID

from huggg.database.pool import Database
from huggg.http.pagination import SortKey
from huggg.hugggs.conditions import Words
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.query import Search
from huggg.hugggs.store import HugggSnapshot, queries, snapshot_of
from huggg.hugggs.ways import FEW_BESIDE_INDEX, FEW_PURCHASES, WALK, SearchStatements, Way
from huggg.hugggs.word_fingerprints import keep_words
from huggg.kit.clock import EPOCH
from huggg.kit.codes import Vault
from huggg.kit.ids import NIL

BEFORE: dict[str, SortKey] = {
    "created_at": (NIL, NIL),
    "updated_at": (EPOCH, NIL),
    "expiry_date": (date.min, NIL),
}
"""Keys of the types of each order's values, see `key_of`."""


def key_of(huggg: Huggg, criteria: Search) -> SortKey:
    """Tell where a huggg stands in the order of a search."""
    first = {"created_at": huggg.id, "updated_at": huggg.updated_at, "expiry_date": huggg.expiry_date}
    return first[criteria.order_by], huggg.id


def filters_of(criteria: Search) -> str:
    """Name a search by its conditions and its order, without its window."""
    conditions = asdict(replace(criteria, offset=0, size=0, after=None))
    values = (sorted(value) if isinstance(value, frozenset) else value for value in conditions.values())
    return str(list(values))


async def search(
    database: Database, vault: Vault, criteria: Search, *, sender_id: UUID
) -> HugggSnapshot:
    """Find a window of hugggs, their codes opened. Raises DatabaseAwayError."""
    if criteria.statuses == frozenset():
        return HugggSnapshot([], None)
    older = bool(criteria.texts) and not await keep_words(database, vault, sender_id=sender_id)
    statements = SearchStatements(
        criteria,
        Words(vault, sender_id, older=older),
        sender_id=sender_id,
        choices=await find_choices(database, criteria),
    )
    statement, values = statements.page(await choose_way(database, statements))
    return await snapshot_of(await database.rows(statement, **values), vault, database)


async def find_choices(database: Database, criteria: Search) -> list[UUID]:
    """Find the choices among the products of a search, and those that stand for such a product."""
    products, brands = criteria.product_ids, criteria.brand_ids
    if products is None and brands is None:
        return []
    rows = await database.rows(
        queries.choices_of_search, product_ids=list(products or ()), brand_ids=list(brands or ())
    )
    return [row["choice_id"] for row in rows]


async def choose_way(database: Database, statements: SearchStatements) -> Way:
    """Choose a way by the number of hugggs that the conditions leave."""
    if (query := statements.purchases()) is not None:
        statement, values = query
        purchases = await database.rows(statement, **values)
        hugggs = sum(row["quantity"] for row in purchases)
        if len(purchases) <= FEW_PURCHASES and hugggs <= FEW_BESIDE_INDEX:
            return Way(purchases=[row["id"] for row in purchases])
    if (query := statements.counts()) is not None:
        statement, values = query
        return statements.choose(dict(await database.one(statement, **values)))
    return WALK
