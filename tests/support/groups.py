"""Groups in tests: a purchase with a link, and people who join it."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from huggg.groups.group import Group
from huggg.groups.join import join
from huggg.groups.store import TakenHuggg, find_group
from tests.support.sql import scalar
from tests.support.world import World

CROWD = int(os.environ.get("HUGGG_TESTS_CROWD", "15"))
"""People at one link at once; `make crowd` has 200."""

BROWSER = "a browser's secret"


async def group_order(world: World, people: int, **purchase: Any) -> dict[str, Any]:
    """Write the body of a purchase for a group that may claim until a week from now."""
    today: date = await scalar(
        world.platform.database, "SELECT (now() AT TIME ZONE 'Europe/London')::date"
    )
    last_day = str(today + timedelta(days=7))
    options = {"deliveryMethod": "group", "quantity": people, "claimExpiryDate": last_day, **purchase}
    return world.order(**options)


async def buy_for_group(world: World, people: int, **purchase: Any) -> tuple[UUID, Group]:
    """Let Amara buy for a group; gives the transaction's id and the group."""
    order = await group_order(world, people, **purchase)
    answer = await world.call("POST", "/api/v2/transactions", world.amara, order)
    assert answer.status_code == 201, answer.text
    bought = answer.json()["data"]
    return UUID(bought["id"]), await group_of(world, bought["super_url"].rpartition("/")[2])


async def group_of(world: World, code: str) -> Group:
    """Read a group as it is by now."""
    return (await find_group(world.platform.database, world.platform.vault, code)).group


async def join_group(world: World, group: Group, address: str, browser: str = BROWSER) -> TakenHuggg:
    """Let a person whose address is confirmed take a huggg."""
    platform = world.platform
    return await join(
        platform.database, platform.vault, group, address, browser=browser, client_id="gift page"
    )
