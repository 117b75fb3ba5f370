"""Hugggs are found by their redeem codes: those of an older release too, and after keys were rotated."""

from __future__ import annotations

import secrets
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.hugggs import typable
from huggg.hugggs.reference import till_reference
from huggg.hugggs.store import queries
from huggg.hugggs.typable import keep_redeem_codes
from huggg.keys.rotate import rotate_keys
from huggg.kit.codes import Vault
from tests.support.keys import TEST_KEYS
from tests.support.silence import moved, nothing_moves, snapshot
from tests.support.sql import scalar, sql
from tests.support.world import World

OLDER = "UPDATE shortcodes SET redeem_fingerprint = NULL"  # as older servers leave it
LEFT = "SELECT count(*) FROM shortcodes WHERE redeem_fingerprint IS NULL"


async def holders(world: World, vault: Vault, code: str) -> list[str]:
    fingerprints = till_reference(vault, code).redeem_fingerprints
    database = world.platform.database
    rows = await database.rows(queries.typed, fingerprints=fingerprints, brand_id=world.harbour)
    return [str(row["id"]) for row in rows]


async def test_hugggs_of_an_older_release_are_typed_once_they_are_moved(world: World) -> None:
    hugggs = await world.buy(quantity=3)
    database, vault = world.platform.database, world.platform.vault
    before = await snapshot(database)
    await sql(database, OLDER)
    assert (await world.redeem(hugggs[0]["redeem_code"])).status_code == 404
    assert (await world.redeem(hugggs[0]["shortcode"])).status_code == 201
    assert (await world.unredeem(hugggs[0]["shortcode"])).status_code == 200
    await keep_redeem_codes(database, vault)
    assert "shortcodes" not in moved(before, await snapshot(database))
    assert (await world.redeem(hugggs[0]["redeem_code"])).status_code == 201
    async with nothing_moves(database):
        await keep_redeem_codes(database, vault)


async def test_they_are_moved_in_batches_and_a_round_has_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.buy(quantity=7)
    database, vault = world.platform.database, world.platform.vault
    await sql(database, OLDER)
    monkeypatch.setattr(typable, "BATCH", 2)
    monkeypatch.setattr(typable, "BATCHES_MAX", 2)
    left = []
    for _ in range(3):
        await keep_redeem_codes(database, vault)
        left.append(await scalar(database, LEFT))
    assert left == [3, 0, 0]


async def test_codes_that_do_not_open_hold_up_no_others(world: World) -> None:
    broken, whole = await world.buy(quantity=2)
    database, vault = world.platform.database, world.platform.vault
    await sql(database, OLDER)
    await sql(database, "UPDATE hugggs SET codes = '\\x000100' WHERE id = $1", UUID(broken["id"]))
    await keep_redeem_codes(database, vault)
    assert await scalar(database, LEFT) == 0
    assert await holders(world, vault, whole["redeem_code"]) == [whole["id"]]
    assert await holders(world, vault, broken["redeem_code"]) == []


@pytest.mark.parametrize("older", [False, True])
async def test_a_rotation_keeps_hugggs_typable_and_makes_those_so_that_were_not(
    world: World, *, older: bool
) -> None:
    (huggg,) = await world.buy()
    database = world.platform.database
    if older:
        await sql(database, OLDER)
    new_key = secrets.token_bytes(32)
    both = Vault({**TEST_KEYS, 2: new_key})
    assert await holders(world, both, huggg["redeem_code"]) == ([] if older else [huggg["id"]])
    assert (await rotate_keys(database, both))["hugggs"] == 1
    assert await holders(world, Vault({2: new_key}), huggg["redeem_code"]) == [huggg["id"]]
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def test_a_row_that_a_rotation_renewed_meanwhile_is_left_alone(world: World) -> None:
    (huggg,) = await world.buy()
    database = world.platform.database
    stale = await scalar(database, "SELECT fingerprint FROM shortcodes")
    both = Vault({**TEST_KEYS, 2: secrets.token_bytes(32)})
    await rotate_keys(database, both)
    async with nothing_moves(database):
        await database.rows(
            queries.keep_redeem_codes, fingerprints=[stale], redeem_fingerprints=[b"stale"]
        )
    assert await holders(world, both, huggg["redeem_code"]) == [huggg["id"]]


async def test_one_renewed_and_typable_is_not_written_again(world: World) -> None:
    await world.buy()
    database = world.platform.database
    known = await scalar(database, "SELECT fingerprint FROM shortcodes")
    async with nothing_moves(database):
        await database.rows(
            queries.keep_redeem_codes, fingerprints=[known], redeem_fingerprints=[b"other"]
        )
