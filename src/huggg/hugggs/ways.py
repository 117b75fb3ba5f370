"""The ways to find the hugggs of a search, and the choice among them.

PostgreSQL would choose by statistics that do not know one sender from another and may be old. So a
search counts first, up to a bound, how many hugggs each of its conditions leaves. Where one leaves few,
all of those are read and sorted; else hugggs are read in the requested order until the page is full.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from huggg.database.queries import Statement
from huggg.hugggs.conditions import (
    Alternatives,
    Condition,
    StatementText,
    Words,
    bound_conditions,
    id_bounds,
    picked_conditions,
    product_conditions,
    word_conditions,
)
from huggg.hugggs.query import Search
from huggg.hugggs.statuses import PARTS, STATUSES
from huggg.hugggs.store import queries

FEW = 100_000
FEW_BESIDE_INDEX = 20_000
"""So many hugggs are read and sorted in some hundredths of a second; see `few`."""

FEW_PURCHASES = 5_000
"""Purchases whose hugggs are found one purchase after the other."""

ORDERS = {"created_at": "h.id", "updated_at": "h.updated_at", "expiry_date": "h.expiry_date"}
"""Each is served by indexes that begin with the sender; ids sort by the time they were made."""

KINDS = {"created_at": "uuid", "updated_at": "timestamptz", "expiry_date": "date"}
"""The SQL type of each order's values."""

RANGES = {"id": "created_at", "updated_at": "updated_at", "expiry_date": "expiry_date"}
"""The ranges by which an index finds hugggs, and the orders in which they are found anyway."""

SET_ORDERS = {"id": "h.id", "updated_at": "h.updated_at, h.id", "expiry_date": "h.expiry_date, h.id"}
"""The order of the index that finds a range; asked for, so that PostgreSQL takes this index."""

IN_ORDER = "; ".join(
    f"SET LOCAL enable_{step} = off"
    for step in ("sort", "incremental_sort", "seqscan", "hashjoin", "mergejoin", "memoize")
)
"""The settings of a search: one plan for each way under any statistics, and no sort of rows that an
index has in order."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to find hugggs: from purchases, from a range, or for each status from all or in order."""

    purchases: Sequence[UUID] | None = None  # all that are asked for, if they are few
    range: str | None = None  # one of RANGES, which leaves few
    statuses: frozenset[str] = frozenset()  # those that few have


WALK = Way()


class SearchStatements:
    """The statements of one search by one sender; `choices` are those that the products concern."""

    def __init__(
        self, criteria: Search, words: Words, *, sender_id: UUID, choices: Collection[UUID] = ()
    ) -> None:
        self._criteria = criteria
        self._sender_id = sender_id
        self._word_conditions = word_conditions(criteria, words)
        self._product_conditions = product_conditions(criteria, choices)
        self._other_conditions = [
            *picked_conditions(criteria, choices),
            *bound_conditions(criteria.bounds),
        ]
        self._by_index = bool(self._word_conditions) and not words.older

    def purchases(self) -> tuple[Statement, dict[str, Any]] | None:
        """Write the statement that lists the purchases that are asked for, and one more than few.

        Words are looked for first: a fingerprint is one sender's, so the index finds the sender's own
        messages alone. None if purchases are not asked for.
        """
        if not self._word_conditions and not self._product_conditions:
            return None
        statement_text = StatementText(self._sender_id, FEW_PURCHASES + 1)
        if self._by_index:
            word_texts, other_texts = (
                statement_text.conditions(self._word_conditions),
                statement_text.conditions(self._product_conditions),
            )
        else:
            word_texts = [
                "t.sender_id = $1",
                *statement_text.conditions([*self._word_conditions, *self._product_conditions]),
            ]
            other_texts = []
        sql = queries.purchases_of_search.sql.replace("words_condition()", " AND ".join(word_texts))
        sql = sql.replace("other_conditions()", " AND ".join(other_texts) or "true")
        return _statement("purchases_of_search", sql, statement_text)

    def counts(self) -> tuple[Statement, dict[str, Any]] | None:
        """Write the statement that counts the hugggs of each condition, up to one more than few.

        None if there is nothing to choose.
        """
        statement_text = StatementText(self._sender_id)
        counts = [
            f'(SELECT count(*) FROM ({rows} LIMIT {self.few(name) + 1}) AS f) AS "{name}"'  # noqa: S608
            for name, rows in self._countable(statement_text)
        ]
        if not counts:
            return None
        return _statement("counts_of_search", f"SELECT {', '.join(counts)}", statement_text)

    def _countable(self, statement_text: StatementText) -> Iterator[tuple[str, str]]:
        criteria = self._criteria
        conditions = [*id_bounds(criteria.bounds), *(Condition(*bound) for bound in criteria.bounds)]
        for name, field in RANGES.items():
            range_conditions = [[condition] for condition in conditions if condition.name == name]
            if range_conditions and field != criteria.order_by:
                texts = statement_text.conditions(range_conditions)
                parts = PARTS.values() if name == "updated_at" else [""]
                sets = [_counted([*texts, part], SET_ORDERS[name]) for part in parts]
                yield name, " UNION ALL ".join(sets)
        for name in sorted(criteria.statuses or ()):
            if criteria.order_by != "updated_at":
                yield name, _counted([STATUSES[name].sql], SET_ORDERS["updated_at"])

    def choose(self, counted: Mapping[str, int]) -> Way:
        """Choose by the number of hugggs that each condition leaves."""
        few = {name: count for name, count in counted.items() if count <= self.few(name)}
        ranges = [name for name in few if name in RANGES]
        if ranges:
            return Way(range=min(ranges, key=few.__getitem__))
        return Way(statuses=frozenset(few))

    def few(self, name: str) -> int:
        """Give the greatest number of a condition's hugggs that is few.

        The index of the order of update has the ids: it passes over a million hugggs outside of a range
        of purchase in less time than it takes to read a tenth of them.
        """
        index_has_ids = name == "id" and self._criteria.order_by == "updated_at"
        return FEW_BESIDE_INDEX if index_has_ids else FEW

    def page(self, way: Way) -> tuple[Statement, dict[str, Any]]:
        """Write the statement that finds the page in this way."""
        criteria = self._criteria
        statement_text = StatementText(criteria.size, criteria.offset)
        direction = "DESC" if criteria.descending else "ASC"
        conditions = [*statement_text.conditions(self._other_conditions), *self._beyond(statement_text)]
        if way.purchases is None:
            conditions.append(f"h.sender_id = {statement_text.value(self._sender_id)}::uuid")
            conditions += self._of_each_purchase(statement_text)
        else:
            conditions.append(f"h.transaction_id = ANY({statement_text.value(way.purchases)}::uuid[])")
        order = ORDERS[criteria.order_by]
        branches = [
            _set([*conditions, status], order, set_order)
            if set_order is not None
            else _walk([*conditions, status], order, direction)
            for status, set_order in self._branches(way)
        ]
        sql = queries.search.sql.replace("matching_hugggs()", f"({' UNION ALL '.join(branches)})")
        sql = sql.replace("requested_order()", f"place {direction}, huggg_id {direction}")
        return _statement(queries.search.name, sql, statement_text)

    def _branches(self, way: Way) -> Iterator[tuple[str, str | None]]:
        """Give the condition of each branch, and the order of a set; None is a walk."""
        of_set = None if way.range is None else SET_ORDERS[way.range]
        statuses = None if self._criteria.statuses is None else sorted(self._criteria.statuses)
        if way.purchases is not None or way.range in ("id", "expiry_date"):
            texts = [f"({STATUSES[name].sql})" for name in statuses or ()]
            yield "" if statuses is None else f"({' OR '.join(texts)})", of_set or ""
        elif statuses is not None:
            for name in statuses:
                few = name in way.statuses
                yield STATUSES[name].sql, SET_ORDERS["updated_at"] if few else of_set
        elif "updated_at" in (way.range, self._criteria.order_by):
            for part in PARTS.values():
                yield part, of_set
        else:
            yield "", None

    def _beyond(self, statement_text: StatementText) -> list[str]:
        """Go on after the last huggg of the page before."""
        criteria = self._criteria
        if criteria.after is None:
            return []
        beyond, kind = "<" if criteria.descending else ">", KINDS[criteria.order_by]
        first, last = (statement_text.value(value) for value in criteria.after)
        return [f"({ORDERS[criteria.order_by]}, h.id) {beyond} ({first}::{kind}, {last}::uuid)"]

    def _of_each_purchase(self, statement_text: StatementText) -> list[str]:
        """Look at the purchase of one huggg after the other; a join may look at all purchases first."""
        alternatives: list[Alternatives] = [*self._word_conditions, *self._product_conditions]
        if not alternatives:
            return []
        texts = " AND ".join(statement_text.conditions(alternatives))
        return [f"(SELECT {texts} FROM transactions t WHERE t.id = h.transaction_id)"]  # noqa: S608


def _counted(conditions: Sequence[str], order: str) -> str:
    condition = " AND ".join(filter(None, ["h.sender_id = $1", *conditions]))
    return f"(SELECT FROM hugggs h WHERE {condition} ORDER BY {order})"


def _set(conditions: Sequence[str], place: str, order: str) -> str:
    """Find all hugggs of one kind."""
    matching = f"{_matching(conditions, place)}{' ORDER BY ' * bool(order)}{order}"
    return f"(WITH found AS MATERIALIZED ({matching}) SELECT huggg_id, place FROM found)"  # noqa: S608


def _walk(conditions: Sequence[str], place: str, direction: str) -> str:
    """Find hugggs of one kind in the requested order, as many as the window needs."""
    matching = _matching(conditions, place)
    return f"({matching} ORDER BY place {direction}, h.id {direction} LIMIT $1::bigint + $2::bigint)"


def _matching(conditions: Sequence[str], place: str) -> str:
    condition = " AND ".join(filter(None, conditions))
    return f"SELECT h.id AS huggg_id, {place} AS place FROM hugggs h WHERE {condition}"  # noqa: S608


def _statement(name: str, sql: str, statement_text: StatementText) -> tuple[Statement, dict[str, Any]]:
    names = tuple(f"value{place}" for place in range(len(statement_text.values)))
    # Not prepared: each search is a text of its own, and would push the tills' statements out.
    statement = Statement(name, sql, names, planned=True, settings=IN_ORDER)
    return statement, dict(zip(names, statement_text.values, strict=True))
