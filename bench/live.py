"""live: gift pages that wait for news of one gift, in one process: its memory, and their delay."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from typing import Any

from bench.stand import bought, platform, resident_bytes, serving, stand
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller, UserKind
from huggg.redemptions.redeem import SpendableLookup, redeem

MEGABYTE = 1024 * 1024
CONNECTING_AT_ONCE = 100


def measure(count: int = 10_000) -> dict[str, Any]:
    """Let `count` pages wait, redeem the gift of all of them, and see how long the last one takes."""
    with stand() as at:

        async def prepare() -> Huggg:
            async with platform(at) as tools:
                return (await bought(at, tools, 1))[0]

        huggg = asyncio.run(prepare())
        with serving(at, workers=1) as (port, pid):
            before = resident_bytes(pid)
            ticket = _ticket(port, huggg.codes.shortcode)

            async def wait() -> tuple[int, list[float]]:
                pages = await _open_pages(port, ticket, count)
                resident = resident_bytes(pid)
                async with platform(at) as tools:
                    merchant = next(m for m in at.world["merchants"] if m["integration_id"] == 5)  # noqa: PLR2004
                    till = Caller("bench", kind=UserKind.MERCHANT, brand_id=merchant["brand_id"])
                    location = merchant["location_ids"][0]
                    lookup = SpendableLookup(tools.database, HugggReference(huggg.id, []), location)
                    await redeem(tools.database, tools.vault, lookup, caller=till)
                began = time.perf_counter()
                delays = await asyncio.gather(*(_delay(reader, began) for reader, _ in pages))
                return resident, sorted(delays)

            resident, delays = asyncio.run(wait())
    return {
        "ratio": delays[len(delays) // 2] / 2.0,  # of the two seconds that are allowed
        "pages": count,
        "megabytes": resident / MEGABYTE,
        "megabytes_before": before / MEGABYTE,
        "seconds_median": delays[len(delays) // 2],
        "seconds_last": delays[-1],
    }


def _ticket(port: int, shortcode: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{shortcode}", timeout=10) as answer:
        text = answer.read().decode()
    (ticket,) = re.findall(r'data-ticket="([^"]+)"', text)
    return str(ticket)


async def _open_pages(
    port: int, ticket: str, count: int
) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)
    head = f"GET /live/{ticket} HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0\r\n\r\n".encode()

    async def open_one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with turns:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            await writer.drain()
            return reader, writer

    pages = await asyncio.gather(*(open_one() for _ in range(count)))
    await asyncio.sleep(2)
    return pages


async def _delay(reader: asyncio.StreamReader, began: float) -> float:
    line = await reader.readline()
    assert line.startswith(b"HTTP/1.1 200"), line
    return time.perf_counter() - began
