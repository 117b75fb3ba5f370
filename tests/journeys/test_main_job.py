"""The main job, told through HTTP from purchase to the last penny."""

from __future__ import annotations

from huggg.database.doctor import examine
from tests.support.world import World


async def test_amara_sends_coffee_and_the_till_in_bristol_takes_it_once(world: World) -> None:
    (huggg,) = await world.buy(receivers=[{"user_id": str(world.bo.id)}], message="Happy birthday!")
    shortcode = huggg["shortcode"]

    codes = await world.call("GET", f"/api/v2/hugggs/{shortcode}/product/adjustment-codes", world.till)
    assert codes.json() == {
        "data": {"product_id": str(world.coffee), "adjustment_codes": ["one", "two", "three"]}
    }

    first, second = await world.redeem(shortcode), await world.redeem(shortcode)
    assert (first.status_code, second.status_code) == (201, 405)
    assert second.json() == {"error": "huggg already redeemed."}

    taken_back = await world.unredeem(shortcode)
    assert taken_back.status_code == 200
    assert taken_back.json()["data"]["redeemed"] is False

    again = await world.redeem(huggg["id"], location="bath2")
    assert again.status_code == 201
    assert again.json()["data"]["location_id"] == "bath2"

    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []
