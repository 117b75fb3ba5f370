"""Search: the hugggs that a user bought, by state, product, dates and words of the message."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace
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
from huggg.hugggs.word_fingerprints import keep_words, searched_fingerprints
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
    "all_words": "t.word_fingerprints @> {value}::bigint[]",
    "any_word": "t.word_fingerprints && {value}::bigint[]",
    "all_older_words": "t.words @> {value}::text[]",
    "any_older_word": "t.words && {value}::text[]",
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
    whole = asdict(replace(criteria, offset=0, size=0, after=None))
    named = (sorted(value) if isinstance(value, frozenset) else value for value in whole.values())
    return str(list(named))


async def search(database: Database, vault: Vault, criteria: Search, *, sender_id: UUID) -> Seen:
    """Find a window of hugggs, their codes opened. Raises DatabaseAwayError."""
    older = bool(criteria.texts) and not await keep_words(database, vault, sender_id=sender_id)
    words = Words(vault, sender_id, older=older)
    statement, values = statement_of(criteria, words, sender_id=sender_id)
    # Not prepared: each search is a text of its own, and would push the tills' statements out.
    return seen_from(await database.planned(statement, **values), vault)


def statement_of(criteria: Search, words: Words, *, sender_id: UUID) -> tuple[Statement, dict[str, Any]]:
    """Write the statement for a search: as many conditions as were asked for, and one order."""
    values: list[Any] = [sender_id, criteria.size, criteria.offset]
    of_hugggs: list[str] = []
    of_transactions: list[str] = []
    if criteria.statuses is not None:
        states = [f"({STATUSES[status]})" for status in sorted(criteria.statuses)]
        of_hugggs.append(f"({' OR '.join(states) or 'false'})")
    for alternatives in _conditions(criteria, words):
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


class Words:
    """The words that a sender looks for, as the fingerprints that their messages are kept with.

    Messages are kept under several keys while keys are rotated. With `older`, messages that an older
    release kept are among them, whose words are in clear.
    """

    def __init__(self, vault: Vault, sender_id: UUID, *, older: bool) -> None:
        self._vault = vault
        self._sender_id = sender_id
        self._older = older

    def all_of(self, words: Collection[str]) -> Iterator[Condition]:
        """Look for messages that have all of these words."""
        for numbers in self._fingerprints(words):
            yield Condition("all_words", "@>", numbers)
        if self._older:
            yield Condition("all_older_words", "@>", list(words))

    def any_of(self, words: Collection[str]) -> Iterator[Condition]:
        """Look for messages that have one of these words."""
        yield Condition("any_word", "&&", list(chain.from_iterable(self._fingerprints(words))))
        if self._older:
            yield Condition("any_older_word", "&&", list(words))

    def _fingerprints(self, words: Collection[str]) -> list[list[int]]:
        return searched_fingerprints(self._vault, words, sender_id=self._sender_id)


def _condition(values: list[Any], name: str, operator: str, value: Any) -> str:  # noqa: ANN401
    values.append(value)
    return (OF_HUGGGS | OF_TRANSACTIONS)[name].format(operator=operator, value=f"${len(values)}")


def _conditions(criteria: Search, words: Words) -> Iterator[Sequence[Condition]]:
    """List the conditions; of several in one place, any will do."""
    for name in ("product_ids", "brand_ids"):
        values = getattr(criteria, name)
        if values is not None:
            yield [Condition(name, "=", sorted(values))]
    for text in criteria.texts:
        yield list(_of_words(text, words))
    for bound in criteria.bounds:
        yield [Condition(*bound)]


def _of_words(text: WordCondition, words: Words) -> Iterator[Condition]:
    """Look for written words. One that splits into several is found only where all of them are."""
    if text.every:
        yield from words.all_of(list(dict.fromkeys(chain.from_iterable(text.parts))))
        return
    whole = [split[0] for split in text.parts if len(split) == 1]
    if whole:
        yield from words.any_of(whole)
    for split in text.parts:
        if len(split) > 1:
            yield from words.all_of(split)
