"""overload: redemptions a second at five times what the server can do ÷ its peak.

As many callers as the server is best with, then a thousand who would like to ask for five times what it
can do, then the first ones again. Whoever is refused comes back when they are told to. What is refused
must be refused quickly, and when the storm is over everything must be as before.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bench.load import Load, percentile, run
from bench.redeem import prepare, redemptions
from bench.stand import served, stand

CONNECTIONS = 64
MANY = 1_000
TIMES = 5

PEAK_PER_SECOND_MAX = 12_000
"""For how many redemptions a second there are hugggs."""


def measure(seconds: float = 5.0) -> dict[str, Any]:
    """Measure the peak, the storm and the calm after it, each this long."""
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, int(3 * seconds * PEAK_PER_SECOND_MAX)))
        left = redemptions(at, hugggs, token)
        with served(at, workers=2) as port:

            def phase(*, connections: int, rate: float | None = None) -> Load:
                load = run(port, left, connections=connections, seconds=seconds, rate=rate)
                del left[: load.statuses.total()]
                left.extend(load.refused)
                return load

            peak = phase(connections=CONNECTIONS)
            storm = phase(connections=MANY, rate=TIMES * _good(peak))
            calm = phase(connections=CONNECTIONS)
    return {
        "ratio": _good(storm) / _good(peak),
        "peak_per_second": _good(peak),
        "asked_per_second": storm.per_second,
        "good_per_second": _good(storm),
        "refused": storm.statuses[503],
        "refused_p99_ms": percentile(storm.refused_latencies, 0.99) * 1000,
        "served_p99_ms": storm.percentile(0.99) * 1000,
        "afterwards": _good(calm) / _good(peak),
        "errors": sum(_errors(load) for load in (peak, storm, calm)),
    }


def _good(load: Load) -> float:
    return load.statuses[201] / load.seconds


def _errors(load: Load) -> int:
    return load.statuses.total() - load.statuses[201] - load.statuses[503]
