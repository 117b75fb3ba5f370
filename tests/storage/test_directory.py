"""The directory: operators' look-ups in the catalogue."""

from __future__ import annotations

import pytest

from huggg.catalogue.directory import (
    brands,
    locations,
    segments,
    show_brand,
    show_location,
    show_segment,
)
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from tests.support.merchants import add_merchant
from tests.support.world import World


async def test_a_brand_is_shown_with_counts_of_what_belongs_to_it(world: World) -> None:
    shown = await show_brand(world.platform.database, world.harbour)
    counts = {name: shown[name] for name in ("products", "segments", "stores", "locations")}
    assert counts == {"products": 1, "segments": 0, "stores": 2, "locations": 2}
    assert next(iter(await brands(world.platform.database)))["name"] == "Harbour Roast"


async def test_segments_and_locations_are_listed_by_brand(world: World) -> None:
    database = world.platform.database
    pool = await add_merchant(world.platform, 1, segments=2)
    assert {each["id"] for each in await segments(database)} == set(pool.segments)
    assert await segments(database, brand_id=world.harbour) == []
    segment = await show_segment(database, pool.segments[0])
    assert (segment["brand_id"], segment["product_ids"]) == (pool.brand, [pool.product])
    of_harbour = await locations(database, brand_id=world.harbour)
    assert [each["id"] for each in of_harbour] == ["bath2", "bristol17"]
    assert len(await locations(database)) == 4
    assert (await show_location(database, world.platform.vault, "bath2"))["bound_users"] == [
        "till of harbour"
    ]


async def test_a_missing_entity_is_named(world: World) -> None:
    database, missing = world.platform.database, new_id()
    with pytest.raises(Invalid, match=f"^There is no brand {missing}.$"):
        await show_brand(database, missing)
    with pytest.raises(Invalid, match=f"^There is no segment {missing}.$"):
        await show_segment(database, missing)
    with pytest.raises(Invalid, match="There is no location nowhere"):
        await show_location(database, world.platform.vault, "nowhere")
