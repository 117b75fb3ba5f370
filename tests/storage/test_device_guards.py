"""Devices: the changes of an invitation, a pairing code and a revocation, and the guards of each."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.pool import Database
from huggg.devices.device import Device, DeviceState, new_pairing_code, spaced, typed_code
from huggg.devices.errors import DeviceNotFound, PairingRefused
from huggg.devices.invite import invite_device
from huggg.devices.pair import pair_device
from huggg.devices.revoke import revoke_device
from huggg.devices.store import devices, paired_device, queries
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from tests.support.guards import Guarded, Row, acting, stopped
from tests.support.rows import AT, LATER, put, ran, standing
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

ONE, BRAND = UUID(int=1), UUID(int=2)
SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
INVITED: Row = {"code_fingerprint": "\\x01", "code_ends_at": SOON}
PAIRED: Row = {"paired_at": AT, "seen_at": AT}
HERE = ("locations", {"brand_id": 2})
ANYWHERE: Row = {"brand_id": None, "location_ids": None}
NO_AUTHOR: Row = {"user_id": None, "client_id": None}

CASES = [
    Guarded(
        queries.pair,
        "devices",
        INVITED,
        {"code_fingerprints": [b"\1", b"\3"]},
        [{"id": 11, "code_fingerprint": "\\x02"}],
        {"its code is over": {"code_ends_at": AT}, "its brand has gone": {"brand_id": 9}},
        beside=(HERE,),
    ),
    Guarded(
        queries.revoke,
        "devices",
        PAIRED,
        {"id": ONE, "brand_id": BRAND, "location_ids": ["bristol17"], **NO_AUTHOR},
        [{"id": 11}],
        {
            "it was revoked before": {"revoked_at": AT},
            "it is another brand's": {"brand_id": 9},
            "it is at another location": {"location_id": "leeds5"},
        },
    ),
]


@pytest.mark.parametrize("case", acting(CASES))
async def test_a_device_is_changed_and_no_other(case: Guarded, tables: asyncpg.Connection) -> None:
    await case.acts_on_its_row_only(tables)


@pytest.mark.parametrize(("case", "by"), stopped(CASES))
async def test_a_device_is_left_alone(case: Guarded, by: Row, tables: asyncpg.Connection) -> None:
    await case.is_stopped(tables, by)


@pytest.mark.parametrize(
    "place", [{"brand_id": 2, "removed_at": AT}, {"brand_id": 2, "id": "leeds5"}, {"brand_id": 9}]
)
async def test_a_code_of_a_location_that_went_pairs_nothing(
    tables: asyncpg.Connection, place: Row
) -> None:
    await put(tables, "locations", **place)
    await put(tables, "devices", **INVITED)
    before = await standing(tables)
    assert await ran(tables, queries.pair, code_fingerprints=[b"\1"]) == []
    assert await standing(tables) == before


def invited(**changes: Any) -> Row:
    values: Row = {
        "id": ONE,
        "location_id": "bristol17",
        "name": "Counter",
        "code_fingerprint": b"\1",
        "code_life": timedelta(minutes=10),
        **ANYWHERE,
        **NO_AUTHOR,
    }
    return {**values, **changes}


async def test_a_device_is_made_at_the_location_that_is_meant(tables: asyncpg.Connection) -> None:
    await put(tables, "locations", brand_id=2)
    await put(tables, "locations", id="leeds5", brand_id=3)
    own = {"brand_id": BRAND, "location_ids": ["bristol17"]}
    assert len(await ran(tables, queries.invite, **invited(**own))) == 1
    rows = await tables.fetch("SELECT brand_id, location_id FROM devices")
    assert rows == [(BRAND, "bristol17")]


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        ({"removed_at": AT}, {}),
        ({}, {"brand_id": UUID(int=9)}),
        ({}, {"location_ids": ["leeds5"]}),
    ],
    ids=["removed", "another brand's", "not the manager's"],
)
async def test_no_device_is_made_at_a_location_that_is_not_the_managers(
    tables: asyncpg.Connection, place: Row, changes: Row
) -> None:
    await put(tables, "locations", brand_id=2, **place)
    before = await standing(tables)
    assert await ran(tables, queries.invite, **invited(**changes)) == []
    assert await standing(tables) == before


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({**PAIRED, "revoked_at": AT}, {}),
        (INVITED, {}),
        (PAIRED, {"removed_at": AT}),
        (PAIRED, {"brand_id": 9}),
    ],
    ids=["revoked", "not yet paired", "location removed", "location of another brand"],
)
async def test_a_device_that_is_not_paired_is_absent_and_not_seen(
    tables: asyncpg.Connection, row: Row, place: Row
) -> None:
    await put(tables, "locations", **{"brand_id": 2, **place})
    await put(tables, "devices", **row)
    assert await ran(tables, queries.present, id=ONE) == []
    was_seen = await tables.fetchval("SELECT seen_at > now() - interval '1 hour' FROM devices")
    assert not was_seen or "revoked_at" not in row


async def test_a_device_is_noted_as_seen_once_a_minute_and_alone(tables: asyncpg.Connection) -> None:
    await put(tables, "locations", brand_id=2)
    await put(tables, "locations", id="bath2", brand_id=2)
    just_now = (datetime.now(UTC) - timedelta(seconds=30)).isoformat()
    await put(tables, "devices", **PAIRED)
    await put(tables, "devices", id=11, **PAIRED)
    await put(tables, "devices", id=12, paired_at=AT, seen_at=just_now)
    for number in (1, 12):
        assert len(await ran(tables, queries.present, id=UUID(int=number))) == 1
    rows = await tables.fetch("SELECT now() - seen_at < interval '20 s' FROM devices ORDER BY id")
    assert rows == [(True,), (False,), (False,)]


async def test_a_list_leaves_out_what_lapsed_and_what_was_long_revoked(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "locations")
    week_ago = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    await put(tables, "devices", **INVITED)
    await put(tables, "devices", id=3, **PAIRED)
    await put(tables, "devices", id=4, **PAIRED, revoked_at=week_ago)
    await put(tables, "devices", id=5, **PAIRED, revoked_at=LATER)  # long ago
    await put(tables, "devices", id=6)  # lapsed
    await put(tables, "devices", id=7, brand_id=9, **PAIRED)
    listed = await ran(tables, queries.devices, brand_id=BRAND)
    assert [row["id"].int for row in listed] == [4, 3, 1]
    assert len(await ran(tables, queries.devices, brand_id=None)) == 4


# The life of a device -------------------------------------------------------------------------


def manager(world: World, *locations: str) -> Caller:
    return Caller(
        "till-page",
        new_id(),
        brand_id=world.harbour,
        every_location=not locations,
        location_ids=frozenset(locations),
    )


async def invite(
    world: World, by: Caller | None = None, location: str = "bristol17"
) -> tuple[UUID, str]:
    invitation = await invite_device(world.platform, location_id=location, name="Counter", manager=by)
    return invitation.device_id, invitation.code


async def test_a_code_pairs_one_browser_however_it_is_typed(town: World) -> None:
    database = town.platform.database
    device_id, code = await invite(town, manager(town))
    assert await paired_device(database, device_id) is None
    assert await pair_device(town.platform, f" {code.lower()} ") == device_id
    device = await paired_device(database, device_id)
    assert device is not None
    assert (device.location_id, device.name, device.revoked_at) == ("bristol17", "Counter", None)
    async with nothing_moves(database):
        with pytest.raises(PairingRefused):
            await pair_device(town.platform, code)


async def test_of_two_browsers_with_one_code_one_is_paired(town: World) -> None:
    for _ in range(10):
        _, code = await invite(town)
        tries = (pair_device(town.platform, code) for _ in range(4))
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes).count("PairingRefused") == 3


async def test_a_revoked_device_is_gone_at_once_and_its_code_pairs_nothing(town: World) -> None:
    database, boss = town.platform.database, manager(town)
    device_id, code = await invite(town, boss)
    await pair_device(town.platform, code)
    await revoke_device(database, device_id, manager=boss)
    assert await paired_device(database, device_id) is None
    waiting_id, waiting_code = await invite(town, boss)
    await revoke_device(database, waiting_id, manager=boss)
    with pytest.raises(PairingRefused):
        await pair_device(town.platform, waiting_code)
    with pytest.raises(DeviceNotFound):
        await revoke_device(database, waiting_id, manager=boss)
    kinds = await sql(
        database, "SELECT kind, user_id FROM events WHERE subject_id = $1 ORDER BY id", device_id
    )
    assert kinds == [
        ("device.invited", boss.user_id),
        ("device.paired", None),
        ("device.revoked", boss.user_id),
    ]


async def test_a_manager_of_one_location_has_the_devices_of_that_location(town: World) -> None:
    database, bath = town.platform.database, manager(town, "bath2")
    elsewhere, _ = await invite(town)
    here, _ = await invite(town, bath, "bath2")
    listed = {device.id for device in await devices(database, manager=bath)}
    assert (here in listed, elsewhere in listed) == (True, False)
    assert {here, elsewhere} <= {each.id for each in await devices(database, brand_id=town.harbour)}
    assert await devices(database, brand_id=town.lantern) == []
    async with nothing_moves(database):
        with pytest.raises(DeviceNotFound):
            await revoke_device(database, elsewhere, manager=bath)
        with pytest.raises(Invalid, match="no location bristol17"):
            await invite(town, bath)
        with pytest.raises(Invalid, match="no location leeds5"):
            await invite(town, manager(town), "leeds5")


async def test_a_code_lives_ten_minutes_and_is_kept_as_a_fingerprint(town: World) -> None:
    device_id, code = await invite(town)
    database = town.platform.database
    left = await scalar(
        database, "SELECT code_ends_at - invited_at FROM devices WHERE id = $1", device_id
    )
    assert left == timedelta(minutes=10)
    row = await scalar(database, "SELECT devices::text FROM devices WHERE id = $1", device_id)
    assert typed_code(code) not in row


async def test_names_are_clean(database: Database, town: World) -> None:
    assert database is not town.platform.database
    with pytest.raises(Invalid, match="name: must have 1 to 255 characters"):
        await invite_device(town.platform, location_id="bristol17", name=" ")


def test_a_pairing_code_reads_as_it_is_typed() -> None:
    code = new_pairing_code()
    assert typed_code(spaced(code)) == code
    assert typed_code("oil0-k7q p") == "0110K7QP"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, DeviceState.INVITED),
        ({"code_ends_at": datetime(2026, 1, 5, tzinfo=UTC)}, DeviceState.LAPSED),
        ({"paired_at": datetime(2026, 1, 4, tzinfo=UTC)}, DeviceState.PAIRED),
        ({"revoked_at": datetime(2026, 1, 4, tzinfo=UTC)}, DeviceState.REVOKED),
    ],
)
def test_the_state_follows_from_the_instants(changes: Row, state: DeviceState) -> None:
    facts: Row = {
        "code_ends_at": datetime(2026, 1, 6, tzinfo=UTC),
        "paired_at": None,
        "seen_at": None,
        "revoked_at": None,
    }
    device = Device(ONE, BRAND, "bristol17", "Bristol", "Counter", **{**facts, **changes})
    assert device.state(datetime(2026, 1, 5, tzinfo=UTC)) is state
