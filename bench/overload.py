"""overload: redemptions a second at five times what the server can do ÷ its peak.

As many callers as the server is best with, then a thousand who would like to ask for five times what it
can do, then the first ones again. In a first storm whoever is refused comes back when they are told to;
in a second one they ask again at once, so that most of the machine is busy with asking and refusing. The
ratio is that of the worse storm. What is refused must be refused quickly, and when the storms are over
everything must be as before.
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

PER_SECOND_MAX = 12_000
"""For how many redemptions a second there are hugggs."""

LONG = {"seconds": 60.0}


def measure(seconds: float = 5.0) -> dict[str, Any]:
    """Measure the peak and both storms, each this long, and the ten seconds after them."""
    with stand() as at:
        hugggs, token = asyncio.run(prepare(at, int((3 * seconds + 5) * PER_SECOND_MAX)))
        left = redemptions(at, hugggs, token)
        with served(at, workers=2) as port:

            def phase(connections: int, rate: float | None = None, *, heedless: bool = False) -> Load:
                load = run(
                    port, left, connections=connections, seconds=seconds, rate=rate, heedless=heedless
                )
                del left[: load.statuses.total()]
                left.extend(load.refused)
                return load

            peak = phase(CONNECTIONS)
            storm = phase(MANY, TIMES * _good(peak))
            heedless = phase(MANY, TIMES * _good(peak), heedless=True)
            calm = run(port, left, connections=CONNECTIONS, seconds=min(seconds, 10.0))
    return {
        "ratio": min(_good(storm), _good(heedless)) / _good(peak),
        "peak_per_second": _good(peak),
        **_told(storm, ""),
        **_told(heedless, "heedless_"),
        "afterwards": _good(calm) / _good(peak),
        "errors": sum(_errors(load) for load in (peak, storm, heedless, calm)),
    }


def _told(load: Load, prefix: str) -> dict[str, float]:
    return {
        f"{prefix}asked_per_second": load.per_second,
        f"{prefix}good_per_second": _good(load),
        f"{prefix}refused": load.statuses[503],
        f"{prefix}refused_p99_ms": percentile(load.refused_latencies, 0.99) * 1000,
        f"{prefix}served_p99_ms": load.percentile(0.99) * 1000,
    }


def _good(load: Load) -> float:
    return load.statuses[201] / load.seconds


def _errors(load: Load) -> int:
    return load.statuses.total() - load.statuses[201] - load.statuses[503]
