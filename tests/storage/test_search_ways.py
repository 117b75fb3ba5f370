"""Every way to find the hugggs of a search gives the same page, by one plan before and after ANALYZE."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.database.sessions import connect
from huggg.hugggs import ways
from huggg.hugggs.conditions import StatementText, Words
from huggg.hugggs.query import read_search
from huggg.hugggs.statuses import STATUSES
from huggg.hugggs.ways import RANGES, WALK, SearchStatements, Way
from huggg.hugggs.word_fingerprints import searched_fingerprints
from huggg.kit.codes import Vault
from tests.conftest import fresh_database
from tests.support.sql import sql

SENDER = UUID(int=1)
VAULT = Vault({1: bytes(32)})
PURCHASES = 4_000

PURCHASE = """
INSERT INTO transactions (id, sender_id, account_id, product_id, quantity, retail, status, message,
                          word_fingerprints, word_key, theme_id, created_at, updated_at)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || lpad(to_hex(n), 19, '0'))::uuid,
       lpad(to_hex(1 + n % 2), 32, '0')::uuid, gen_random_uuid(),
       lpad(to_hex(1000 + n % 5), 32, '0')::uuid, 5, 1750, 'successful',
       CASE WHEN n % 500 = 0 THEN 'Rare hello' ELSE 'Hello' END,
       CASE WHEN n % 500 = 0 THEN $2::bigint[] ELSE '{}' END || $3::bigint[], 1, 'default', at, at
  FROM generate_series(0, $1::int - 1) AS n
 CROSS JOIN LATERAL (SELECT now() - interval '400 days' + n * interval '400 days' / $1) AS moment (at)
"""
"""Over 400 days, by the sender and another in turns; ids have the time of purchase."""

HUGGGS = """
INSERT INTO hugggs (id, transaction_id, position, sender_id, product_id, commitment_id, value, codes,
                    theme_id, expiry_date, expires_at, created_at, updated_at, sent_at, redemption_id,
                    cancelled_at)
SELECT (left(replace(t.id::text, '-', ''), 12) || '7' || lpad(to_hex(p), 3, '0')
        || right(replace(t.id::text, '-', ''), 16))::uuid,
       t.id, p, t.sender_id, t.product_id, gen_random_uuid(), 350, '\\x00', 'default',
       (t.created_at + interval '365 days')::date, t.created_at + interval '365 days', t.created_at,
       least(now(), t.created_at + CASE WHEN fate < 3 THEN days ELSE 0 END * interval '1 day'),
       t.created_at, CASE WHEN fate < 2 THEN gen_random_uuid() END,
       CASE WHEN fate = 2 THEN t.created_at END
  FROM transactions t
 CROSS JOIN generate_series(1, 5) AS p
 CROSS JOIN LATERAL (SELECT abs(hashtext(t.id::text || p)) % 5, abs(hashtext(t.id::text)) % 30)
         AS fates (fate, days)
"""
"""Of five hugggs two are redeemed, one is cancelled, and two are open, of which some are over."""


@pytest.fixture(scope="module")
async def unanalyzed(postgres: str, template: str) -> AsyncIterator[Database]:
    """Hugggs of two senders, of which the database has no statistics."""
    async with fresh_database(postgres, template) as url:
        database = await connect(url)
        for table in ("hugggs", "transactions"):
            await sql(database, f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        await sql(database, PURCHASE, PURCHASES, fingerprint("rare"), fingerprint("hello"))
        await sql(database, HUGGGS)
        yield database
        await database.close()


def fingerprint(word: str) -> list[int]:
    return searched_fingerprints(VAULT, [word], sender_id=SENDER)[0]


def days_ago(days: int) -> str:
    return str((datetime.now(UTC) - timedelta(days=days)).date())


def within(field: str, **days: int) -> dict[str, Any]:
    return {"range": {field: {bound: days_ago(ago) for bound, ago in days.items()}}}


def with_status(*statuses: str) -> dict[str, Any]:
    return {"match": {"status": " ".join(statuses)}}


RARE, HELLO = {"match": {"message": "rare"}}, {"match": {"message": "hello"}}
PRODUCT = {"term": {"product_id": str(UUID(int=1000))}}


@dataclass(frozen=True)
class Case:
    """Conditions of a search, the same as a plain condition, and the indexes that find it."""

    must: tuple[dict[str, Any], ...]
    where: str
    indexes: tuple[str, ...]
    sort: str = "updated_at"

    def statements(self) -> SearchStatements:
        conditions = {
            "query": {"bool": {"must": self.must}},
            "sort": [{self.sort: "desc"}],
            "size": 50,
            "from": 3,
        }
        words = Words(VAULT, SENDER, older=False)
        return SearchStatements(read_search(msgspec.json.encode(conditions)), words, sender_id=SENDER)


OPEN = "h.redemption_id IS NULL AND h.cancelled_at IS NULL"
BY_UPDATE = ("hugggs_cancelled_by_update", "hugggs_open_by_update", "hugggs_redeemed_by_update")

CASES = {
    "everything": Case((), "true", BY_UPDATE),
    "everything, the latest first": Case((), "true", ("hugggs_by_sender",), sort="created_at"),
    "redeemed and bought before a day": Case(
        (with_status("redeemed"), within("created_at", lt=100)),
        "h.redemption_id IS NOT NULL AND h.created_at < current_date - 100",
        ("hugggs_redeemed_by_update",),
    ),
    "expired": Case(
        (with_status("expired"),), f"{OPEN} AND h.expires_at <= now()", ("hugggs_open_by_update",)
    ),
    "expired, the latest first": Case(
        (with_status("expired"),),
        f"{OPEN} AND h.expires_at <= now()",
        ("hugggs_by_sender",),
        sort="created_at",
    ),
    "cancelled": Case(
        (with_status("cancelled"),),
        "h.redemption_id IS NULL AND h.cancelled_at IS NOT NULL",
        ("hugggs_cancelled_by_update",),
    ),
    "sent or redeemed": Case(
        (with_status("sent", "redeemed"),),
        f"h.redemption_id IS NOT NULL OR {OPEN} AND h.expires_at > now()",
        ("hugggs_open_by_update", "hugggs_redeemed_by_update"),
    ),
    "a rare word": Case((RARE,), "t.message ILIKE '%rare%'", BY_UPDATE),
    "a rare word, redeemed": Case(
        (RARE, with_status("redeemed")),
        "t.message ILIKE '%rare%' AND h.redemption_id IS NOT NULL",
        ("hugggs_redeemed_by_update",),
    ),
    "a common word of a product": Case(
        (HELLO, PRODUCT), "t.product_id = '00000000-0000-0000-0000-0000000003e8'", BY_UPDATE
    ),
    "changed in a month, the latest first": Case(
        (within("updated_at", gte=60, lt=30),),
        "h.updated_at >= current_date - 60 AND h.updated_at < current_date - 30",
        ("hugggs_by_sender",),
        sort="created_at",
    ),
    "with a last day in a week": Case(
        (within("expiry_date", gte=7, lte=1), with_status("redeemed", "cancelled")),
        "h.expiry_date BETWEEN current_date - 7 AND current_date - 1"
        " AND (h.redemption_id IS NOT NULL OR h.cancelled_at IS NOT NULL)",
        ("hugggs_cancelled_by_update", "hugggs_redeemed_by_update"),
    ),
    "sent before a day": Case(
        (within("sent_date", lt=300),), "h.sent_at < current_date - 300", BY_UPDATE
    ),
}

NARROW = {
    "redeemed and bought before a day": Case(
        (with_status("redeemed"), within("created_at", lt=390)), "", ("hugggs_by_sender",)
    ),
    "expired": Case((with_status("expired"),), "", ("hugggs_open_by_update",), sort="created_at"),
    "cancelled": Case(
        (with_status("cancelled"),), "", ("hugggs_cancelled_by_update",), sort="created_at"
    ),
    "a rare word": Case((RARE,), "", ("hugggs_by_transaction", "transactions_by_word_fingerprint")),
    "a rare product": Case((PRODUCT,), "", ("hugggs_by_transaction", "transactions_by_product")),
    "changed on a day": Case((within("updated_at", gte=60, lte=60),), "", BY_UPDATE, sort="created_at"),
    "with a last day": Case((within("expiry_date", gte=7, lte=7),), "", ("hugggs_by_expiry",)),
}


async def ids(database: Database, statement_and_values: tuple[Statement, dict[str, Any]]) -> list[UUID]:
    statement, values = statement_and_values
    return [row["id"] for row in await database.rows(statement, **values)]


async def all_ways(database: Database, statements: SearchStatements) -> dict[str, Way]:
    """List the ways that a search can be found in, whether few hugggs are left or many."""
    ways = {"in order": WALK}
    if (purchases := statements.counts()) is not None:
        names = frozenset(dict(await database.one(purchases[0], **purchases[1])))
        ways |= {f"from the range of {name}": Way(range=name) for name in names & set(RANGES)}
        ways["by all of a status"] = Way(statuses=names & set(STATUSES))
    if (purchases := statements.purchases()) is not None:
        ways["from purchases"] = Way(purchases=await ids(database, purchases))
    return ways


REFERENCE = """
SELECT h.id
  FROM hugggs h
  JOIN transactions t ON t.id = h.transaction_id
 WHERE h.sender_id = $1 AND ({where})
 ORDER BY {order} DESC, h.id DESC
 LIMIT 50 OFFSET 3
"""


@pytest.mark.parametrize("name", CASES)
async def test_every_way_gives_the_same_page(unanalyzed: Database, name: str) -> None:
    case = CASES[name]
    text = REFERENCE.format(where=case.where, order=ways.ORDERS[case.sort])
    right = [row["id"] for row in await sql(unanalyzed, text, SENDER)]
    assert right, "the case has hugggs"
    statements = case.statements()
    for label, way in (await all_ways(unanalyzed, statements)).items():
        assert await ids(unanalyzed, statements.page(way)) == right, label


async def indexes_of(
    database: Database, statement_and_values: tuple[Statement, dict[str, Any]] | None
) -> set[str]:
    """Name the indexes by which a statement finds hugggs and purchases, and the tables that it scans."""
    if statement_and_values is None:
        return set()
    statement, values = statement_and_values
    explained = replace(statement, sql=f"EXPLAIN (FORMAT JSON) {statement.sql}")
    [row] = await database.rows(explained, **values)
    return {*_found_by(msgspec.json.decode(row[0])[0]["Plan"])} - {
        *("hugggs_pkey", "transactions_pkey", "vouchers_pkey", "products_pkey")
    }


def _found_by(plan: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in plan or ("Relation Name" in plan and plan["Node Type"] == "Seq Scan"):
        yield str(plan.get("Index Name", plan.get("Relation Name")))
    for below in plan.get("Plans", ()):
        yield from _found_by(below)


async def found_by(database: Database, case: Case, way: Way) -> set[str]:
    statements = case.statements()
    both = (statements.purchases() if way.purchases is not None else None, statements.page(way))
    return {index for each in both for index in await indexes_of(database, each)}


def narrow_way(case: Case) -> Way:
    """Choose as where each condition leaves few."""
    statements = case.statements()
    if statements.purchases() is not None:
        return Way(purchases=[UUID(int=5)])
    names = {name for name, _ in statements._countable(StatementText())}
    return statements.choose(dict.fromkeys(names, 1))


@pytest.mark.parametrize("analyzed", [False, True], ids=["without statistics", "with statistics"])
async def test_a_way_has_one_plan_whatever_the_statistics(
    unanalyzed: Database, *, analyzed: bool
) -> None:
    if analyzed:
        await sql(unanalyzed, "ANALYZE")
    for name, case in CASES.items():
        assert await found_by(unanalyzed, case, WALK) == set(case.indexes), name
    for name, case in NARROW.items():
        assert await found_by(unanalyzed, case, narrow_way(case)) == set(case.indexes), name


async def test_without_its_settings_a_search_is_planned_by_statistics(
    unanalyzed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "IN_ORDER", "SET LOCAL enable_seqscan = on")
    plans = [await found_by(unanalyzed, case, WALK) == set(case.indexes) for case in CASES.values()]
    assert not all(plans)


def test_few_are_read_at_once_and_many_in_order() -> None:
    by_update = CASES["redeemed and bought before a day"].statements()
    assert by_update.choose({"id": 20_000}) == Way(range="id")
    assert by_update.choose({"id": 20_001}) == WALK
    by_purchase = CASES["changed in a month, the latest first"].statements()
    assert by_purchase.choose({"updated_at": 100_000, "expiry_date": 99_999}) == Way(range="expiry_date")
    assert by_purchase.choose({"updated_at": 100_001, "sent": 100_001, "cancelled": 5}) == Way(
        statuses=frozenset({"cancelled"})
    )
