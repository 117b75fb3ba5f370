"""Storms: fifty tills want the same huggg in the same instant, through two server processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import asyncpg

from huggg.wallets.top_up import top_up
from tests.faults.dice import dice
from tests.faults.doctor import broken_rules
from tests.faults.launch import without
from tests.faults.lines import Answer, Line, all_at_once, lines_to, redemption_of
from tests.support.processes import Server, fleet
from tests.support.world import COFFEE_PENCE, World

TILLS = 50
FEW_TILLS = 32
HUGGGS = 100
HUGGGS_UNTIL_A_HOLE_SHOWS = 15

ONE_WINNER = Counter({(201, None): 1, (405, "huggg already redeemed."): TILLS - 1})


async def test_of_fifty_tills_exactly_one_redeems_and_all_others_hear_why(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    hugggs = await bought(world, HUGGGS)
    async with fleet(environment, tmp_path, 2) as servers:
        storms = await storm(servers, world, hugggs)

    assert [what_was_said(answers) for answers in storms] == [ONE_WINNER] * HUGGGS
    winners = {answer.data["id"] for answers in storms for answer in answers if answer.status == 201}
    assert winners == await ids_in(world, "redemptions")
    assert await broken_rules(world.platform.database) == []


async def test_tills_that_take_the_hugggs_in_any_order_neither_redeem_twice_nor_block_each_other(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """Redemptions that arrive together are recorded together: batches of two servers share hugggs."""
    hugggs, chance = await bought(world, HUGGGS), dice()

    async def till(line: Line, order: list[str]) -> list[tuple[str, Answer]]:
        return [(huggg, await line.ask(redemption_of(huggg, world.till))) for huggg in order]

    async with fleet(environment, tmp_path, 2) as servers, lines_to(servers, FEW_TILLS) as lines:
        answers_of_tills = await asyncio.gather(
            *(till(line, chance.sample(hugggs, HUGGGS)) for line in lines)
        )

    answers = [answer for each in answers_of_tills for answer in each]
    assert Counter(huggg for huggg, answer in answers if answer.status == 201) == Counter(hugggs)
    refusals = {(answer.status, answer.error) for _, answer in answers if answer.status != 201}
    assert refusals == {(405, "huggg already redeemed.")}
    assert await broken_rules(world.platform.database) == []


async def test_without_either_guard_the_storm_finds_the_hole_and_so_does_the_doctor(
    world: World, database_url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    hugggs = await bought(world, HUGGGS_UNTIL_A_HOLE_SHOWS)
    await execute(database_url, "DROP INDEX one_live_redemption")
    async with fleet(environment, tmp_path, 2, command=without("unspent")) as servers:
        storms = await storm(servers, world, hugggs)

    winners = [sum(answer.status == 201 for answer in answers) for answers in storms]
    assert max(winners) > 1, winners
    assert "no huggg has two live redemptions" in await broken_rules(world.platform.database)


async def test_without_the_guarded_update_the_index_still_lets_only_one_through(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    hugggs = await bought(world, HUGGGS_UNTIL_A_HOLE_SHOWS)
    async with fleet(environment, tmp_path, 2, command=without("unspent")) as servers:
        storms = await storm(servers, world, hugggs)

    assert [what_was_said(answers) for answers in storms] == [ONE_WINNER] * len(hugggs)
    assert await broken_rules(world.platform.database) == []


async def bought(world: World, count: int) -> list[str]:
    """Let Amara buy coffees, with as much more money as they cost."""
    await top_up(world.platform.database, wallet_id=world.wallet, amount=count * COFFEE_PENCE)
    return [huggg["id"] for huggg in await world.buy(quantity=count)]


async def storm(servers: list[Server], world: World, hugggs: list[str]) -> list[list[Answer]]:
    """Let all tills redeem each huggg in turn, at once."""
    async with lines_to(servers, TILLS) as lines:
        return [await all_at_once(lines, [redemption_of(huggg, world.till)] * TILLS) for huggg in hugggs]


def what_was_said(answers: list[Answer]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status, answer.error) for answer in answers)


async def ids_in(world: World, table: str) -> set[str]:
    """Name the rows of a table."""
    async with world.platform.database.transaction() as connection:
        return {str(row["id"]) for row in await connection.fetch(f"SELECT id FROM {table}")}  # noqa: S608


async def execute(database_url: str, sql: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
