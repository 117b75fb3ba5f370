"""overload: redemptions a second at five times the server's peak ÷ that peak.

The peak is measured before each storm and after it, with as many callers as the server is best with.
In a storm a thousand callers would send five times that peak. In a first storm refused callers come
back when they are told to; in a second one they ask again at once, so that most of the machine is busy
with asking and refusing. Each is measured against the peaks on both sides of it, as a machine that
others use too has a pace that changes, and the ratio is that of the worse. Refusals must be quick, and
when the storms are over everything must be as before.
"""

from __future__ import annotations

import asyncio
from statistics import mean
from typing import Any

from bench.load import Load, percentile, run
from bench.redeem import prepare, redemptions
from bench.stand import served, stand

CONNECTIONS = 64
MANY = 1_000
TIMES = 5

PER_SECOND_MAX = 10_000
"""For how many redemptions a second there are hugggs."""

LONG = {"seconds": 60.0}


def measure(seconds: float = 5.0) -> dict[str, Any]:
    """Measure both storms, each this long, and the peak around them."""
    calm_seconds = min(seconds, 10.0)
    with stand() as at:
        longest = 2 * seconds + 3 * calm_seconds
        hugggs, token = asyncio.run(prepare(at, int(longest * PER_SECOND_MAX)))
        left = redemptions(at, hugggs, token)
        with served(at, workers=2) as port:

            def phase(connections: int, seconds: float, **kind: Any) -> Load:
                load = run(port, left, connections=connections, seconds=seconds, **kind)
                del left[: load.statuses.total()]
                left.extend(load.refused)
                assert left, "there were too few hugggs for so fast a machine"
                return load

            before = phase(CONNECTIONS, calm_seconds)
            storm = phase(MANY, seconds, rate=TIMES * _good(before))
            between = phase(CONNECTIONS, calm_seconds)
            heedless = phase(MANY, seconds, rate=TIMES * _good(between), heedless=True)
            after = phase(CONNECTIONS, calm_seconds)
    loads = (before, storm, between, heedless, after)
    peaks = [_good(load) for load in (before, between, after)]
    return {
        "ratio": min(_good(storm) / mean(peaks[:2]), _good(heedless) / mean(peaks[1:])),
        "peak_per_second": mean(peaks),
        "peaks": [round(peak) for peak in peaks],
        **_figures(storm, ""),
        **_figures(heedless, "heedless_"),
        "afterwards": _good(after) / _good(before),
        "errors": sum(_errors(load) for load in loads),
    }


def _figures(load: Load, prefix: str) -> dict[str, float]:
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
    return load.other_than(201, 503)
