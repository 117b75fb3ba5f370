"""Coalescing changes how many runs there are, never an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.database import coalesce
from huggg.database.coalesce import Coalescer
from huggg.database.errors import TooManyWaiting
from huggg.refusal import Busy, Unavailable


class Clock:
    """The time of the event loop, which passes only when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)


async def turns() -> None:
    """Let every task run until it waits: for the gate of a batch, or for its answer."""
    for _ in range(10):
        await asyncio.sleep(0)


class Runs:
    """Doubles numbers and remembers the batches; negative ones are bad, and slow is how it likes it."""

    def __init__(self, pauses: Sequence[int] = ()) -> None:
        self.batches: list[list[int]] = []
        self._pauses = list(pauses)

    async def __call__(self, items: list[int]) -> list[int]:
        for _ in range(self._pauses.pop() if self._pauses else 0):
            await asyncio.sleep(0)
        self.batches.append(items)
        if any(item < 0 for item in items):
            raise ValueError("a bad item")
        return [2 * item for item in items]


class GatedRuns:
    """Gives numbers back once its gate is open, and remembers them."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.done: list[int] = []

    async def __call__(self, items: list[int]) -> list[int]:
        await self.gate.wait()
        self.done.extend(items)
        return items


async def test_a_lone_call_is_a_batch_of_one_and_waits_for_nobody() -> None:
    runs = Runs()
    assert await Coalescer(runs).submit(21) == 42
    assert runs.batches == [[21]]


async def test_calls_that_come_while_the_drains_are_busy_share_the_next_batch() -> None:
    gate, batches = asyncio.Event(), []

    async def run(items: list[int]) -> list[int]:
        batches.append(items)
        await gate.wait()
        return items

    together: Coalescer[int, int] = Coalescer(run, drains=2)
    first = [asyncio.create_task(together.submit(n)) for n in (1, 2)]
    await turns()
    later = [asyncio.create_task(together.submit(n)) for n in (3, 4, 5)]
    await turns()
    last = asyncio.create_task(together.submit(6))
    gate.set()
    assert await asyncio.gather(*first, *later, last) == [1, 2, 3, 4, 5, 6]
    assert batches[0] == [1, 2]  # same turn of the loop
    assert [n for batch in batches for n in batch] == [1, 2, 3, 4, 5, 6]  # in the order they came


@pytest.mark.parametrize(("drains", "reserve"), [(1, 0), (1, 1), (2, 0)])
async def test_callers_that_were_answered_together_share_the_next_batch_one_turn_after_the_other(
    monkeypatch: pytest.MonkeyPatch, drains: int, reserve: int
) -> None:
    monkeypatch.setattr(coalesce, "TURNS_SECONDS_MAX", 60.0)
    clock = Clock(monkeypatch)
    together = Coalescer(runs := Runs(), drains=drains, reserve=reserve)

    async def call(n: int, turn: int) -> int:
        for _ in range(turn):
            await asyncio.sleep(0)
        return await together.submit(n)

    await asyncio.gather(*(call(n, 0) for n in range(5)))
    for _ in range(3):
        clock.now += 1  # no drain is stuck because nobody called
        await asyncio.gather(*(call(n, n) for n in range(5)))
    assert runs.batches == [[0, 1, 2, 3, 4]] * 4


@pytest.mark.parametrize(("drains", "reserve"), [(1, 0), (1, 1), (2, 0)])
async def test_a_smaller_batch_halves_the_crowd_that_the_next_is_held_for(
    monkeypatch: pytest.MonkeyPatch, drains: int, reserve: int
) -> None:
    clock = Clock(monkeypatch)
    together = Coalescer(Runs(), drains=drains, reserve=reserve)
    await asyncio.gather(*(together.submit(n) for n in range(16)))
    clock.now += 1
    await asyncio.gather(together.submit(0), together.submit(1))
    assert together._crowd == 8


async def test_a_caller_waits_a_few_turns_for_a_crowd_that_is_gone_and_the_fourth_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coalesce, "TURNS_SECONDS_MAX", 60.0)
    together = Coalescer(runs := Runs(), drains=1)
    await asyncio.gather(*(together.submit(n) for n in range(8)))
    waited = []
    for _ in range(4):
        alone, turns_passed = asyncio.create_task(together.submit(0)), 0
        runs.batches.clear()
        while not runs.batches:
            await asyncio.sleep(0)
            turns_passed += 1
        await alone
        waited.append(turns_passed)
    assert waited[0] == waited[1] == waited[2] == waited[3] + coalesce.TURNS_MAX
    assert waited[3] <= 2  # the caller's turn, and that of the drain


async def test_a_caller_waits_for_no_crowd_while_the_turns_of_the_loop_take_long() -> None:
    together = Coalescer(runs := Runs(), drains=1)
    await asyncio.gather(*(together.submit(n) for n in range(8)))

    async def work() -> None:
        for _ in range(coalesce.TURNS_MAX):
            time.sleep(2 * coalesce.TURNS_SECONDS_MAX)  # noqa: ASYNC251 - others' requests
            order.append("work")
            await asyncio.sleep(0)

    order: list[str] = []
    working = asyncio.create_task(work())
    await together.submit(0)
    order.append("answer")
    await working
    assert order.index("answer") <= 3  # of eight
    assert runs.batches[1:] == [[0]]


async def test_while_the_only_drain_is_stuck_the_reserve_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    gate, batches = asyncio.Event(), []

    async def run(items: list[int]) -> list[int]:
        batches.append(items)
        if 1 in items:
            await gate.wait()
        return items

    together: Coalescer[int, int] = Coalescer(run, drains=1, reserve=1)
    stuck = asyncio.create_task(together.submit(1))
    await turns()
    clock.now = coalesce.STUCK_SECONDS
    soon = asyncio.create_task(together.submit(2))
    await turns()
    assert batches == [[1]]  # one at a time, so that batches grow
    clock.now += 0.001
    assert await together.submit(3) == 3
    assert await soon == 2
    assert batches == [[1], [2, 3]]
    gate.set()
    assert await stuck == 1


async def test_a_call_that_waits_too_long_while_a_failed_batch_runs_one_by_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, batches = Clock(monkeypatch), []

    async def run(items: list[int]) -> list[int]:
        batches.append(items)
        clock.now += 0.4 * coalesce.WAIT_SECONDS_MAX
        raise Busy

    together: Coalescer[int, int] = Coalescer(run, drains=1)
    refused = await asyncio.gather(*(together.submit(n) for n in (1, 2, 3, 4)), return_exceptions=True)
    assert [type(each) for each in refused] == [Busy, Busy, TooManyWaiting, TooManyWaiting]
    assert batches == [[1, 2, 3, 4], [1], [2]]


async def test_an_item_that_met_a_row_of_another_batch_is_run_again_and_the_other_is_not() -> None:
    gate, batches = asyncio.Event(), []

    async def run(items: list[int]) -> list[int]:
        batches.append(items)
        await gate.wait()
        if items == [1] or batches.count(items) == 1:
            raise Busy
        return items

    together: Coalescer[int, int] = Coalescer(run, drains=2)
    calls = [asyncio.create_task(together.submit(1))]
    await turns()
    calls.append(asyncio.create_task(together.submit(2)))
    await turns()
    gate.set()
    refusal, answer = await asyncio.gather(*calls, return_exceptions=True)
    assert (type(refusal), answer) == (Busy, 2)
    assert batches == [[1], [2], [2]]


async def test_a_batch_has_a_limit() -> None:
    runs = Runs()
    together = Coalescer(runs, batch_max=3, drains=1)
    await asyncio.gather(*(together.submit(n) for n in range(10)))
    assert [len(batch) for batch in runs.batches] == [3, 3, 3, 1]


async def test_several_items_of_one_caller_are_a_batch_and_answered_in_their_order() -> None:
    runs = Runs()
    assert await Coalescer(runs).submit_all(range(4)) == [0, 2, 4, 6]
    assert runs.batches == [[0, 1, 2, 3]]
    with pytest.raises(TooManyWaiting):
        await Coalescer(Runs(), waiting_max=2).submit_all(range(4))


async def test_a_bad_item_harms_only_itself() -> None:
    together = Coalescer(Runs(), drains=1)
    answers = await asyncio.gather(*(together.submit(n) for n in (1, -1, 3)), return_exceptions=True)
    assert answers[0] == 2
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 6


async def test_when_the_database_is_away_nobody_is_tried_alone() -> None:
    attempts = []

    async def away(items: list[int]) -> list[int]:
        attempts.append(items)
        raise Unavailable

    together: Coalescer[int, int] = Coalescer(away, drains=1)
    answers = await asyncio.gather(*(together.submit(n) for n in (1, 2, 3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert attempts == [[1, 2, 3]]


async def test_a_full_queue_refuses_at_once() -> None:
    gate = asyncio.Event()

    async def run(items: list[int]) -> list[int]:
        await gate.wait()
        return items

    together: Coalescer[int, int] = Coalescer(run, waiting_max=2, drains=1)
    busy = asyncio.create_task(together.submit(0))
    await turns()
    queued = [asyncio.create_task(together.submit(n)) for n in (1, 2)]
    await turns()
    with pytest.raises(TooManyWaiting):
        await together.submit(3)
    gate.set()
    assert await asyncio.gather(busy, *queued) == [0, 1, 2]


async def test_a_call_that_waited_too_long_is_told_so_and_nothing_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coalesce, "WAIT_SECONDS_MAX", 0.0)
    runs = Runs()
    together = Coalescer(runs, drains=1)
    waiting = asyncio.create_task(together.submit(1))
    await asyncio.sleep(0)
    with pytest.raises(TooManyWaiting):
        await waiting
    assert runs.batches == []


async def test_a_call_that_left_or_waited_too_long_takes_no_place_in_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, batches = asyncio.Event(), []

    async def run(items: list[int]) -> list[int]:
        batches.append(items)
        await gate.wait()
        return items

    together: Coalescer[int, int] = Coalescer(run, drains=1, batch_max=2)
    busy = asyncio.create_task(together.submit(0))
    await asyncio.sleep(0)
    monkeypatch.setattr(coalesce, "WAIT_SECONDS_MAX", -1.0)
    late = asyncio.create_task(together.submit(1))
    await asyncio.sleep(0)
    monkeypatch.undo()
    gone = asyncio.create_task(together.submit(2))
    others = [asyncio.create_task(together.submit(n)) for n in (3, 4)]
    await asyncio.sleep(0)
    gone.cancel()
    gate.set()

    assert await asyncio.gather(busy, *others) == [0, 3, 4]
    assert batches == [[0], [3, 4]]
    with pytest.raises(TooManyWaiting):
        await late


async def test_a_caller_who_leaves_cancels_nothing() -> None:
    runs = GatedRuns()
    together: Coalescer[int, int] = Coalescer(runs)
    leaving = asyncio.create_task(together.submit(1))
    await turns()
    leaving.cancel()
    runs.gate.set()
    await together.idle()
    assert runs.done == [1]


async def test_a_caller_that_comes_after_another_one_runs_its_own_batch_and_may_cancel_it() -> None:
    runs = GatedRuns()
    together: Coalescer[int, int] = Coalescer(runs, drains=1, cancellable=True)
    runs.gate.set()
    assert await together.submit(1) == 1
    runs.gate.clear()
    leaving = asyncio.create_task(together.submit(2))
    await turns()
    others = [asyncio.create_task(together.submit(n)) for n in (3, 4)]
    await turns()
    leaving.cancel()
    await turns()
    runs.gate.set()
    assert await asyncio.gather(*others) == [3, 4]
    assert leaving.cancelled()
    assert runs.done == [1, 3, 4]


async def test_callers_that_come_together_share_batches_also_after_one_that_was_alone() -> None:
    runs = Runs(pauses=[1] * 5)
    together = Coalescer(runs, drains=1, cancellable=True)
    await together.submit(0)
    for first in (1, 4, 7):
        await asyncio.gather(*(together.submit(first + n) for n in range(3)))
    assert [len(batch) for batch in runs.batches] == [1, 1, 2, 3, 3]


async def test_a_pause_in_a_crowd_lets_no_caller_run_its_own_batch() -> None:
    runs = Runs(pauses=[1] * 20)
    together = Coalescer(runs, drains=1, cancellable=True)
    for first in (0, 9, 18):
        await asyncio.gather(*(together.submit(first + n) for n in range(8)))
        await together.submit(first + 8)
    assert [len(batch) for batch in runs.batches] == [8, 1, 8, 1, 8, 1]
    for _ in range(2):  # a crowd of eight is over after the third caller that comes by itself
        await together.submit(0)
    await asyncio.gather(together.submit(1), together.submit(2))
    assert [len(batch) for batch in runs.batches[8:]] == [1, 1]


async def test_an_error_of_a_caller_that_runs_its_own_batch_is_its_own() -> None:
    together = Coalescer(runs := Runs(), drains=1, cancellable=True)
    await together.submit(1)
    with pytest.raises(ValueError, match="a bad item"):
        await together.submit(-1)
    assert await together.submit(2) == 4
    assert runs.batches == [[1], [-1], [2]]


@given(
    items=st.lists(st.integers(-3, 50), max_size=40),
    pauses=st.lists(st.integers(0, 3), max_size=40),
    batch_max=st.integers(1, 8),
    drains=st.integers(1, 3),
    cancellable=st.booleans(),
)
def test_any_interleaving_gives_the_answers_that_calls_alone_would_get(
    items: list[int], pauses: list[int], batch_max: int, drains: int, *, cancellable: bool
) -> None:
    async def submit(together: Coalescer[int, int], n: int, turn: int) -> int | str:
        for _ in range(turn % 5):
            await asyncio.sleep(0)
        try:
            return await together.submit(n)
        except ValueError:
            return "bad"

    async def tell() -> list[int | str]:
        together = Coalescer(Runs(pauses), batch_max=batch_max, drains=drains, cancellable=cancellable)
        return await asyncio.gather(*(submit(together, n, turn) for turn, n in enumerate(items)))

    assert asyncio.run(tell()) == [2 * n if n >= 0 else "bad" for n in items]
