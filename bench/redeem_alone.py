"""redeem-alone: latency of one redemption at a time over HTTP ÷ pgbench's at one client."""

from __future__ import annotations

from typing import Any

from bench.redeem import measure as measure_redeem


def measure(count: int = 2_000) -> dict[str, Any]:
    """Redeem one after the other over one connection, and with one pgbench client."""
    found = measure_redeem(count, clients=1, workers=1)
    return {
        "ratio": found["pgbench_per_second"] / found["redemptions_per_second"],
        "latency_ms": 1000 / found["redemptions_per_second"],
        "pgbench_latency_ms": 1000 / found["pgbench_per_second"],
        "errors": found["errors"],
    }
