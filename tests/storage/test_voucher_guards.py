"""Statements about codes, vouchers and issuances: their changes, and the guards that stop them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.vouchers.store import queries
from tests.support.guards import Guarded, Row
from tests.support.rows import AT, put, ran, standing

FUTURE = "2099-01-01T00:00:00Z"
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HUGGG, BRAND, POOL, OTHER_POOL, BATCH = (UUID(int=n) for n in (3, 1, 5, 15, 6))
ISSUANCE, SEGMENT = UUID(int=2), UUID(int=5)

FREE: Row = {"segment_id": 5, "batch_id": 6}
RESERVED: Row = {**FREE, "huggg_id": 3, "lease_until": FUTURE}
ASSIGNED: Row = {"lease_until": None, "assigned_at": AT, "huggg_id": 3}
WITHDRAWN: Row = {"withdrawn_at": AT}
POOLED = ("pools", {"segment_id": 5, "brand_id": 1})
OF_BATCH = ("batches", {"id": 6, "segment_id": 5})

DRAWN: Row = {"pool_id": POOL, "brand_id": BRAND, "huggg_ids": [HUGGG], "lease": MINUTE}
ASKED: Row = {"huggg_id": 3, "id": 2, "brand_id": 1, "segment_id": 5}
SETTLED: Row = {"settled_at": AT}
JOB: Row = {"kind": "code.issue", "subject_id": 3, "customer_id": 1}
LEASED: Row = {"lease_id": 8, "lease_until": FUTURE}
LAPSED: Row = {"lease_id": 8, "lease_until": AT}
OTHER_HUGGG: Row = {"huggg_id": 13, "id": 12}

CASES = [
    Guarded(
        queries.put_back,
        "codes",
        RESERVED,
        {"brand_id": BRAND, "huggg_ids": [HUGGG]},
        [{"brand_id": 11}, {"fingerprint": "\\x09", "huggg_id": 13}],
        {"handed out": ASSIGNED},
    ),
    Guarded(
        queries.release_lapsed,
        "codes",
        {**RESERVED, "lease_until": AT},
        {},
        [{"fingerprint": "\\x09", "huggg_id": 13, "lease_until": FUTURE}],
        {"handed out": ASSIGNED},
    ),
    Guarded(
        queries.ask_again,
        "issuances",
        ASKED,
        {"huggg_id": HUGGG},
        [OTHER_HUGGG],
        {"settled": SETTLED},
    ),
    Guarded(
        queries.note_refusal,
        "issuances",
        ASKED,
        {"huggg_id": HUGGG, "id": ISSUANCE, "refused": "no more"},
        [OTHER_HUGGG, {"huggg_id": 14}],
        {"settled": SETTLED, "asked for anew": {"id": 9}},
    ),
    Guarded(
        queries.release_issuance,
        "jobs",
        {**JOB, **LEASED},
        {"huggg_id": HUGGG},
        [{"subject_id": 13}, {"kind": "another"}],
        {"back already": {"lease_id": None, "lease_until": None, "due_at": FUTURE}},
    ),
    Guarded(
        queries.settle_issuance,
        "issuances",
        ASKED,
        {"huggg_id": HUGGG},
        [OTHER_HUGGG],
        {"settled": SETTLED},
    ),
    Guarded(
        queries.set_low_water,
        "pools",
        {"segment_id": 5},
        {"segment_id": POOL, "low_water": 7},
        [{"segment_id": 15}],
    ),
    Guarded(
        queries.note_low_water,
        "pools",
        {"segment_id": 5},
        {"pool_ids": [POOL]},
        [{"segment_id": 15}],
        {"noted before": {"low_noted_at": AT}},
    ),
    Guarded(
        queries.pool_policy,
        "pools",
        {"segment_id": 5},
        {"segment_id": POOL, "short_codes": "given", "ended_codes": "replaced"},
        [{"segment_id": 15}],
    ),
    Guarded(queries.remove_issuer, "issuers", {}, {"scope_id": BRAND}, [{"scope_id": 11}]),
]


async def test_asking_for_the_policy_of_a_pool_changes_and_notes_nothing(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "pools", segment_id=5, short_codes="given")
    before = await standing(tables)
    values = {"segment_id": POOL, "short_codes": None, "ended_codes": None}
    assert await ran(tables, queries.pool_policy, **values) == [("given", "shown")]
    assert await standing(tables) == before


CLAIM: Row = {
    "huggg_id": HUGGG,
    "id": UUID(int=99),
    "brand_id": BRAND,
    "segment_id": SEGMENT,
    "lease_id": UUID(int=9),
    "lease": MINUTE,
}
REFUSED: Row = {"refused": "no more"}
CLAIMED: dict[str, tuple[Row | None, Row | None]] = {
    "that nobody asked for": (None, None),
    "that was not asked for yet, of another segment": ({"segment_id": 9}, {}),
    "whose outcome is unknown, before its time": ({"attempts": 1}, {"due_at": FUTURE}),
    "that was refused, when it is due": ({"attempts": 1, **REFUSED}, {}),
    "whose attempt died": ({"attempts": 1}, LAPSED),
    "whose older server died": ({"attempts": 1, "next_at": AT}, None),
    "that an older server postponed": ({"attempts": 1, "next_at": FUTURE, "postponed": True}, None),
}
NOT_CLAIMED: dict[str, tuple[Row, Row | None]] = {
    "asked for under another segment": ({"attempts": 1, "segment_id": 9}, {}),
    "in an older server's hands": ({"attempts": 1, "next_at": FUTURE}, None),
    "under way": ({"attempts": 1}, LEASED),
    "refused, before its time": ({"attempts": 1, **REFUSED}, {"due_at": FUTURE}),
    "dead": ({"attempts": 1}, {"dead_at": AT}),
}


@pytest.mark.parametrize("name", CLAIMED)
async def test_an_issuance_is_claimed(tables: asyncpg.Connection, name: str) -> None:
    issuance, job = CLAIMED[name]
    if issuance is not None:
        await put(tables, "issuances", **{**ASKED, "next_at": "infinity", **issuance})
    others = {"attempts": 1, "segment_id": 9, "next_at": FUTURE, "refused": "no more"}
    await put(tables, "issuances", **OTHER_HUGGG, **others)
    if job is not None:
        await put(tables, "jobs", **{**JOB, **job})
    [claimed] = await ran(tables, queries.claim_issuance, **CLAIM)
    attempts = (issuance or {}).get("attempts", 0)
    assert (claimed["subject_id"], claimed["calls"]) == (HUGGG, attempts + 1)
    assert await tables.fetch("SELECT subject_id FROM jobs WHERE lease_until > now()") == [(HUGGG,)]


@pytest.mark.parametrize("name", NOT_CLAIMED)
async def test_an_issuance_is_not_claimed_that_is(tables: asyncpg.Connection, name: str) -> None:
    issuance, job = NOT_CLAIMED[name]
    await put(tables, "issuances", **{**ASKED, "next_at": "infinity", **issuance})
    if job is not None:
        await put(tables, "jobs", **{**JOB, **job})
    before = await standing(tables)
    assert await ran(tables, queries.claim_issuance, **CLAIM) == []
    assert await standing(tables) == before


async def test_an_issuance_that_is_settled_is_not_claimed(tables: asyncpg.Connection) -> None:
    await put(tables, "issuances", **{**ASKED, **SETTLED})
    assert await ran(tables, queries.claim_issuance, **CLAIM) == []
    assert await tables.fetchval("SELECT attempts FROM issuances") == 0


async def test_issuances_of_older_servers_get_jobs_and_no_others(tables: asyncpg.Connection) -> None:
    await put(tables, "issuances", **ASKED)
    for number, other in enumerate((SETTLED, {"next_at": "infinity"}), start=13):
        await put(tables, "issuances", huggg_id=number, id=number, **other)
    for _ in range(2):
        await ran(tables, queries.adopt_issuances)
    [job] = await tables.fetch("SELECT kind, subject_id, customer_id FROM jobs")
    assert tuple(job) == ("code.issue", HUGGG, BRAND)
    assert await tables.fetchval("SELECT count(*) FROM issuances WHERE next_at = 'infinity'") == 2


async def test_an_issuance_that_has_its_job_keeps_it(tables: asyncpg.Connection) -> None:
    await put(tables, "issuances", **ASKED)
    await put(tables, "jobs", **{**JOB, "due_at": FUTURE})
    await ran(tables, queries.adopt_issuances)
    assert await tables.fetchval("SELECT due_at = $1::text::timestamptz FROM jobs", FUTURE)


@pytest.mark.parametrize(
    "counted_not",
    [
        {"segment_id": 15},
        {**ASSIGNED},
        {**WITHDRAWN},
        {"valid_until": AT},
    ],
    ids=str,
)
async def test_a_pool_is_low_when_less_is_free_than_it_should_have(
    tables: asyncpg.Connection, counted_not: Row
) -> None:
    await put(tables, "pools", segment_id=5, low_water=2)
    for free in ("\\x01", "\\x02"):
        await put(tables, "codes", **FREE, fingerprint=free)
    await put(tables, "codes", **{**FREE, **counted_not, "fingerprint": "\\x03"})
    await ran(tables, queries.note_low_water, pool_ids=[POOL])
    assert await tables.fetchval("SELECT low_noted_at IS NOT NULL FROM pools")


async def test_a_pool_with_more_than_it_should_have_is_not_low(tables: asyncpg.Connection) -> None:
    await put(tables, "pools", segment_id=5, low_water=2)
    for free in ("\\x01", "\\x02", "\\x03"):
        await put(tables, "codes", **FREE, fingerprint=free)
    before = await standing(tables)
    await ran(tables, queries.note_low_water, pool_ids=[POOL])
    assert await standing(tables) == before


WITHDRAWAL: Row = {"batch_id": BATCH}


async def test_the_rest_of_a_batch_is_withdrawn_and_nothing_else(tables: asyncpg.Connection) -> None:
    for table, row in (POOLED, OF_BATCH, ("pools", {"segment_id": 15, "brand_id": 1})):
        await put(tables, table, **row)
    await put(tables, "batches", id=16, segment_id=5)
    kept: list[Row] = [
        {"segment_id": 15},
        {"batch_id": 16},
        {"batch_id": None},
        {**ASSIGNED},
        {**WITHDRAWN},
    ]
    for place, row in enumerate(kept):
        await put(tables, "codes", **{**FREE, "fingerprint": f"\\x1{place}", **row})
    others = set((await standing(tables))["codes"])
    await put(tables, "codes", **FREE)
    await put(tables, "codes", **{**RESERVED, "fingerprint": "\\x02", "huggg_id": 4})
    [answer] = await ran(tables, queries.withdraw, **WITHDRAWAL)
    assert dict(answer) == {"is_known": True, "withdrawn": 2}
    events = await tables.fetch("SELECT subject_id, data ->> 'count' FROM events")
    assert events == [(BATCH, "2")]
    assert others <= set((await standing(tables))["codes"])


# Making a voucher ----------------------------------------------------------------------------------


def voucher(**more: Any) -> Row:
    item: Row = {
        "huggg_id": HUGGG,
        "voucher_id": UUID(int=8),
        "origin": "pool",
        "brand_id": BRAND,
        "fingerprint": b"\1",
        "segment_id": SEGMENT,
        "sealed": b"\5",
        "sealed_code": b"\6",
        "expires_at": None,
        "link": b"\1",
        "at": NOW,
        "user_id": None,
        "client_id": "app",
    }
    return {name: [value] for name, value in {**item, **more}.items()}


MINTED: Row = {"origin": "minted", "fingerprint": b"\7"}
OWN: Row = {"origin": "own", "fingerprint": None, "sealed_code": None}
OVER: dict[str, Row] = {
    "has a voucher": {"voucher_id": 9},
    "is spent": {"redemption_id": 9},
    "is cancelled": {"cancelled_at": AT},
    "is noted as expired": {"expired_at": AT},
    "is not sent": {"sent_at": "2026-01-05T09:31:00Z"},
    "has expired": {"expires_at": "2026-01-05T09:30:00Z"},
    "has another link": {"codes": "\\x02"},
}


@pytest.mark.parametrize("origin", [{}, MINTED], ids=["pool", "minted"])
async def test_a_voucher_is_its_hugggs_and_settles_what_was_asked_for_it(
    tables: asyncpg.Connection, origin: Row
) -> None:
    for huggg in (13, 3):
        await put(tables, "hugggs", id=huggg, position=huggg)
        await put(tables, "issuances", huggg_id=huggg, id=huggg)
    await put(tables, "codes", **{**RESERVED, "brand_id": 11})
    await put(tables, "codes", **{**RESERVED, "huggg_id": 13, "fingerprint": "\\x09"})
    if not origin:
        await put(tables, "codes", **RESERVED)
    for job in ({}, {"subject_id": 13}, {"kind": "another"}):
        await put(tables, "jobs", **{**JOB, **job})
    await ran(tables, queries.make_voucher, **voucher(**origin))
    assert await tables.fetch("SELECT id FROM hugggs WHERE voucher_id IS NOT NULL") == [(HUGGG,)]
    left = await tables.fetch("SELECT kind, subject_id FROM jobs ORDER BY kind")
    assert left == [("another", HUGGG), ("code.issue", UUID(int=13))]
    settled = await tables.fetch("SELECT huggg_id FROM issuances WHERE settled_at IS NOT NULL")
    assert settled == [(HUGGG,)]
    taken = await tables.fetch("SELECT brand_id, huggg_id FROM codes WHERE assigned_at IS NOT NULL")
    assert taken == [(BRAND, HUGGG)]


@pytest.mark.parametrize("reason", OVER)
@pytest.mark.parametrize("origin", [{}, MINTED, OWN], ids=["pool", "minted", "own"])
async def test_no_voucher_is_made_for_a_huggg_that(
    tables: asyncpg.Connection, origin: Row, reason: str
) -> None:
    await put(tables, "hugggs", **{"id": 3, **OVER[reason]})
    await put(tables, "codes", **RESERVED)
    before = await standing(tables)
    assert await ran(tables, queries.make_voucher, **voucher(**origin)) == []
    assert await standing(tables) == before


@pytest.mark.parametrize("reason", [reason for reason in OVER if reason != "has a voucher"])
async def test_a_code_that_a_service_promised_is_the_hugggs_though_it(
    tables: asyncpg.Connection, reason: str
) -> None:
    await put(tables, "hugggs", **{"id": 3, **OVER[reason]})
    promised = voucher(**{**MINTED, "origin": "promised"})
    assert len(await ran(tables, queries.make_voucher, **promised)) == 1


@pytest.mark.parametrize(("link", "unshown"), [("\\x01", False), ("\\x02", True)])
async def test_a_promised_code_is_shown_to_its_receiver_only_by_the_hugggs_link(
    tables: asyncpg.Connection, link: str, *, unshown: bool
) -> None:
    await put(tables, "hugggs", id=3, codes=link)
    await ran(tables, queries.make_voucher, **voucher(**{**MINTED, "origin": "promised"}))
    assert await tables.fetchval("SELECT unshown FROM vouchers") is unshown


@pytest.mark.parametrize(
    "lost",
    [
        {"huggg_id": 4},
        ASSIGNED,
        {"fingerprint": "\\x02"},
        {"brand_id": 11},
    ],
    ids=["drawn by another", "handed out", "another code", "another brand"],
)
async def test_no_voucher_is_made_of_a_code_that_is_not_reserved_any_more(
    tables: asyncpg.Connection, lost: Row
) -> None:
    await put(tables, "hugggs", id=3)
    await put(tables, "codes", **{**RESERVED, **lost})
    before = await standing(tables)
    assert await ran(tables, queries.make_voucher, **voucher()) == []
    assert await standing(tables) == before


async def test_a_pool_code_is_handed_out_as_it_lies_there(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", id=3)
    await put(tables, "codes", **RESERVED)
    await ran(tables, queries.make_voucher, **voucher())
    assert await tables.fetch("SELECT code, huggg_id, lease_until FROM codes") == [(b"\2", HUGGG, None)]


async def test_a_code_is_held_while_a_voucher_is_made_of_it(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    making, drawing = two
    await put(making, "codes", **RESERVED)
    async with making.transaction():
        await ran(
            making, queries.make_voucher, **voucher()
        )  # there is no such huggg: only a lock is left
        with pytest.raises(asyncpg.LockNotAvailableError):
            await drawing.execute("UPDATE codes SET lease_until = now()")


async def test_a_code_is_held_while_it_replaces_another(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    replacing, drawing = two
    await put(replacing, "codes", **HELD)
    async with replacing.transaction():
        await ran(replacing, queries.replace_voucher, **REPLACEMENT)  # of no huggg: only a lock is left
        with pytest.raises(asyncpg.LockNotAvailableError):
            await drawing.execute("UPDATE codes SET lease_until = now()")


# Issuers of codes ----------------------------------------------------------------------------------

ISSUER: Row = {
    "scope_id": BRAND,
    "kind": "pool",
    "pool_id": POOL,
    "url": None,
    "secret": None,
    "valid_days": None,
}


@pytest.mark.parametrize("pool", [{"id": 5, "brand_id": 2}, {"id": 15, "brand_id": 1}, None], ids=str)
async def test_a_brand_draws_from_its_own_pools_only(
    tables: asyncpg.Connection, pool: Row | None
) -> None:
    await put(tables, "brands")
    if pool:
        await put(tables, "segments", **pool)
    before = await standing(tables)
    assert await ran(tables, queries.set_issuer, **ISSUER) == []
    assert await standing(tables) == before


async def test_an_issuer_is_set_for_one_brand_or_for_one_segment(tables: asyncpg.Connection) -> None:
    for brand in (1, 2):
        published = {"id": brand, "name": "x", "weight": 1, "consolidated": 0}
        await put(tables, "brands", published=published)
        await put(tables, "segments", id=4 + brand, brand_id=brand)
    assert await ran(tables, queries.set_issuer, **ISSUER) == [(BRAND,)]
    minted = {**ISSUER, "scope_id": UUID(int=6), "kind": "minted", "pool_id": None}
    assert await ran(tables, queries.set_issuer, **minted) == [(UUID(int=6),)]
    set_for = await tables.fetch("SELECT scope_id, brand_id FROM issuers ORDER BY scope_id")
    assert set_for == [(BRAND, BRAND), (UUID(int=6), UUID(int=2))]


# Showing a code ------------------------------------------------------------------------------------


async def test_showing_a_code_is_noted_of_the_huggg_that_has_it(tables: asyncpg.Connection) -> None:
    for huggg in (3, 13):
        await put(tables, "hugggs", id=huggg, position=huggg, voucher_id=8)
        await put(tables, "vouchers", huggg_id=huggg, id=8, code=f"\\x{huggg:02}")
        await put(tables, "vouchers", huggg_id=huggg, id=7)
        await put(tables, "shortcodes", huggg_id=huggg, fingerprint=f"\\x{huggg:02}")
    values: Row = {"id": None, "fingerprints": [b"\3"], "user_id": None, "reason": "lost"}
    assert await ran(tables, queries.show_code, **values) == [(HUGGG, b"\1", UUID(int=8), b"\3", None)]
    assert await tables.fetch("SELECT subject_id, kind FROM events") == [(HUGGG, "voucher.shown")]


async def test_where_there_is_no_code_nothing_is_noted(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", id=3)
    values: Row = {"id": HUGGG, "fingerprints": [], "user_id": None, "reason": "lost"}
    assert await ran(tables, queries.show_code, **values) == [(HUGGG, b"\1", None, None, None)]
    assert await tables.fetch("SELECT FROM events") == []


# Another code for a huggg ----------------------------------------------------------------------------

REPLACEMENT: Row = {
    "huggg_id": HUGGG,
    "holder_id": UUID(int=99),
    "old_voucher_id": UUID(int=2),
    "voucher_id": UUID(int=7),
    "brand_id": BRAND,
    "segment_id": None,
    "from_pool": True,
    "fingerprint": b"\2",
    "sealed": b"\1",
    "sealed_code": None,
    "expires_at": None,
    "at": NOW,
    "reason": "Ticket 17",
    "user_id": None,
    "client_id": None,
}
STANDS: Row = {"fingerprint": "\\x01", "huggg_id": 3, "assigned_at": AT}
HELD: Row = {"fingerprint": "\\x02", "huggg_id": 99, "lease_until": FUTURE}
REPLACED: Row = {"replaced_at": AT}

NOT_REPLACED: dict[str, tuple[Row, Row, Row]] = {
    "the huggg was redeemed": ({"redemption_id": 9}, {}, {}),
    "the huggg was cancelled": ({"cancelled_at": AT}, {}, {}),
    "the expiry was noted": ({"expired_at": AT}, {}, {}),
    "the huggg is over": ({"expires_at": AT}, {}, {}),
    "the huggg has another voucher by now": ({"voucher_id": 12}, {}, {}),
    "its code is another brand's": ({}, {"brand_id": 11}, {}),
    "its code is another huggg's": ({}, {"huggg_id": 13}, {}),
    "its code was never handed out": ({}, {"assigned_at": None, "lease_until": FUTURE}, {}),
    "its code was replaced": ({}, REPLACED, {}),
    "the new code is another brand's": ({}, {}, {"brand_id": 11}),
    "the new code is not the one that was drawn": ({}, {}, {"fingerprint": "\\x03"}),
    "the new code was drawn by another": ({}, {}, {"huggg_id": 98}),
    "the new code was handed out": ({}, {}, {"assigned_at": AT, "lease_until": None}),
}


async def _replaceable(tables: asyncpg.Connection, huggg: Row, old: Row, new: Row) -> None:
    await put(tables, "hugggs", **{"id": 3, "voucher_id": 2, "expires_at": FUTURE, **huggg})
    await put(tables, "vouchers", huggg_id=3, id=2)
    await put(tables, "codes", **{**STANDS, **old})
    await put(tables, "codes", **{**HELD, **new})


@pytest.mark.parametrize("reason", NOT_REPLACED)
async def test_no_code_is_replaced_where(tables: asyncpg.Connection, reason: str) -> None:
    await _replaceable(tables, *NOT_REPLACED[reason])
    before = await standing(tables)
    assert await ran(tables, queries.replace_voucher, **REPLACEMENT) == []
    assert await standing(tables) == before


async def _replaced(tables: asyncpg.Connection) -> tuple[set[str], set[str]]:
    """Replace a code among those of others; gives the vouchers and codes that are others now."""
    await _replaceable(tables, {}, {}, {})
    await put(tables, "hugggs", id=13, position=2, voucher_id=2, expires_at=FUTURE)
    await put(tables, "vouchers", huggg_id=13, id=2)
    await put(tables, "vouchers", huggg_id=3, id=12)
    for other in (
        {**STANDS, "brand_id": 11},
        {**STANDS, "fingerprint": "\\x11", "huggg_id": 13},
        {**STANDS, "fingerprint": "\\x12", **REPLACED},
        {**HELD, "brand_id": 11},
        {**HELD, "fingerprint": "\\x13", "huggg_id": 98},
    ):
        await put(tables, "codes", **other)
    before = await standing(tables)
    values = {**REPLACEMENT, "from_pool": True}
    assert [row["id"] for row in await ran(tables, queries.replace_voucher, **values)] == [HUGGG]
    after = await standing(tables)
    changed = [set(before[table]) - set(after[table]) for table in ("vouchers", "codes", "hugggs")]
    assert len(changed[2]) == 1
    return changed[0], changed[1]


async def test_a_code_is_replaced_and_no_other_is_touched(tables: asyncpg.Connection) -> None:
    vouchers, codes = await _replaced(tables)
    assert (len(vouchers), len(codes)) == (1, 2)
    count = "SELECT count(*) FROM codes WHERE huggg_id = $1 AND replaced_at IS NULL"
    assert await tables.fetchval(count, HUGGG) == 2  # and the one of another brand
    assert await tables.fetchval("SELECT count(*) FROM codes") == 7


async def test_a_code_from_elsewhere_leaves_the_pool_alone(tables: asyncpg.Connection) -> None:
    await _replaceable(tables, {}, {}, {})
    elsewhere = {"from_pool": False, "fingerprint": b"\x09", "sealed_code": b"\2"}
    await ran(tables, queries.replace_voucher, **{**REPLACEMENT, **elsewhere})
    codes = await tables.fetch("SELECT fingerprint, huggg_id FROM codes ORDER BY 1")
    assert codes == [(b"\1", HUGGG), (b"\2", UUID(int=99)), (b"\x09", HUGGG)]
