"""Copies: one request, sent fifty times at once under one idempotency key through two servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.doctor import broken_rules
from tests.faults.launch import without
from tests.faults.lines import Answer, all_at_once, lines_to, redemption_of, request
from tests.faults.test_storm import bought, ids_in
from tests.support.processes import Server, fleet
from tests.support.world import World

COPIES = 50
TRIES = 5


@pytest.mark.parametrize("table", ["transactions", "redemptions"])
async def test_fifty_copies_of_one_request_have_one_effect_and_one_answer(
    world: World, environment: dict[str, str], tmp_path: Path, table: str
) -> None:
    """A client without a network sends again and again, with the key that was sent first."""
    content = await keyed_request(world, table)
    before = await ids_in(world, table)
    async with fleet(environment, tmp_path, 2) as servers:
        at_once = await sent(servers, content)
        afterwards = await sent(servers, content)

    (added_id,) = await ids_in(world, table) - before
    assert {answer.status for answer in at_once} <= {201, 409}
    assert {answer.data["id"] for answer in at_once if answer.status == 201} == {added_id}
    assert len({answer.body for answer in afterwards}) == 1
    assert {(a.status, a.headers["idempotent-replayed"]) for a in afterwards} == {(201, "true")}
    assert await broken_rules(world.platform.database) == []


async def test_when_leases_end_too_early_the_effect_still_asks_whose_turn_it_is(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """As after a pause longer than the lease: several attempts believe that the key is theirs."""
    content = await keyed_request(world, "transactions")
    before = await ids_in(world, "transactions")
    async with fleet(environment, tmp_path, 2, command=without("lease")) as servers:
        answers = await sent(servers, content)

    (added_id,) = await ids_in(world, "transactions") - before
    assert {answer.data["id"] for answer in answers if answer.status == 201} == {added_id}
    assert {answer.status for answer in answers} <= {201, 409, 503}
    assert await broken_rules(world.platform.database) == []


async def test_without_either_guard_one_key_has_several_effects_and_this_would_show(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    effects = []
    async with fleet(environment, tmp_path, 2, command=without("lease", "reservation")) as servers:
        for number in range(TRIES):  # copies may happen to come one after the other
            content = await keyed_request(world, "transactions", key=f"mine {number}")
            before = await ids_in(world, "transactions")
            await sent(servers, content)
            effects.append(len(await ids_in(world, "transactions") - before))
    assert max(effects) > 1


async def keyed_request(world: World, table: str, *, key: str = "mine") -> bytes:
    """Write a request that makes one row in a table."""
    (huggg,) = await bought(world, 1)
    if table == "transactions":
        return request("POST", "/api/v2/transactions", world.amara, world.order(), key=key)
    return redemption_of(huggg, world.till, key=key)


async def sent(servers: list[Server], content: bytes) -> list[Answer]:
    async with lines_to(servers, COPIES) as lines:
        return await all_at_once(lines, [content] * COPIES)
