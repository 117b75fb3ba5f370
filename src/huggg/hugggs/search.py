"""Search: the hugggs that a user bought, by state, product, dates and words of the message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.http.pagination import SortKey
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.query import Search, WordCondition
from huggg.hugggs.store import Seen, queries, seen_from
from huggg.hugggs.word_lists import keep_words
from huggg.kit.clock import EPOCH
from huggg.kit.codes import Vault
from huggg.kit.ids import NIL

STATUSES = {
    "redeemed": "h.redemption_id IS NOT NULL",
    "cancelled": "h.redemption_id IS NULL AND h.cancelled_at IS NOT NULL",
    "expired": "h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expires_at <= now()",
    "sent": "h.redemption_id IS NULL AND h.cancelled_at IS NULL AND h.expires_at > now()",
}
"""The states of `Huggg.state` as SQL conditions.

PostgreSQL has statistics for conditions. It would take a CASE for rare, and sort rows that it should
read in the order of an index.
"""

OF_HUGGGS = {
    "updated_at": "h.updated_at {operator} {value}::timestamptz",
    "sent_date": "h.sent_at {operator} {value}::timestamptz",
    "expiry_date": "h.expiry_date {operator} {value}::date",
}
OF_TRANSACTIONS = {
    "product_ids": "t.product_id = ANY({value}::uuid[])",
    "brand_ids": "t.product_id IN (SELECT id FROM products WHERE brand_id = ANY({value}::uuid[]))",
    "all_words": "t.words @> {value}::text[]",
    "any_word": "t.words && {value}::text[]",
    "created_at": "t.created_at {operator} {value}::timestamptz",
}
"""The SQL of each condition.

All hugggs of a transaction have its product, message and moment, so these conditions are on the few
transactions instead of the many hugggs.
"""

BOUGHT = "h.transaction_id IN (SELECT t.id FROM transactions t WHERE asked_conditions())"

ORDERS = {"created_at": "h.id", "updated_at": "h.updated_at", "expiry_date": "h.expiry_date"}
"""Each is served by an index that begins with the sender; ids sort by the time they were made."""


KINDS = {"created_at": "uuid", "updated_at": "timestamptz", "expiry_date": "date"}
BEFORE: dict[str, SortKey] = {
    "created_at": (NIL, NIL),
    "updated_at": (EPOCH, NIL),
    "expiry_date": (date.min, NIL),
}
"""The SQL type of each order's values, and keys of the same types; see `key_of`."""


def key_of(huggg: Huggg, criteria: Search) -> SortKey:
    """Tell where a huggg stands in the order of a search."""
    first = {"created_at": huggg.id, "updated_at": huggg.updated_at, "expiry_date": huggg.expiry_date}
    return first[criteria.order_by], huggg.id


def filters_of(criteria: Search) -> str:
    """Name a search by its conditions and its order, without its window."""
    whole = replace(criteria, offset=0, size=0, after=None)
    statement, values = statement_of(whole, sender_id=NIL)
    return f"{statement.sql}{list(values.values())}"


async def search(database: Database, vault: Vault, criteria: Search, *, sender_id: UUID) -> Seen:
    """Find a window of hugggs, their codes opened. Raises DatabaseAwayError."""
    if criteria.texts:
        await keep_words(database, sender_id=sender_id)
    statement, values = statement_of(criteria, sender_id=sender_id)
    # Not prepared: each search is a text of its own, and would push the tills' statements out.
    return seen_from(await database.planned(statement, **values), vault)


def statement_of(criteria: Search, *, sender_id: UUID) -> tuple[Statement, dict[str, Any]]:
    """Write the statement for a search: as many conditions as were asked for, and one order."""
    values: list[Any] = [sender_id, criteria.size, criteria.offset]
    of_hugggs: list[str] = []
    of_transactions: list[str] = []
    if criteria.statuses is not None:
        states = [f"({STATUSES[status]})" for status in sorted(criteria.statuses)]
        of_hugggs.append(f"({' OR '.join(states) or 'false'})")
    for alternatives in _conditions(criteria):
        texts = [_condition(values, *alternative) for alternative in alternatives]
        of = of_hugggs if alternatives[0].name in OF_HUGGGS else of_transactions
        of.append(texts[0] if len(texts) == 1 else f"({' OR '.join(texts)})")
    direction, beyond = ("DESC", "<") if criteria.descending else ("ASC", ">")
    order = ORDERS[criteria.order_by]
    if criteria.after is not None:
        values += criteria.after
        kind, place = KINDS[criteria.order_by], len(values)
        of_hugggs.append(f"({order}, h.id) {beyond} (${place - 1}::{kind}, ${place}::uuid)")
    if of_transactions:
        bought = " AND ".join(["t.sender_id = $1", *of_transactions])
        of_hugggs.append(BOUGHT.replace("asked_conditions()", bought))
    sql = queries.search.sql.replace("asked_conditions()", " AND ".join(of_hugggs) or "true")
    sql = sql.replace("asked_order()", f"{order} {direction}, h.id {direction}")
    names = tuple(f"value{place}" for place in range(len(values)))
    return Statement(queries.search.name, sql, names), dict(zip(names, values, strict=True))


class Condition(NamedTuple):
    """One of those above, and the value to compare with."""

    name: str
    operator: str
    value: Any


def _condition(values: list[Any], name: str, operator: str, value: Any) -> str:  # noqa: ANN401
    values.append(value)
    return (OF_HUGGGS | OF_TRANSACTIONS)[name].format(operator=operator, value=f"${len(values)}")


def _conditions(criteria: Search) -> Iterator[Sequence[Condition]]:
    """List the conditions; of several in one place, any will do."""
    for name in ("product_ids", "brand_ids"):
        values = getattr(criteria, name)
        if values is not None:
            yield [Condition(name, "=", sorted(values))]
    for text in criteria.texts:
        yield list(_of_words(text))
    for bound in criteria.bounds:
        yield [Condition(*bound)]


def _of_words(text: WordCondition) -> Iterator[Condition]:
    """Look for written words. One that splits into several is found only where all of them are."""
    if text.every:
        yield Condition("all_words", "@>", list(dict.fromkeys(chain.from_iterable(text.parts))))
        return
    whole = [split[0] for split in text.parts if len(split) == 1]
    if whole:
        yield Condition("any_word", "&&", whole)
    yield from (Condition("all_words", "@>", list(split)) for split in text.parts if len(split) > 1)
