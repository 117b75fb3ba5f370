"""Overload: many times more tills than a server may serve at once, none of whom waits when told to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.doctor import broken_rules
from tests.faults.lines import Answer, Line, lines_to, redemption_of
from tests.faults.test_storm import bought, ids_in
from tests.support.processes import serving
from tests.support.world import World

AT_ONCE = 8
TILLS = 20 * AT_ONCE
HUGGGS = 400
AFTERWARDS = 40

DONE = (201, None)
BUSY = (503, "Temporarily unavailable. Please try again.")


@pytest.mark.parametrize("at_once", [AT_ONCE, 0], ids=["so many at once", "any number"])
async def test_calls_beyond_the_load_are_refused_and_all_others_done_once(
    world: World, environment: dict[str, str], tmp_path: Path, at_once: int
) -> None:
    hugggs = await bought(world, HUGGGS + AFTERWARDS)
    storm, calm = hugggs[:HUGGGS], hugggs[HUGGGS:]
    few = {**environment, "HUGGG_REQUESTS_AT_ONCE_MAX": str(at_once)}
    answers: list[tuple[str, Answer]] = []

    async def till(line: Line, left: Iterator[str]) -> None:
        """Take the next huggg when one is redeemed, and ask at once again when refused."""
        for huggg in left:
            while True:
                answer = await line.ask(redemption_of(huggg, world.till))
                answers.append((huggg, answer))
                if answer.status != 503:
                    break

    async with serving(few, tmp_path) as server:
        async with lines_to([server], TILLS) as lines:
            left = iter(storm)
            await asyncio.gather(*(till(line, left) for line in lines))
        stormy = Counter((answer.status, answer.error) for _, answer in answers)
        assert stormy.keys() == ({DONE, BUSY} if at_once else {DONE})
        assert stormy[DONE] == HUGGGS  # a caller that keeps asking gets there
        assert Counter(huggg for huggg, answer in answers if answer.status == 201) == Counter(storm)
        assert all("retry-after" in answer.headers for _, answer in answers if answer.status == 503)
        assert not any(answer.closes for _, answer in answers)

        answers.clear()
        async with lines_to([server], AT_ONCE) as lines:
            left = iter(calm)
            await asyncio.gather(*(till(line, left) for line in lines))
        assert {(answer.status, answer.error) for _, answer in answers} == {
            DONE
        }  # nothing is left of it

    assert len(await ids_in(world, "redemptions")) == HUGGGS + AFTERWARDS
    assert await broken_rules(world.platform.database) == []
