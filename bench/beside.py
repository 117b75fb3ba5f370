"""Calls of others at a pace, in peace and beside a long work.

The others keep their connections throughout a part: connections that are made anew every moment would
measure nothing but themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from bench.load import Load, percentile, run

OTHERS = 8
PACE = 200
"""Connections of the others, and the calls that they make in a second."""

SECONDS = 5
ENOUGH = 5_000
"""The seconds in peace, before and again after, and the number of calls that is enough for all parts."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Beside(Generic[Result]):
    """The result of the work, and the others' loads: before it, meanwhile and after it."""

    work: Result
    before: Load
    meanwhile: Load
    after: Load

    def errors(self) -> int:
        """Count the others' calls that redeemed nothing."""
        loads = (self.before, self.meanwhile, self.after)
        return sum(load.other_than(201) for load in loads)

    def figures(self) -> dict[str, float]:
        """Compare the slowest per cent of the others."""
        peace = percentile(self.before.latencies + self.after.latencies, 0.99)
        meanwhile = self.meanwhile.percentile(0.99)
        return {
            "others_p99_ms": peace * 1000,
            "others_p99_meanwhile_ms": meanwhile * 1000,
            "others_p99_ratio": meanwhile / peace,
        }


def beside(port: int, calls: list[bytes], work: Callable[[], Result]) -> Beside[Result]:
    """Let others redeem for some seconds in peace, until the work is done, and in peace again.

    Raises AssertionError if there were too few calls.
    """
    calls, cold = calls[PACE:], calls[:PACE]
    run(port, cold, connections=OTHERS)
    before = run(port, calls, connections=OTHERS, seconds=SECONDS, rate=PACE)
    calls = calls[before.statuses.total() :]
    with ThreadPoolExecutor(1) as thread:
        at_work = thread.submit(work)
        meanwhile = run(port, calls, connections=OTHERS, rate=PACE, until=at_work.done)
    calls = calls[meanwhile.statuses.total() :]
    after = run(port, calls, connections=OTHERS, seconds=SECONDS, rate=PACE)
    assert after.statuses.total() < len(calls), "there were too few calls"
    return Beside(at_work.result(), before, meanwhile, after)
