"""Chores: the first round comes soon after the start, the others after the pause of the chore."""

from __future__ import annotations

import asyncio

import pytest

from huggg.kit.chores import FIRST_SECONDS_MAX, Chore

DAY = 24 * 3600.0


@pytest.mark.parametrize("seconds", [2.0, DAY])
async def test_the_first_round_of_a_chore_is_soon(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    slept: list[float] = []

    async def sleep(pause: float) -> None:
        slept.append(pause)
        if len(slept) > 2:
            raise asyncio.CancelledError

    async def sweep() -> None:
        """Have nothing to do."""

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await Chore("sweep", seconds, sweep).keep_doing()
    assert slept == [min(seconds, FIRST_SECONDS_MAX), seconds, seconds]
