"""Coalescing: calls that arrive together share one run, without a timer.

A call that finds a drain idle is in its next batch, even alone. While all drains are busy, calls queue;
the next idle drain takes all calls that came meanwhile. So batches grow exactly as fast as the load, and
a lone call is a batch of one. While fewer calls wait than the latest batches had, a drain gives the loop
a few turns before it takes them: the callers of those batches have their answers, and mostly their next
requests have arrived. Where runs may be cancelled, a caller runs its own batch without a drain for as
long as callers come one by one.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from msgspec import Struct

from huggg.database.errors import TooManyWaiting
from huggg.database.meter import Meter, NoMeter
from huggg.refusal import Busy, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH_MAX = 128
"""Larger batches win little and make the last caller of each wait for all the others."""

WAITING_MAX = 2048
WAIT_SECONDS_MAX = 5.0
DRAINS = 2
"""Two, so that one batch is being prepared while the other is being flushed."""

TURNS_MAX = 8
TURNS_SECONDS_MAX = 0.002
"""Turns of the loop that a drain gives to others before it takes a batch, and their time.

A request takes two from its arrival to its first statement. Without them, batches were half as large. A
turn takes long where hundreds of requests ask for other things: calls wait for one such turn at most.
"""

STUCK_SECONDS = 0.05
"""So long after the last batch began, busy drains are not waited for, and one of the reserve begins."""


class _Call(Struct, Generic[Item, Result]):
    item: Item
    answer: asyncio.Future[Result]
    give_up_at: float


class Coalescer(Generic[Item, Result]):
    """Runs items in batches: `run` takes a list and gives the answers in the same order.

    Calls are served in the order they came. When a batch fails, its items are run one by one, so that
    a bad one harms only itself; `run` must therefore have no effect when it raises. An item that met a
    held row while another batch was under way is run again, as that batch may have held the row. Beyond
    its `drains` there is a `reserve`, for when they are stuck.

    With `cancellable`, a run may end with its caller.
    """

    def __init__(
        self,
        run: Callable[[list[Item]], Awaitable[Sequence[Result]]],
        *,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
        drains: int = DRAINS,
        reserve: int = 0,
        cancellable: bool = False,
        name: str = "",
        meter: Meter | None = None,
    ) -> None:
        self._run = run
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._drains = drains
        self._reserve = reserve
        self._cancellable = cancellable
        self._name = name
        self._meter = meter or NoMeter()
        self._waiting: deque[_Call[Item, Result]] = deque()
        self._draining = 0
        self._began_at = 0.0  # the last batch
        self._crowd = 0  # items of the largest of the latest batches, halved with each batch since
        self._runs_alone = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Result:
        """Give an item to the next batch and wait for its answer.

        Raises TooManyWaiting at once when the queue is full, and the error that `run` raises for this
        item alone. A caller that stops waiting cancels at most its own run, and nothing unless the runs
        are `cancellable`: the item may have been run.
        """
        if self._is_alone():
            return await self._run_alone(item)
        return await self._queue(item)

    async def submit_all(self, items: Iterable[Item]) -> list[Result]:
        """Do the same for several items, without a task for each. The first error is raised."""
        return await asyncio.gather(*(self._queue(item) for item in items))

    def _queue(self, item: Item) -> asyncio.Future[Result]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        if len(self._waiting) >= self._waiting_max:
            self._meter.count("huggg_batch_refused_total", self._name)
            answer.set_exception(TooManyWaiting())
            return answer
        now = loop.time()
        self._waiting.append(_Call(item, answer, now + WAIT_SECONDS_MAX))
        if self._draining < self._drains or self._is_stuck(now):
            self._draining, self._began_at = self._draining + 1, now
            # In a context of its own: an error of a batch belongs to none of its requests.
            task = loop.create_task(self._drain(loop), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    def _is_alone(self) -> bool:
        """Tell whether a call may run its own batch: no other runs, and the latest had one item each.

        Where calls come together, the first of them must wait for the others of its turn.
        """
        is_busy = self._draining or self._runs_alone
        return self._cancellable and self._crowd == 1 and not is_busy

    async def _run_alone(self, item: Item) -> Result:
        self._runs_alone = True
        self._meter.observe("huggg_batch_items", 1, self._name)
        try:
            [answer] = await self._run([item])
        finally:
            self._runs_alone = False
        return answer

    @property
    def waiting(self) -> int:
        """Count the calls that wait for a batch."""
        return len(self._waiting)

    def _is_stuck(self, now: float) -> bool:
        if self._draining >= self._drains + self._reserve:
            return False
        return now - self._began_at > STUCK_SECONDS

    async def _drain(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._waiting:
                await self._let_others_join()
                self._began_at = loop.time()
                if batch := self._next_batch(self._began_at):  # no other drain took it
                    self._crowd = max(len(batch), self._crowd // 2)
                    await self._serve(batch, is_beside_another=self._draining > 1)
        finally:
            # In the same step in which the queue was seen empty: a call that came between the two
            # would find all drains busy and wait for one that has left.
            self._draining -= 1

    async def _let_others_join(self) -> None:
        """Let the loop read arrived requests, while fewer calls wait than the latest batches had."""
        until = time.monotonic() + TURNS_SECONDS_MAX
        for _ in range(TURNS_MAX):
            waiting = len(self._waiting)
            if waiting == 0 or waiting >= self._crowd or time.monotonic() >= until:
                return
            await asyncio.sleep(0)

    def _next_batch(self, now: float) -> list[_Call[Item, Result]]:
        batch: list[_Call[Item, Result]] = []
        while self._waiting and len(batch) < self._batch_max:
            call = self._waiting.popleft()
            if self._still_waits(call, now):
                batch.append(call)
        return batch

    def _still_waits(self, call: _Call[Item, Result], now: float) -> bool:
        """Tell whether to run a call: not if its caller left; a call that waited too long is refused."""
        if call.answer.done():
            return False
        if call.give_up_at < now:
            self._meter.count("huggg_batch_refused_total", self._name)
            call.answer.set_exception(TooManyWaiting())
            return False
        return True

    async def _serve(self, batch: list[_Call[Item, Result]], *, is_beside_another: bool = False) -> None:
        self._meter.observe("huggg_batch_items", len(batch), self._name)
        try:
            answers = await self._run([call.item for call in batch])
        except Exception as error:  # noqa: BLE001 - every caller of the batch must get the error, of any kind
            may_pass = is_beside_another and isinstance(error, Busy)
            await self._serve_failed(batch, error, again=len(batch) > 1 or may_pass)
            return
        for call, answer in zip(batch, answers, strict=True):
            if not call.answer.done():
                call.answer.set_result(answer)

    async def _serve_failed(
        self, batch: list[_Call[Item, Result]], failed: Exception, *, again: bool
    ) -> None:
        """Find the failing item by running each alone; if the database is away, none is at fault.

        If each item waits for a locked row, the last of them wait too long.
        """
        is_away = isinstance(failed, Unavailable) and not isinstance(failed, Busy)
        if is_away or not again:
            for call in batch:
                if not call.answer.done():
                    call.answer.set_exception(failed)
            return
        for call in batch:
            if self._still_waits(call, asyncio.get_running_loop().time()):
                await self._serve([call])

    async def idle(self) -> None:
        """Wait until everything that was submitted has been answered."""
        while self._tasks:
            await asyncio.wait(self._tasks)
