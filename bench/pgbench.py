"""The limit beside us: pgbench doing the same writes, one statement a transaction, without HTTP."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Load
from bench.stand import Stand
from huggg.database.queries import Statement
from huggg.hugggs.huggg import Huggg
from huggg.kit.platform import Platform

TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
HUGGG = "SELECT huggg_id FROM bench_targets WHERE n = :n"
"""The target whose turn it is."""

LINK = "SELECT codes FROM bench_targets WHERE n = :n"
"""The codes of that target, sealed."""

LATENCY = re.compile(r"^latency average = ([\d.]+) ms", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Limit:
    """The speed that pgbench reached."""

    per_second: float
    latency_ms: float


def written_out(statement: Statement, values: Mapping[str, str]) -> str:
    """Write a statement of ours with SQL in place of its parameters."""
    sql = re.sub(r"--[^\n]*", "", statement.sql)
    for number, name in reversed(list(enumerate(statement.names, start=1))):
        sql = sql.replace(f"${number}", f"({values[name]})")
    return sql


async def put_targets(tools: Platform, hugggs: Sequence[Huggg]) -> None:
    """Put hugggs where `HUGGG` finds them, and let PostgreSQL gather statistics."""
    async with tools.database.transaction() as connection:
        await connection.execute(
            "CREATE TABLE bench_targets (n integer PRIMARY KEY, huggg_id uuid, codes bytea)"
        )
        rows = [(n, huggg.id, None) for n, huggg in enumerate(hugggs)]
        await connection.copy_records_to_table("bench_targets", records=rows)
        await connection.execute(
            "UPDATE bench_targets t SET codes = h.codes FROM hugggs h WHERE h.id = t.huggg_id"
        )
        await connection.execute("ANALYZE")


def one_by_one(at: Stand, sql: str, *, clients: int, count: int, offset: int = 0) -> Limit:
    """Run SQL for each of `count` targets from `offset` on, dealt out to the clients."""
    each = count // clients
    script = f"\\set i :i + 1\n\\set n {offset} + :client_id * {each} + :i\n{sql};\n"
    return pgbench(at, script, clients=clients, transactions=each)


def pgbench(at: Stand, script: str, *, clients: int, transactions: int) -> Limit:
    """Run a script this many times for each client, prepared, on the stand's database."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [
            str(Path(at.postgres.binaries) / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--file={file.name}"),
            *(f"--client={clients}", "--jobs=1", f"--transactions={transactions}"),
            *("--define=i=-1", at.postgres.url),
        ]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
    output = ran.stdout
    assert ran.returncode == 0, ran.stderr
    tps, latency = TPS.search(output), LATENCY.search(output)
    assert tps is not None, output
    assert latency is not None, output
    return Limit(float(tps[1]), float(latency[1]))


def beside(load: Load, before: Limit, after: Limit, *, what: str, status: int) -> dict[str, Any]:
    """Compare a load of `what` with the pace of pgbench before and after; another status is an error."""
    limit = (before.per_second + after.per_second) / 2
    return {
        "ratio": load.per_second / limit,
        f"{what}_per_second": load.per_second,
        "pgbench_per_second": limit,
        "pgbench_runs": [before.per_second, after.per_second],
        "errors": load.other_than(status),
        "p50_ms": load.percentile(0.5) * 1000,
        "p99_ms": load.percentile(0.99) * 1000,
        "p99_over_p50": load.percentile(0.99) / load.percentile(0.5),
    }
