"""The buckets in the database: the statement against the model, and the tokens that processes share."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huggg.database.meter import NoMeter
from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.database.sessions import connect
from huggg.kit.bucket import SECOND, Policy
from huggg.kit.codes import Vault
from huggg.kit.errors import TooManyRequests
from huggg.kit.lease import Wish
from huggg.kit.limits import ONE, PEEK, Buckets, Limiter, queries
from tests.support.buckets import ModelBucket
from tests.support.guards import Guard
from tests.support.sql import scalar, sql, statements_ran

MANY = Policy("many", 1000)
FEW = Policy("few", 10)
DAY = Policy("day", 100, 86_400)
KEYS = ("a", "b", "c")

wishes = st.tuples(
    st.sampled_from(KEYS),
    st.builds(Wish, needed=st.integers(0, 40), spare=st.integers(0, 40), back=st.integers(0, 5)),
)
steps = st.lists(st.one_of(wishes, st.integers(0, 30 * SECOND)), max_size=12)


@given(policy=st.sampled_from([MANY, FEW, Policy("odd", 7, 60), Policy("day", 3, 86_400)]), steps=steps)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
async def test_the_statement_does_what_the_model_does(
    database: Database, policy: Policy, steps: list[tuple[str, Wish] | int]
) -> None:
    """In one transaction the clock stands still, and time passes only by the test's own steps."""
    models = {key: ModelBucket(policy) for key in KEYS}
    await sql(database, "TRUNCATE buckets")
    async with database.transaction() as connection:
        for step in steps:
            if isinstance(step, int):
                await connection.execute(
                    "UPDATE buckets SET full_at = full_at - $1 * interval '1 microsecond'", step
                )
                for model in models.values():
                    model.passes(step)
                continue
            key, wish = step
            values = {"key": key.encode(), "quota": policy.quota, "gap": policy.gap}
            values |= {"needed": wish.needed, "spare": wish.spare, "back": wish.back}
            columns = [[value] for value in queries.draw.bind(values)]
            [row] = await connection.fetch(queries.draw.sql, *columns)
            drawn = models[key].draw(wish)
            assert (row["n"], row["granted"], row["owed"]) == (1, drawn.granted, drawn.owed)


@pytest.fixture
def buckets(database: Database, vault: Vault) -> Buckets:
    return Buckets(database, vault)


async def test_items_of_one_bucket_that_come_together_are_served_in_their_order(
    buckets: Buckets,
) -> None:
    drawn = await asyncio.gather(*(buckets.draw(FEW, "x") for _ in range(15)))
    assert [each.granted for each in drawn] == [1] * 10 + [0] * 5
    owed = [each.owed // FEW.gap + (each.owed % FEW.gap > 0) for each in drawn[:10]]
    assert owed == list(range(1, 11))


async def test_many_buckets_are_drawn_from_in_one_statement(buckets: Buckets, ran: list[str]) -> None:
    await buckets.draw_all([(FEW, "x"), (MANY, "x"), (FEW, "y")])
    assert ran == ["draw"]
    states = await buckets.draw_all([(FEW, "x"), (MANY, "x"), (FEW, "y"), (FEW, "z")], PEEK)
    assert [each.free for each in states] == [9, 999, 9, 10]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return statements_ran(monkeypatch, but=())


async def test_looking_writes_nothing(buckets: Buckets, database: Database) -> None:
    await buckets.draw(FEW, "x", PEEK)
    assert await scalar(database, "SELECT count(*) FROM buckets") == 0


async def test_the_table_does_not_tell_whose_buckets_they_are(
    buckets: Buckets, database: Database
) -> None:
    await buckets.draw(FEW, "192.0.2.7")
    assert await scalar(database, "SELECT length(key) FROM buckets") == 16


async def test_a_bucket_whose_row_is_made_by_two_at_once_loses_no_draw(
    database: Database, vault: Vault
) -> None:
    """Two processes' first draws of the same key, many times over."""
    both = [Buckets(database, vault), Buckets(database, vault)]
    for round_ in range(30):
        drawn = await asyncio.gather(*(each.draw(FEW, f"{round_}") for each in both))
        free = (await both[0].draw(FEW, f"{round_}", PEEK)).free
        assert ([each.granted for each in drawn], free) == ([1, 1], 8)


async def storm(database: Database, statement: Statement) -> int:
    """Let twenty connections draw from one bucket until it is empty; tell how much they got."""

    async def drawer() -> int:
        drawn = 0
        for _ in range(20):
            values = {"key": b"x", "quota": DAY.quota, "gap": DAY.gap}
            values |= {"needed": 1, "spare": 0, "back": 0}
            columns = {name: [value] for name, value in values.items()}
            drawn += sum(row["granted"] for row in await database.rows(statement, **columns))
        return drawn

    return sum(await asyncio.gather(*(drawer() for _ in range(20))))


STORMS_MAX = 30


async def test_draws_at_once_take_no_more_than_there_was(database: Database) -> None:
    assert await storm(database, queries.draw) == DAY.quota


async def test_without_the_lock_they_would_be_seen_to(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in each storm: it takes two draws that look at the bucket in the same instant."""
    Guard(queries, "draw", "FOR UPDATE").take_away(monkeypatch)
    drawn = 0
    for _ in range(STORMS_MAX):
        await sql(database, "DELETE FROM buckets")
        drawn = await storm(database, queries.draw)
        if drawn > DAY.quota:
            break
    assert drawn > DAY.quota


async def test_full_buckets_are_swept_and_others_are_not(buckets: Buckets, database: Database) -> None:
    await buckets.draw(FEW, "x")
    await buckets.draw(FEW, "y")
    await sql(
        database,
        "UPDATE buckets SET full_at = now() - interval '1 second' WHERE full_at ="
        " (SELECT min(full_at) FROM buckets)",
    )
    await buckets.sweep()
    assert await scalar(database, "SELECT count(*) FROM buckets") == 1


async def test_two_limiters_share_what_there_is(buckets: Buckets) -> None:
    one, two = Limiter(FEW, buckets, NoMeter()), Limiter(FEW, buckets, NoMeter())
    for number in range(10):
        assert await (one, two)[number % 2].spend("x")
    for limiter in (one, two):
        with pytest.raises(TooManyRequests) as refused:
            await limiter.spend("x")
        assert (refused.value.policy, 0 < refused.value.wait_seconds <= 6) == ("few", True)


async def test_callers_at_once_all_pass_while_there_are_tokens(buckets: Buckets, ran: list[str]) -> None:
    limiter = Limiter(MANY, buckets, NoMeter())
    assert all(await asyncio.gather(*(limiter.spend("x") for _ in range(200))))
    assert len(ran) <= 3
    assert (await buckets.draw(MANY, "x", PEEK)).free >= 800 - limiter.lease("x").left


async def test_tokens_leased_in_advance_are_given_back(buckets: Buckets) -> None:
    limiter = Limiter(MANY, buckets, NoMeter())
    for _ in range(25):
        assert await limiter.spend("x")
    remaining = limiter.lease("x").left
    before = (await buckets.draw(MANY, "x", PEEK)).free
    await limiter.let_go(every_lease=True)
    after = (await buckets.draw(MANY, "x", PEEK)).free
    assert remaining > 0
    assert after - before >= remaining  # some may have come back by themselves
    assert limiter.lease("x").left == 0


async def test_while_the_database_is_away_everybody_passes(vault: Vault) -> None:
    nowhere = await connect("postgresql://huggg@127.0.0.1:1/huggg")
    limiter = Limiter(FEW, Buckets(nowhere, vault), NoMeter())
    assert [await limiter.spend("x") for _ in range(20)] == [False] * 20
    await nowhere.close()


async def test_a_draw_that_fails_by_a_defect_is_heard_of(
    buckets: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(buckets, "draw", broken)
    with pytest.raises(RuntimeError):
        await Limiter(FEW, buckets, NoMeter()).spend("x")


async def test_one_at_a_time_is_one_token(buckets: Buckets) -> None:
    drawn = await buckets.draw(FEW, "x", ONE)
    assert (drawn.granted, drawn.free) == (1, 9)
