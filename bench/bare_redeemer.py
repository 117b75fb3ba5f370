"""A bare application that redeems: one look-up and one record, no rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from bench.bare import answer, answer_file, live
from huggg.database.sessions import LANE_SESSION
from huggg.kit.ids import new_id
from huggg.redemptions.redeem import queries

REDEEMER = "bench.bare_redeemer:create_app"

REDEMPTION_BODY = b'{"data":"%b"}' % (b"-" * 220)  # as long as a redemption

NO_KEY = dict.fromkeys(("key_caller", "key", "key_attempt", "key_status", "key_answer"), ())


class Known(Struct):
    """The parameters of a redemption, prepared beforehand; each huggg by the path that redeems it."""

    database_url: str
    token: bytes  # its fingerprint, as of shortcodes
    location_id: str
    brand_id: UUID
    hugggs: dict[str, tuple[UUID, bytes]]  # id and shortcode


def create_app() -> Any:
    """Build the application, which has one connection; its file is a `Known` in JSON."""
    known = msgspec.json.decode(answer_file(), type=Known)
    start, end = answer(201, REDEMPTION_BODY)
    connection: asyncpg.Connection | None = None

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        nonlocal connection
        if scope["type"] == "lifespan":
            connection = await asyncpg.connect(known.database_url, server_settings=LANE_SESSION)
            await live(receive, send)
            await connection.close()
            return
        huggg = known.hugggs.get(scope["path"])
        if huggg is not None:
            await receive()
            await _redeem(connection, known, *huggg)
        await send(start)
        await send(end)

    return app


async def _redeem(connection: Any, known: Known, huggg_id: UUID, shortcode: bytes) -> None:
    lookup = {
        "huggg_id": (),
        "fingerprint": (shortcode,),
        "location_id": (known.location_id,),
        "shared_token": (known.token,),
    }
    (row,) = await connection.fetch(queries.spendable.sql, *queries.spendable.bind(lookup))
    record = {
        "id": (new_id(),),
        "huggg_id": (huggg_id,),
        "brand_id": (known.brand_id,),
        "location_id": (known.location_id,),
        "user_id": (row["caller_user_id"],),
        "client_id": (row["caller_client_id"],),
        "link": (row["codes"],),
        "at": (row["now"],),
        "transfer_id": (new_id(),),
        "hold_id": (),
        "sale": (),
        **NO_KEY,
    }
    recorded = await connection.fetch(queries.redeem.sql, *queries.redeem.bind(record))
    assert len(recorded) == 1
