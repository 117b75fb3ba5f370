"""A code that was reserved for one segment is never handed out for another."""

from __future__ import annotations

from tests.support.merchants import add_merchant, load
from tests.support.sql import sql
from tests.support.world import World

RESERVE = """
UPDATE codes SET huggg_id = $2, lease_until = now() + $3 * interval '1 second' WHERE segment_id = $1
RETURNING segment_id
"""


async def test_a_code_that_a_dead_call_reserved_of_another_segment_is_not_given(world: World) -> None:
    database = world.platform.database
    cinema = await add_merchant(world.platform, 4)
    here, there = cinema.segments[0], cinema.segments[1]
    await load(world.platform, here, ["HERE-9QPLM2K"])
    await load(world.platform, there, ["THERE-7XWQ4ZT"])
    (huggg,) = await world.buy(cinema.product)
    path, body = f"/api/v2/hugggs/{huggg['id']}/voucher", {"segmentId": str(there)}

    await sql(database, RESERVE, here, huggg["id"], 60)
    answer = await world.call("POST", path, world.amara, body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")

    await sql(database, RESERVE, here, huggg["id"], -1)
    answer = await world.call("POST", path, world.amara, body)
    assert answer.status_code == 200
    assert answer.json()["embedded"]["vouchers"][0]["code"] == "THERE-7XWQ4ZT"
    free = "SELECT count(*) AS n FROM codes WHERE huggg_id IS NULL"
    assert [row["n"] for row in await sql(database, free)] == [1]
