"""start: `huggg serve` on an existing embedded database until it answers ÷ a bare ASGI application."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench.bare import READER
from bench.stand import bare_served, embedded_served, resident_bytes, stand


def measure(times: int = 3) -> dict[str, Any]:
    """Start a few times, database and all, and take the median."""
    with stand() as at:
        data_dir, keys = at.settings.data_dir, at.settings.keys or ""
        sample = Path(data_dir) / "answer.json"
        sample.write_bytes(b"{}")
        at.postgres.release()
        ours, memory = [], 0
        for _ in range(times):
            started = time.perf_counter()
            with embedded_served(data_dir, keys) as server:
                ours.append(time.perf_counter() - started)
                memory = resident_bytes(server.pid)
        bare = []
        for _ in range(times):
            started = time.perf_counter()
            with bare_served(READER, sample, workers=1):
                bare.append(time.perf_counter() - started)
    return {
        "ratio": sorted(ours)[times // 2] / sorted(bare)[times // 2],
        "seconds": sorted(ours)[times // 2],
        "bare_seconds": sorted(bare)[times // 2],
        "process_mb": memory / 1e6,
    }
