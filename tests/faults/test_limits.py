"""Limits are one for all servers: a caller of two may send no more than a caller of one."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

from huggg.kit.lease import LOW_PART
from tests.faults.launch import without
from tests.faults.lines import Line, lines_to, redemption_of, request
from tests.support.buckets import SHARE
from tests.support.processes import HUGGG, Server, fleet
from tests.support.world import Person, World

SLOW = 60  # a minute: one token a second
FAST = 600
LINES = 32
EACH = 60


def brands(caller: Person) -> bytes:
    return request("GET", "/api/v2/brands", caller)


async def one_by_one(servers: list[Server], caller: Person, times: int) -> tuple[int, float]:
    """Ask the servers in turn; tell how often that went through, and in how many seconds."""
    passed, began = 0, time.monotonic()
    async with lines_to(servers, len(servers)) as lines:
        for number in range(times):
            passed += (await lines[number % len(lines)].ask(brands(caller))).status == 200
    return passed, time.monotonic() - began


async def all_together(servers: list[Server], caller: Person) -> tuple[int, float]:
    began = time.monotonic()

    async def client(line: Line) -> int:
        statuses = [(await line.ask(brands(caller))).status for _ in range(EACH)]
        assert set(statuses) <= {200, 429}
        return statuses.count(200)

    async with lines_to(servers, LINES) as lines:
        passed = sum(await asyncio.gather(*(client(line) for line in lines)))
    return passed, time.monotonic() - began


async def test_a_caller_who_asks_one_by_one_passes_exactly_as_often_as_was_said(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"HUGGG_CALLER_REQUESTS_MAX": str(SLOW)}
    async with fleet(environment, tmp_path, 2) as servers:
        passed, seconds = await one_by_one(servers, world.bo, 2 * SLOW)
        assert SLOW <= passed <= SLOW + seconds


async def test_callers_at_once_pass_no_more_often_than_was_said(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """Nothing was on lease when they began, so there is no excess; leases at the end were not used."""
    environment |= {"HUGGG_CALLER_REQUESTS_MAX": str(FAST)}
    async with fleet(environment, tmp_path, 2) as servers:
        passed, seconds = await all_together(servers, world.bo)
        on_lease = 2 * (FAST // SHARE) * LOW_PART // (LOW_PART - 1)
        assert FAST - on_lease <= passed <= FAST + seconds * FAST / 60


async def test_without_the_shared_count_the_limit_would_be_seen_to_be_none(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"HUGGG_CALLER_REQUESTS_MAX": str(SLOW)}
    async with fleet(environment, tmp_path, 2, command=without("count")) as servers:
        passed, seconds = await one_by_one(servers, world.bo, 2 * SLOW)
        assert passed == 2 * SLOW > SLOW + seconds


GUESSES = 2000
BUDGET = 1000
OWN = BUDGET // 20


async def guessing(
    world: World, environment: dict[str, str], folder: Path, command: tuple[str, ...]
) -> tuple[Counter[int], Counter[int], float]:
    """Cleo guesses at both servers, down many lines; Amara and the till go about their business."""
    hugggs = await world.buy(quantity=20)
    began = time.monotonic()
    async with fleet(environment, folder, 2, command=command) as servers:
        numbers = iter(range(GUESSES))

        async def guesser(line: Line) -> list[int]:
            paths = (f"/api/v2/hugggs/guess{number:011d}" for number in numbers)
            return [(await line.ask(request("GET", path, world.cleo))).status for path in paths]

        async def business(line: Line) -> list[int]:
            statuses = []
            for huggg in hugggs:
                code = huggg["shortcode"]
                path = f"/api/v2/hugggs/{code}"
                statuses.append((await line.ask(request("GET", path, world.amara))).status)
                adjustment = f"{path}/product/adjustment-codes"
                statuses.append((await line.ask(request("GET", adjustment, world.till))).status)
                statuses.append((await line.ask(redemption_of(code, world.till))).status)
            return statuses

        async with lines_to(servers, LINES + 1) as lines:
            *guessed, done = await asyncio.gather(
                *(guesser(line) for line in lines[1:]), business(lines[0])
            )
    statuses = Counter(status for each in guessed for status in each)
    return statuses, Counter(done), time.monotonic() - began


AS_ALWAYS = {200: 40, 201: 20}


async def test_guessing_is_slow_while_owner_and_till_are_served_as_always(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """The guesses that get through: the allowance, those under way before it, and a turn a second."""
    environment |= {"HUGGG_MISSES_MAX": str(BUDGET)}
    guessed, business, seconds = await guessing(world, environment, tmp_path, HUGGG)
    assert business == AS_ALWAYS
    assert set(guessed) == {404, 429}
    came_back = seconds * OWN / 60
    assert guessed[404] <= OWN + LINES + came_back + seconds + 5


async def test_without_the_shared_count_guessing_would_be_seen_to_be_fast(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"HUGGG_MISSES_MAX": str(BUDGET)}
    guessed, business, _ = await guessing(world, environment, tmp_path, tuple(without("count")))
    assert business == AS_ALWAYS
    assert guessed == {404: GUESSES}


async def test_a_process_that_has_seen_one_miss_knows_of_those_at_the_other(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"HUGGG_MISSES_MAX": "60"}  # three for a caller
    async with fleet(environment, tmp_path, 2) as servers, lines_to(servers, 2) as (one, two):

        async def guesses(line: Line, times: int) -> Counter[int]:
            requests = [
                line.ask(request("GET", f"/api/v2/hugggs/{number}", world.cleo))
                for number in range(times)
            ]
            return Counter([(await each).status for each in requests])

        assert await guesses(one, 3) == {404: 3}
        assert await guesses(two, 1) == {404: 1}  # as it had not met Cleo
        async with lines_to([servers[1]], 12) as lines:
            answers = await asyncio.gather(
                *(
                    line.ask(request("GET", f"/api/v2/hugggs/x{number}", world.cleo))
                    for number, line in enumerate(lines)
                )
            )
        statuses = Counter(answer.status for answer in answers)
        assert statuses[429] >= 12 - 5 - 1  # five take turns; one more if a turn's second is over
