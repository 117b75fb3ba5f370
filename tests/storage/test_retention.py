"""Rows that have served their time are removed, in batches; rows that still matter are not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from huggg.identity.log_in import open_session
from huggg.identity.sweep import KEPT_FOR, sweep_sessions
from huggg.identity.token import TokenPair
from huggg.kit import chores
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import KEPT_FOR as ANSWERS_KEPT_FOR
from huggg.kit.idempotency import EncodedAnswer, Idempotency, Reservation
from huggg.kit.platform import Platform
from tests.support.sql import scalar, sql
from tests.support.world import CLIENT, World

A_MOMENT = timedelta(minutes=1)


async def log_in(world: World, *, alone: bool = False) -> TokenPair:
    database, vault = world.platform.database, world.platform.vault
    user_id = None if alone else world.amara.id
    return await open_session(database, vault, client_id=CLIENT.client_id, user_id=user_id)


async def age(platform: Platform, pair: TokenPair, by: timedelta) -> None:
    """Move a login, with its tokens, into the past."""
    fingerprint = platform.vault.fingerprint("access", pair.access)
    for table, column in (("sessions", "id"), ("tokens", "session_id")):
        await sql(
            platform.database,
            f"UPDATE {table} SET expires_at = expires_at - $2::interval WHERE {column} ="  # noqa: S608
            " (SELECT session_id FROM tokens WHERE fingerprint = $1)",
            fingerprint,
            by,
        )


async def tokens(platform: Platform, pair: TokenPair) -> int:
    kinds = {"access": pair.access, "refresh": pair.refresh}
    fingerprints = [platform.vault.fingerprint(kind, token) for kind, token in kinds.items() if token]
    count: int = await scalar(
        platform.database,
        "SELECT count(*) FROM tokens WHERE fingerprint = ANY($1::bytea[])",
        fingerprints,
    )
    return count


async def test_a_login_is_forgotten_a_day_after_it_is_over_with_all_its_tokens(world: World) -> None:
    platform = world.platform
    old, over, young = [await log_in(world) for _ in range(3)]
    life = timedelta(days=30)
    await age(platform, old, life + KEPT_FOR + A_MOMENT)
    await age(platform, over, life + KEPT_FOR - A_MOMENT)
    await age(platform, young, life - A_MOMENT)  # its access tokens are long dead
    await sweep_sessions(platform.database)
    assert [await tokens(platform, pair) for pair in (old, over, young)] == [0, 2, 2]
    assert (await world.call("GET", "/api/v2/auth/me", world.amara)).status_code == 200


async def test_a_client_on_its_own_has_no_login_beyond_its_one_token(world: World) -> None:
    platform = world.platform
    pair = await log_in(world, alone=True)
    await age(platform, pair, timedelta(hours=1) + KEPT_FOR + A_MOMENT)
    await sweep_sessions(platform.database)
    assert await tokens(platform, pair) == 0


async def test_a_large_backlog_goes_in_batches_that_processes_share(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = world.platform
    monkeypatch.setattr(chores, "BATCH", 3)
    pairs = [await log_in(world) for _ in range(10)]
    for pair in pairs:
        await age(platform, pair, timedelta(days=40))
    monkeypatch.setattr(chores, "BATCHES_MAX", 2)
    await sweep_sessions(platform.database)
    assert [await tokens(platform, pair) for pair in pairs].count(0) == 6
    await asyncio.gather(*(sweep_sessions(platform.database) for _ in range(3)))
    assert [await tokens(platform, pair) for pair in pairs].count(0) == 10


async def keep(platform: Platform, key: str, *, answered: bool = True) -> None:
    async def act(_: Reservation[EncodedAnswer]) -> EncodedAnswer:
        if answered:
            raise Invalid("no.")
        raise asyncio.CancelledError

    idempotency: Idempotency = platform.idempotency
    try:
        await idempotency.run(caller="amy", key=key, request="x", act=act, encode=lambda answer: answer)
    except asyncio.CancelledError:
        assert not answered


async def reserve(platform: Platform, key: str) -> None:
    """Leave a key behind as a process that died does."""
    await sql(
        platform.database,
        "INSERT INTO idempotency_keys (caller, key, request, attempt, lease_until)"
        " VALUES ('amy', $1, '', gen_random_uuid(), now() + interval '10 seconds')",
        key,
    )


async def test_a_kept_answer_is_forgotten_when_its_time_is_over_and_a_key_that_waits_is_not(
    platform: Platform,
) -> None:
    database = platform.database
    for key in ("old", "young"):
        await keep(platform, key)
    for key in ("abandoned", "waits", "held"):
        await reserve(platform, key)
    await sql(database, "UPDATE idempotency_keys SET bound = true WHERE key = 'waits'")
    past = ANSWERS_KEPT_FOR + A_MOMENT
    await sql(
        database,
        "UPDATE idempotency_keys SET created_at = now() - $1::interval,"
        " lease_until = CASE key WHEN 'held' THEN lease_until ELSE now() - $1::interval END"
        " WHERE key <> 'young'",
        past,
    )
    await platform.idempotency.sweep()
    left = await sql(database, "SELECT key FROM idempotency_keys ORDER BY key")
    assert [row["key"] for row in left] == ["held", "waits", "young"]


async def test_an_answer_to_an_old_key_that_is_taken_up_again_is_kept_its_whole_time(
    platform: Platform,
) -> None:
    database = platform.database
    await reserve(platform, "abandoned")
    await sql(
        database,
        "UPDATE idempotency_keys SET created_at = now() - $1::interval,"
        " lease_until = now() - $1::interval, request = $2",
        ANSWERS_KEPT_FOR + A_MOMENT,
        platform.vault.fingerprints("request", "x")[0],
    )
    await keep(platform, "abandoned")
    await platform.idempotency.sweep()
    assert await scalar(database, "SELECT status FROM idempotency_keys WHERE key = 'abandoned'") == 422
