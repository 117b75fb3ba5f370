"""draw: vouchers drawn from a pool over HTTP ÷ pgbench drawing one by one, a second.

Both draw from one pool, for hugggs that have no voucher yet. pgbench runs our own statements unchanged:
the one that reserves a code, and the one that makes the voucher of it. Beside them it runs the statement
that does both at once, as the server does where a code is at hand: `at_once_ratio` is against that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from bench.load import request, run
from bench.pgbench import HUGGG, LINK, Limit, beside, one_by_one, put_targets, written_out
from bench.stand import POOLED, Stand, bought, buyer_token, merchant, platform, served, stand
from huggg.database.queries import Statement
from huggg.hugggs.huggg import Huggg
from huggg.vouchers.crockford import mint
from huggg.vouchers.import_codes import import_codes
from huggg.vouchers.store import queries

CONNECTIONS = 64

DRAWING = {
    "huggg_ids": f"ARRAY({HUGGG})",
    "good_until": "ARRAY[now() + interval '1 day']",
    "pool_id": "'{segment}'::uuid",
    "brand_id": "'{brand}'::uuid",
    "lease": "interval '10 seconds'",
}
MAKING = {
    "huggg_id": f"ARRAY({HUGGG})",
    "voucher_id": "ARRAY[gen_random_uuid()]",
    "origin": "ARRAY['pool']",
    "brand_id": "ARRAY['{brand}'::uuid]",
    "fingerprint": "ARRAY[(:drawn_fingerprint)::bytea]",
    "segment_id": "ARRAY['{segment}'::uuid]",
    "sealed": "ARRAY[(:drawn_code)::bytea]",
    "sealed_code": "ARRAY[NULL]",
    "expires_at": "ARRAY[NULL]",
    "link": f"ARRAY({LINK})",
    "at": "ARRAY[now()]",
    "user_id": "ARRAY[NULL]",
    "client_id": "ARRAY['pgbench']",
}
AT_ONCE = {
    "huggg_id": f"ARRAY({HUGGG})",
    "voucher_id": "ARRAY[gen_random_uuid()]",
    "pool_id": "ARRAY['{segment}'::uuid]",
    "brand_id": "ARRAY['{brand}'::uuid]",
    "segment_id": "ARRAY['{segment}'::uuid]",
    "link": f"ARRAY({LINK})",
    "at": "ARRAY[now()]",
    "user_id": "ARRAY[NULL]",
    "client_id": "ARRAY['pgbench']",
}
"""The values that pgbench binds to the names of our own statements."""


LONG = {"count": 100_000}


def measure(count: int = 10_000, *, workers: int = 2) -> dict[str, Any]:
    """Draw `count` vouchers over HTTP, as many with pgbench in two statements, half as many in one."""
    with stand() as at:
        hugggs, token = asyncio.run(_prepare(at, count))
        half = count // 2
        before = _limit(at, half)
        with served(at, workers=workers) as port:
            load = run(port, _requests(at, hugggs[-count:], token), connections=CONNECTIONS)
        after = _limit(at, half, offset=half)
        at_once = _limit_at_once(at, half, offset=count)
    figures = beside(load, before, after, what="vouchers", status=200)
    return {
        **figures,
        "at_once_ratio": load.per_second / at_once.per_second,
        "at_once_per_second": at_once.per_second,
    }


async def _prepare(at: Stand, count: int) -> tuple[list[Huggg], str]:
    """Buy the hugggs that are drawn over HTTP and, before that, by pgbench; load a code for each."""
    async with platform(at) as tools:
        hugggs = await bought(at, tools, 2 * count + count // 2, integration=POOLED)
        codes = BytesIO("".join(f"{mint()}\n" for _ in hugggs).encode())
        await import_codes(tools.database, tools.vault, codes, segment_id=_segment(at))
        await put_targets(tools, hugggs[:-count])
        return hugggs, await buyer_token(at, tools)


def _segment(at: Stand) -> UUID:
    return UUID(str(merchant(at, POOLED)["products"][0]["segment_ids"][0]))


def _requests(at: Stand, hugggs: list[Huggg], token: str) -> list[bytes]:
    body = b'{"segmentId":"%s"}' % str(_segment(at)).encode()
    return [
        request("POST", f"/api/v2/hugggs/{huggg.codes.shortcode}/voucher", token, body)
        for huggg in hugggs
    ]


def _limit(at: Stand, count: int, offset: int = 0) -> Limit:
    draw, make = _script(at, queries.draw, DRAWING), _script(at, queries.make_voucher, MAKING)
    sql = f"{draw} \\gset drawn_\n{make}"
    return one_by_one(at, sql, clients=CONNECTIONS, count=count, offset=offset)


def _limit_at_once(at: Stand, count: int, offset: int) -> Limit:
    sql = _script(at, queries.draw_voucher, AT_ONCE)
    return one_by_one(at, sql, clients=CONNECTIONS, count=count, offset=offset)


def _script(at: Stand, statement: Statement, values: Mapping[str, str]) -> str:
    known = {"brand": merchant(at, POOLED)["brand_id"], "segment": _segment(at)}
    return written_out(statement, {name: value.format(**known) for name, value in values.items()})
