"""Every guard of the statements about codes, vouchers and redemptions, shown to matter by taking it out.

A case sets a stage on which only the guard stands between the statement and a wrong outcome.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.ids import new_id
from huggg.redemptions import redeem as redeeming
from huggg.refusal import Refusal
from huggg.vouchers import import_codes, store
from huggg.vouchers.crockford import mint
from huggg.vouchers.withdraw import withdraw
from tests.conftest import database_name, fresh_database, town_hall
from tests.support.guards import Guard
from tests.support.merchants import Merchant, add_merchant, load
from tests.support.sql import scalar, sql
from tests.support.world import World

VOUCHERS, REDEMPTIONS, IMPORTS = store.queries, redeeming.queries, import_codes.queries
FAR = datetime(2090, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=60)
Act = Callable[["Stage"], Awaitable[Any]]
Making = Callable[["Stage", str], Awaitable[int]]
Case = tuple[Queries, str, str, str, Act, Any]
NO_KEY: dict[str, None] = dict.fromkeys(("key_caller", "key", "key_attempt", "key_status", "key_answer"))
FIRST = "fingerprint = (SELECT fingerprint FROM codes ORDER BY fingerprint LIMIT 1)"
HELD = "huggg_id = $1, lease_until = now() + interval '1 minute'"
TAKEN = "huggg_id = $1, assigned_at = now()"


@dataclass(frozen=True)
class Stage:
    """A cinema with a pool, and hugggs of it that have no voucher yet."""

    world: World
    cinema: Merchant
    hugggs: list[UUID]

    @property
    def database(self) -> Database:
        return self.world.platform.database

    @property
    def pool(self) -> dict[str, Any]:
        return {"brand_id": self.cinema.brand, "pool_id": self.cinema.segments[0], "lease": LEASE}

    async def load(self, count: int = 1) -> UUID:
        """Load codes, and give their batch."""
        report = await load(self.world.platform, self.cinema.segments[0], [mint() for _ in range(count)])
        assert report.batch_id is not None
        return report.batch_id

    async def change(self, table: str, change: str, *values: Any) -> None:
        await sql(self.database, f"UPDATE {table} SET {change}", *values)  # noqa: S608 - a test's own

    async def draw(self, statement: str = "draw", **values: Any) -> int:
        values = {"huggg_ids": self.hugggs[:1], "good_until": [FAR], **self.pool, **values}
        drawing = getattr(VOUCHERS, statement)
        drawn = {name: values[name] for name in drawing.names}
        return len(await self.database.bulk(drawing, **drawn))

    async def count(self, condition: str, table: str = "codes") -> Any:
        return await scalar(self.database, f"SELECT count(*) FROM {table} WHERE {condition}")  # noqa: S608


Scenery = tuple[str, Merchant, list[UUID]]
"""A database with all that a stage has, to be copied, and the cinema and the hugggs in it."""


@pytest.fixture(scope="module")
async def scenery(
    postgres: str, peopled: tuple[str, World], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scenery]:
    origin, world = peopled
    async with fresh_database(postgres, origin) as url:
        async with town_hall(url, tmp_path_factory.mktemp("scenery")) as (platform, http):
            cinema = await add_merchant(platform, 4)
            hugggs = await replace(world, platform=platform, http=http).buy(cinema.product, quantity=2)
        yield database_name(url), cinema, [UUID(huggg["id"]) for huggg in hugggs]


@pytest.fixture
def origin(scenery: Scenery) -> str:
    name, *_ = scenery
    return name


@pytest.fixture
def stage(world: World, scenery: Scenery) -> Stage:
    _, cinema, hugggs = scenery
    return Stage(world, cinema, hugggs)


# Drawing ---------------------------------------------------------------------------------------


async def of_another_brand(stage: Stage, statement: str) -> int:
    await stage.load()
    return await stage.draw(statement, brand_id=new_id())


async def withdrawn(stage: Stage, statement: str) -> int:
    await withdraw(stage.database, batch_id=await stage.load())
    return await stage.draw(statement)


async def assigned(stage: Stage, statement: str) -> int:
    await stage.load()
    await stage.change("codes", TAKEN, stage.hugggs[1])
    return await stage.draw(statement)


async def reserved(stage: Stage, statement: str) -> int:
    await stage.load()
    await stage.change("codes", HELD, stage.hugggs[1])
    return await stage.draw(statement)


async def expired(stage: Stage, statement: str) -> int:
    await stage.load()
    await stage.change("codes", "valid_until = now() - interval '1 hour'")
    return await stage.draw(statement, good_until=[datetime.now(UTC) - timedelta(days=1)])


async def short(stage: Stage, _: str) -> int:
    """A code that would do is not passed over for one that ends too soon."""
    await stage.load(2)
    await stage.change("codes", f"valid_until = now() + interval '1 hour' WHERE {FIRST}")
    return await stage.draw()


async def short_for_one(stage: Stage, _: str) -> int:
    await stage.load(2)
    await stage.change("codes", "valid_until = now() + interval '1 hour'")
    return await stage.draw(huggg_ids=stage.hugggs, good_until=[datetime.now(UTC), FAR])


async def given_only_if_told(stage: Stage, _: str) -> int:
    await stage.load()
    return await stage.draw("draw_shorter")


async def shorter(stage: Stage, make: Making) -> int:
    await sql(
        stage.database,
        "INSERT INTO pools (segment_id, brand_id, short_codes) VALUES ($1, $2, 'given')",
        stage.cinema.segments[0],
        stage.cinema.brand,
    )
    return await make(stage, "draw_shorter")


async def renewed(stage: Stage, change: str, pool: int = 0) -> int:
    await stage.load()
    await stage.change("codes", HELD, stage.hugggs[0])
    await stage.change("codes", change)
    values = {**stage.pool, "pool_id": stage.cinema.segments[pool]}
    return len(await stage.database.bulk(VOUCHERS.renew, huggg_ids=stage.hugggs[:1], **values))


async def put_back(stage: Stage) -> int:
    await stage.load()
    await stage.change("codes", TAKEN, stage.hugggs[0])
    brand, hugggs = stage.cinema.brand, stage.hugggs
    await stage.database.bulk(VOUCHERS.put_back, brand_id=brand, huggg_ids=hugggs)
    return int(await stage.count("huggg_id IS NULL"))


async def may_come_back(stage: Stage, change: str, good_until: datetime) -> Any:
    await stage.load()
    if change:
        await stage.change("codes", change, *([stage.hugggs[0]] if "$1" in change else []))
    pool = stage.cinema.segments[0]
    row = await stage.database.one(
        VOUCHERS.may_come_back, pool_id=pool, quantity=1, good_until=good_until
    )
    return row["enough"], row["too_short"]


# Recording -------------------------------------------------------------------------------------


async def has_voucher(
    stage: Stage, origin: str, huggg: str = "", code: str = HELD, holder: int = 0
) -> Any:
    """Record a voucher for the first huggg; tell whether it was made."""
    await stage.load()
    await stage.change("codes", code, stage.hugggs[holder])
    if huggg:
        await stage.change("hugggs", huggg)
    fingerprint = await scalar(stage.database, "SELECT fingerprint FROM codes")
    row = await stage.database.each(
        VOUCHERS.make_voucher,
        huggg_id=stage.hugggs[0],
        voucher_id=new_id(),
        origin=origin,
        brand_id=stage.cinema.brand,
        fingerprint=fingerprint if origin == "pool" else b"another",
        segment_id=None,
        sealed=b"sealed",
        sealed_code=b"sealed",
        link=await link_of(stage),
        expires_at=None,
        at=datetime.now(UTC),
        user_id=None,
        client_id=None,
    )
    return row is not None


async def replaced(stage: Stage, huggg: str = "", code: str = "", old: UUID | None = None) -> Any:
    """Replace the first huggg's code by one that is reserved under another id; tell whether it was."""
    await has_voucher(stage, "pool")
    await stage.load()
    holder = new_id()
    await sql(stage.database, f"UPDATE codes SET {HELD} WHERE assigned_at IS NULL", holder)  # noqa: S608
    if huggg:
        await stage.change("hugggs", huggg)
    if code:
        await stage.change("codes", code)
    [row] = await sql(stage.database, "SELECT voucher_id FROM hugggs WHERE id = $1", stage.hugggs[0])
    rows = await sql(stage.database, "SELECT fingerprint FROM codes WHERE huggg_id = $1", holder)
    recorded = await stage.database.row(
        VOUCHERS.replace_voucher,
        huggg_id=stage.hugggs[0],
        holder_id=holder,
        old_voucher_id=old or row["voucher_id"],
        voucher_id=new_id(),
        brand_id=stage.cinema.brand,
        segment_id=None,
        from_pool=True,
        fingerprint=rows[0]["fingerprint"] if rows else b"",
        sealed=b"sealed",
        sealed_code=None,
        expires_at=None,
        at=datetime.now(UTC),
        reason="Ticket 17",
        user_id=None,
        client_id=None,
    )
    return recorded is not None


# Batches and pools -----------------------------------------------------------------------------


async def withdraws_what_is_assigned(stage: Stage) -> Any:
    batch = await stage.load(2)
    await stage.change("codes", f"{TAKEN} WHERE {FIRST}", stage.hugggs[0])
    taken = await withdraw(stage.database, batch_id=batch)
    return taken, await stage.count("assigned_at IS NOT NULL AND huggg_id IS NOT NULL")


async def withdraws_twice(stage: Stage) -> Any:
    batch = await stage.load(2)
    return [await withdraw(stage.database, batch_id=batch) for _ in range(2)]


async def withdraws_another_batch(stage: Stage) -> Any:
    batch = await stage.load()
    await stage.load()
    return await withdraw(stage.database, batch_id=batch)


async def says_low(stage: Stage, times: int, low_water: int = 0, change: str = "") -> Any:
    batch = await stage.load()
    await stage.change("pools", "low_water = $1", low_water)
    if change == "withdrawn":
        await withdraw(stage.database, batch_id=batch)
    elif change:
        await stage.change("codes", change, *([stage.hugggs[0]] if "$1" in change else []))
    for _ in range(times):
        await stage.database.rows(VOUCHERS.note_low_water, pool_ids=[stage.cinema.segments[0]])
    return await stage.count("kind = 'pool.low'", "events")


async def says_low_again_after_an_import(stage: Stage) -> Any:
    alarm = await says_low(stage, 1, low_water=9)
    await stage.load()
    await stage.database.rows(VOUCHERS.note_low_water, pool_ids=[stage.cinema.segments[0]])
    return alarm, await stage.count("kind = 'pool.low'", "events")


async def sweeps(stage: Stage, lease: str) -> Any:
    await stage.load()
    await stage.change(
        "codes", f"huggg_id = $1, lease_until = now() - interval '{lease}'", stage.hugggs[0]
    )
    await stage.database.rows(VOUCHERS.release_lapsed)
    return await stage.count("huggg_id IS NULL")


async def imports_again(stage: Stage) -> Any:
    code = mint()
    segments = stage.cinema.segments
    return [(await load(stage.world.platform, segments[at], [code])).imported for at in (0, 0, 1)]


# Redemptions -----------------------------------------------------------------------------------


async def link_of(stage: Stage) -> bytes:
    """Give the first huggg's sealed codes, as they are."""
    codes: bytes = await scalar(
        stage.database, "SELECT codes FROM hugggs WHERE id = $1", stage.hugggs[0]
    )
    return codes


async def redeems(stage: Stage, huggg: str, **key: Any) -> Any:
    if huggg:
        await stage.change("hugggs", huggg)
    row = await stage.database.each(
        REDEMPTIONS.redeem,
        id=new_id(),
        huggg_id=stage.hugggs[0],
        brand_id=stage.cinema.brand,
        location_id="bristol17",
        user_id=None,
        client_id="till",
        link=await link_of(stage),
        at=datetime.now(UTC),
        transfer_id=new_id(),
        hold_id=None,
        sale=None,
        **{**NO_KEY, **key},
    )
    return row is not None


async def unredeems(stage: Stage, redemption: UUID, **key: Any) -> Any:
    row = await stage.database.each(
        REDEMPTIONS.unredeem,
        id=redemption,
        huggg_id=stage.hugggs[0],
        at=datetime.now(UTC),
        transfer_id=new_id(),
        user_id=None,
        client_id="till",
        **{**NO_KEY, **key},
    )
    return row is not None


async def live(stage: Stage) -> UUID:
    voucher_id: UUID = await scalar(
        stage.database, "SELECT redemption_id FROM hugggs WHERE id = $1", stage.hugggs[0]
    )
    return voucher_id


async def unredeems_a_stale_one(stage: Stage) -> Any:
    """Redeem, take back, redeem again; and let the first taking back come once more, late."""
    assert await redeems(stage, "")
    first = await live(stage)
    assert await unredeems(stage, first)
    assert await redeems(stage, "")
    second = await live(stage)
    return await unredeems(stage, first), await live(stage) == second


async def with_a_key(stage: Stage, act: str, *, status: int | None, ours: bool) -> Any:
    """Act under an idempotency key that was answered meanwhile, or that another attempt has."""
    redemption = None
    if act == "unredeem":
        assert await redeems(stage, "")
        redemption = await live(stage)
    attempt = new_id()
    await sql(
        stage.database,
        "INSERT INTO idempotency_keys (caller, key, request, attempt, lease_until, status, answer)"
        " VALUES ('till', 'k', 'request', $1, now() + interval '1 minute', $2::smallint, $3::bytea)",
        attempt if ours else new_id(),
        status,
        b"answer" if status else None,
    )
    key = {
        "key_caller": "till",
        "key": "k",
        "key_attempt": attempt,
        "key_status": 201,
        "key_answer": b"x",
    }
    if redemption is None:
        return await redeems(stage, "", **key)
    return await unredeems(stage, redemption, **key)


SOON = "valid_until = now() + interval '1 hour'"
ENDED = "valid_until = now() - interval '1 hour'"


def drawing(make: Making) -> Act:
    return lambda stage: make(stage, "draw")


def drawing_shorter(make: Making) -> Act:
    return lambda stage: shorter(stage, make)


def refused(name: str, guard: str, instead: str, act: Act) -> Case:
    return VOUCHERS, name, guard, instead, act, False


FREE = "AND assigned_at IS NULL AND withdrawn_at IS NULL"

CASES: dict[str, Case] = {
    # name: statement, the guard, its replacement, the act, the result
    **{
        f"{name}: {what}": (VOUCHERS, name, guard, instead, act, 0)
        for name, run in (("draw", drawing), ("draw_shorter", drawing_shorter))
        for what, guard, instead, act in (
            ("of another brand", "AND brand_id = :brand_id\n", "\n", run(of_another_brand)),
            ("withdrawn", "AND assigned_at IS NULL AND withdrawn_at IS NULL\n", "\n", run(withdrawn)),
            ("assigned", "AND assigned_at IS NULL AND", "AND", run(assigned)),
            ("reserved", "AND (lease_until IS NULL OR lease_until < now())", "", run(reserved)),
            ("expired", "AND valid_until > now()\n", "\n", run(expired)),
        )
    },
    "draw: too short": (
        *(VOUCHERS, "draw", "AND valid_until >= (SELECT min(good_until) FROM needs)", ""),
        *(lambda stage: short(stage, ""), 1),
    ),
    "draw: too short for one": (
        *(VOUCHERS, "draw", "AND p.valid_until >= w.good_until", ""),
        *(lambda stage: short_for_one(stage, ""), 1),
    ),
    "draw_shorter: not told to": (
        *(VOUCHERS, "draw_shorter", "AND p.short_codes = 'given'", ""),
        *(lambda stage: given_only_if_told(stage, ""), 0),
    ),
    "renew: expired": (
        *(
            VOUCHERS,
            "renew",
            "AND segment_id = :pool_id AND assigned_at IS NULL AND valid_until > now()",
        ),
        *("AND segment_id = :pool_id AND assigned_at IS NULL", lambda stage: renewed(stage, ENDED), 0),
    ),
    "renew: of another pool": (
        *(
            VOUCHERS,
            "renew",
            "AND segment_id = :pool_id AND assigned_at IS NULL AND valid_until > now()",
        ),
        *(
            "AND assigned_at IS NULL AND valid_until > now()",
            lambda stage: renewed(stage, SOON, pool=1),
            0,
        ),
    ),
    "renew: assigned": (
        *(
            VOUCHERS,
            "renew",
            "AND segment_id = :pool_id AND assigned_at IS NULL AND valid_until > now()",
        ),
        "AND segment_id = :pool_id AND valid_until > now()",
        lambda stage: renewed(stage, "assigned_at = now(), lease_until = NULL"),
        0,
    ),
    "put_back: assigned": (VOUCHERS, "put_back", "AND assigned_at IS NULL", "", put_back, 0),
    "may_come_back: assigned": (
        *(VOUCHERS, "may_come_back", f"{FREE}\n                  AND valid_until > now()\n"),
        "AND withdrawn_at IS NULL\n                  AND valid_until > now()\n",
        lambda stage: may_come_back(stage, TAKEN, datetime.now(UTC)),
        (False, False),
    ),
    "may_come_back: too short": (
        *(VOUCHERS, "may_come_back", "valid_until >= :good_until::timestamptz", "true"),
        *(lambda stage: may_come_back(stage, SOON, FAR), (False, True)),
    ),
    "make_voucher: reserved for another": (
        *(VOUCHERS, "make_voucher", "AND c.huggg_id = a.huggg_id AND c.assigned_at IS NULL"),
        *("AND c.assigned_at IS NULL", lambda stage: has_voucher(stage, "pool", holder=1), False),
    ),
    "make_voucher: assigned before": (
        *(VOUCHERS, "make_voucher", "AND c.huggg_id = a.huggg_id AND c.assigned_at IS NULL"),
        *("AND c.huggg_id = a.huggg_id", lambda stage: has_voucher(stage, "pool", code=TAKEN), False),
    ),
    "make_voucher: not held": (
        *(
            VOUCHERS,
            "make_voucher",
            "AND (a.origin <> 'pool' OR a.voucher_id IN (SELECT voucher_id FROM locked_codes))",
        ),
        *("", lambda stage: has_voucher(stage, "pool", holder=1), False),
    ),
    **{
        f"make_voucher: {what}": (VOUCHERS, "make_voucher", guard, instead, act, False)
        for what, guard, instead, act in (
            (
                *("has one", "AND h.voucher_id IS NULL\n", "\n"),
                lambda stage: has_voucher(stage, "own", "voucher_id = id"),
            ),
            (
                *("a choice", "       AND h.choice_id IS DISTINCT FROM h.product_id\n", ""),
                lambda stage: has_voucher(stage, "own", "choice_id = product_id"),
            ),
            (
                *("redeemed", "h.redemption_id IS NULL AND h.cancelled_at", "h.cancelled_at"),
                lambda stage: has_voucher(stage, "own", "redemption_id = id"),
            ),
            (
                *("cancelled", "AND h.cancelled_at IS NULL AND h.expired_at", "AND h.expired_at"),
                lambda stage: has_voucher(stage, "own", "cancelled_at = now()"),
            ),
            (
                *("expired", "AND h.expires_at > a.at))", "))"),
                lambda stage: has_voucher(stage, "own", "expires_at = now() - interval '1 second'"),
            ),
            (
                *("scheduled", "AND h.sent_at <= a.at AND", "AND"),
                lambda stage: has_voucher(stage, "own", "sent_at = now() + interval '1 hour'"),
            ),
        )
    },
    "make_voucher: promised": (
        *(VOUCHERS, "make_voucher", "a.origin = 'promised'\n            OR", "false OR"),
        *(lambda stage: has_voucher(stage, "promised", "cancelled_at = now()", holder=1), True),
    ),
    **{
        f"replace_voucher: {what}": (VOUCHERS, "replace_voucher", guard, instead, act, False)
        for what, guard, instead, act in (
            (
                *("another voucher", "AND h.voucher_id = :old_voucher_id\n", "\n"),
                lambda stage: replaced(stage, old=new_id()),
            ),
            (
                *("redeemed", "AND h.redemption_id IS NULL AND", "AND"),
                lambda stage: replaced(stage, "redemption_id = id"),
            ),
            (
                *("cancelled", "AND h.cancelled_at IS NULL AND", "AND"),
                lambda stage: replaced(stage, "cancelled_at = now()"),
            ),
            (
                *("expired", "AND h.expires_at > :at\n", "\n"),
                lambda stage: replaced(stage, "expires_at = now() - interval '1 second'"),
            ),
            (
                *("not held", "AND (NOT :from_pool::boolean OR EXISTS (SELECT FROM locked_code))", ""),
                lambda stage: replaced(
                    stage,
                    code="huggg_id = CASE WHEN assigned_at IS NULL THEN gen_random_uuid()"
                    " ELSE huggg_id END",
                ),
            ),
            (
                "no code that stands",
                "AND c.assigned_at IS NOT NULL AND c.replaced_at IS NULL)\n    RETURNING h.id",
                "AND c.assigned_at IS NOT NULL)\n    RETURNING h.id",
                lambda stage: replaced(
                    stage, code="replaced_at = CASE WHEN assigned_at IS NOT NULL THEN now() END"
                ),
            ),
        )
    },
    "withdraw: assigned": (
        *(VOUCHERS, "withdraw", "AND c.assigned_at IS NULL AND", "AND"),
        *(withdraws_what_is_assigned, (1, 1)),
    ),
    "withdraw: withdrawn": (
        *(VOUCHERS, "withdraw", "AND c.withdrawn_at IS NULL\n", "\n", withdraws_twice, [2, 0]),
    ),
    "withdraw: of another batch": (
        *(VOUCHERS, "withdraw", "AND c.batch_id = batch.id\n", "\n", withdraws_another_batch, 1),
    ),
    "note_low_water: said": (
        *(VOUCHERS, "note_low_water", "AND low_noted_at IS NULL\n", "\n"),
        *(lambda stage: says_low(stage, 2, low_water=9), 1),
    ),
    "note_low_water: enough": (
        *(VOUCHERS, "note_low_water", "OFFSET p.low_water", "OFFSET 9"),
        *(lambda stage: says_low(stage, 1), 0),
    ),
    **{
        f"note_low_water: {what}": (
            *(VOUCHERS, "note_low_water", guard, instead),
            *(lambda stage, change=change: says_low(stage, 1, change=change), 1),
        )
        for what, guard, instead, change in (
            ("assigned", "AND c.assigned_at IS NULL AND", "AND", TAKEN),
            ("withdrawn", "AND c.withdrawn_at IS NULL AND", "AND", "withdrawn"),
            ("expired", "AND c.valid_until > now()\n", "\n", ENDED),
        )
    },
    "open_pool: says so again": (
        *(IMPORTS, "open_pool", "DO UPDATE SET low_noted_at = NULL", "DO NOTHING"),
        *(says_low_again_after_an_import, (1, 2)),
    ),
    "release_lapsed: just over": (
        *(VOUCHERS, "release_lapsed", "now() - interval '1 minute'", "now()"),
        *(lambda stage: sweeps(stage, "5 seconds"), 0),
    ),
    "take_over: known to the brand": (
        *(IMPORTS, "take_over", "c.brand_id = :brand_id AND c.fingerprint = s.fingerprint", "false"),
        *(imports_again, [1, 0, 0]),
    ),
    **{
        f"redeem: {what}": (
            *(REDEMPTIONS, "redeem", guard, ""),
            *(lambda stage, huggg=huggg: redeems(stage, huggg), False),
        )
        for what, guard, huggg in (
            ("spent", "AND num_nonnulls(h.redemption_id) = 0", "redemption_id = id"),
            ("cancelled", "AND h.cancelled_at IS NULL", "cancelled_at = now()"),
            ("expired", "AND h.expires_at > a.at", "expires_at = now() - interval '1 second'"),
        )
    },
    "unredeem: a stale one": (
        *(REDEMPTIONS, "unredeem", "AND h.redemption_id = a.id\n", "\n"),
        *(unredeems_a_stale_one, (False, True)),
    ),
    **{
        f"{act}: a key that {what}": (
            *(REDEMPTIONS, act, guard, instead),
            partial(with_a_key, act=act, **values),
            False,
        )
        for act, what, guard, instead, values in (
            *(("redeem", "is answered", "k.status IS NULL", "true", {"status": 201, "ours": True}),),
            (
                *("redeem", "another attempt has", "AND k.attempt = a.key_attempt", ""),
                {"status": None, "ours": False},
            ),
            (
                *(
                    "redeem",
                    "is not ours",
                    "AND (a.key IS NULL OR a.id IN (SELECT id FROM reserved_keys))",
                    "",
                ),
                {"status": None, "ours": False},
            ),
            *(("unredeem", "is answered", "k.status IS NULL", "true", {"status": 200, "ours": True}),),
            (
                *("unredeem", "another attempt has", "AND k.attempt = a.key_attempt", ""),
                {"status": None, "ours": False},
            ),
            (
                *(
                    "unredeem",
                    "is not ours",
                    "AND (a.key IS NULL OR a.n IN (SELECT n FROM reserved_keys))",
                    "",
                ),
                {"status": None, "ours": False},
            ),
        )
    },
}


@pytest.mark.parametrize("case", CASES)
async def test_the_guard_holds(stage: Stage, case: str) -> None:
    *_, act, right = CASES[case]
    assert await act(stage) == right


@pytest.mark.parametrize("case", CASES)
async def test_without_the_guard_it_would_fail(
    stage: Stage, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries, name, guard, instead, act, right = CASES[case]
    Guard(queries, name, guard, instead).take_away(monkeypatch)
    try:
        outcome = await act(stage)
    except (asyncpg.PostgresError, AssertionError, Refusal):
        return
    assert outcome != right
