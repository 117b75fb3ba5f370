"""codes-import: a million codes taken into a pool, against a plain COPY of the same rows.

`python -m bench.codes_import [CODES]`. The import reads, checks, fingerprints and seals each code and
finds duplicates; the COPY gets the finished rows. `rss_mb` is the importing processes' memory, added up
at its highest.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from huggg.catalogue.documents import brand_document
from huggg.database.embedded import start_embedded
from huggg.database.migrate import migrate
from huggg.database.sessions import connect
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.vouchers.crockford import mint
from huggg.vouchers.import_codes import import_codes

CODES = 1_000_000
RATIO_MIN = 0.4
RSS_MB_MAX = 300
COLUMNS = "brand_id, fingerprint, segment_id, batch_id, code, valid_until"


def measure(codes: int = CODES) -> dict[str, Any]:
    """Import and copy, one after the other, in one fresh database."""
    with tempfile.TemporaryDirectory(prefix="huggg-bench-") as folder:
        Path(folder).chmod(0o711)
        file = Path(folder) / "codes.txt"
        with file.open("w") as out:
            out.writelines(f"{mint()}\n" for _ in range(codes))
        with start_embedded(Path(folder)) as postgres:
            segment = asyncio.run(_prepare(postgres.url))
            import_seconds, rss_mb = _import(postgres.url, segment, file)
            copy_seconds = asyncio.run(_copy(postgres.superuser_url, Path(folder) / "rows", codes))
    return {
        "ratio": copy_seconds / import_seconds,
        "limit": RATIO_MIN,
        "codes": codes,
        "per_second": round(codes / import_seconds),
        "import_seconds": import_seconds,
        "copy_seconds": copy_seconds,
        "rss_mb": rss_mb,
        "rss_mb_limit": RSS_MB_MAX,
    }


async def _prepare(url: str) -> UUID:
    await migrate(url)
    segment, brand = new_id(), new_id()
    document = brand_document(brand, name="Bench", integration_id=4, at="2026-01-05 09:00:00")
    connection = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO brands (published, position) VALUES ($1, 1)",
        msgspec.json.encode(document).decode(),
    )
    await connection.execute(
        "INSERT INTO segments (id, brand_id, name) VALUES ($1, $2, 'bench')", segment, brand
    )
    await connection.close()
    return segment


def _import(url: str, segment: UUID, file: Path) -> tuple[float, int]:
    """Import in a process of its own, so that its memory can be watched."""
    command = [sys.executable, "-m", "bench.codes_import", "import", url, str(segment), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        highest: list[int] = [0]
        watcher = threading.Thread(target=_watch, args=(process, highest))
        watcher.start()
        output, _ = process.communicate()
        watcher.join()
        if process.returncode:
            raise RuntimeError("the import failed")
    return float(output), highest[0] // 2**20


def _watch(process: subprocess.Popen[str], highest: list[int]) -> None:
    while process.poll() is None:
        highest[0] = max(highest[0], sum(map(_rss, _family(process.pid))))
        time.sleep(0.1)


def _family(pid: int) -> list[int]:
    family = [pid]
    for member in family:
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            try:
                family += map(int, children.read_text().split())
            except OSError:
                continue
    return family


def _rss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


async def _import_here(url: str, segment: str, file: str) -> float:
    database = await connect(url)
    keys = {1: secrets.token_bytes(32)}
    with Path(file).open("rb") as source:  # noqa: ASYNC230 - nothing else runs here
        started = time.perf_counter()
        await import_codes(database, Vault(keys), source, segment_id=UUID(segment), keys=keys)
        seconds = time.perf_counter() - started
    await database.close()
    return seconds


async def _copy(url: str, rows: Path, codes: int) -> float:
    """COPY the rows of the import into a table with the same constraints and indexes."""
    connection = await asyncpg.connect(url)
    query = f"SELECT {COLUMNS} FROM codes ORDER BY random()"  # noqa: S608 - a file comes in no order
    await connection.copy_from_query(query, output=rows, format="binary")
    await connection.execute("CREATE TABLE copied (LIKE codes INCLUDING ALL); CHECKPOINT")
    started = time.perf_counter()
    columns = COLUMNS.split(", ")
    await connection.copy_to_table("copied", source=rows, columns=columns, format="binary")
    seconds = time.perf_counter() - started
    assert await connection.fetchval("SELECT count(*) FROM copied") == codes
    await connection.close()
    return seconds


def main(arguments: list[str]) -> None:
    """Measure, or be the process that is measured."""
    if arguments[:1] == ["import"]:
        print(asyncio.run(_import_here(*arguments[1:])))
        return
    result = measure(int(arguments[0]) if arguments else CODES)
    figures = " ".join(f"{k}={v:.3g}" if isinstance(v, float) else f"{k}={v}" for k, v in result.items())
    print(f"codes_import {figures}")


if __name__ == "__main__":
    main(sys.argv[1:])
