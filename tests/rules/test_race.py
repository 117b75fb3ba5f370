"""Races: a loser steps aside for longer each time, and at last gives up."""

from __future__ import annotations

import asyncio
import random

import pytest

from huggg.kit import race
from huggg.refusal import Busy


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that are asked for from now on; no test sleeps."""
    pauses: list[float] = []

    async def record_pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", record_pause)
    return pauses


async def test_a_loser_tries_again_at_once_and_then_after_longer_and_longer_pauses(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)

    mine = race.Race()
    for _ in range(race.ROUNDS_MAX - 1):
        await mine.lost()
    with pytest.raises(Busy):
        await mine.lost()

    assert len(pauses) == race.ROUNDS_MAX - 2  # the first retry was at once
    assert pauses == sorted(pauses)
    assert pauses[:6] == pytest.approx([0.004, 0.008, 0.016, 0.032, 0.064, 0.1])
    assert pauses[-1] == race.PAUSE_SECONDS_MAX


async def test_a_pause_may_be_as_short_as_none(
    monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setattr(random, "uniform", lambda shortest, _: shortest)
    mine = race.Race()
    for _ in range(3):
        await mine.lost()
    assert pauses == [0, 0]


async def test_two_who_lost_the_same_race_pause_for_different_times(pauses: list[float]) -> None:
    for one in (race.Race(), race.Race()):
        await one.lost()
        await one.lost()

    assert pauses[0] != pauses[1]
