"""Statements of gift pages: each acts on its own row, and leaves the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.pool import Database
from huggg.gift.store import queries as gift
from huggg.hugggs.store import queries as hugggs
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.passes.store import queries as passes
from huggg.redemptions.redeem import queries
from huggg.redemptions.store_pin import set_pin
from tests.support.rows import AT, put, ran, standing
from tests.support.sql import sql

AT_NINE = datetime.fromisoformat(AT)
AT_TEN = datetime(2026, 1, 5, 10, tzinfo=UTC)
UNKEYED: dict[str, Any] = {"person_id": None, "people_ids": [], "for_older_servers": b"\x01"}
"""A thank-you that no person's key seals."""


async def test_a_pin_is_set_for_its_location_and_replaced_by_the_next(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "locations")
    await put(tables, "locations", id="leeds5")
    await put(tables, "location_pins", location_id="leeds5", pin="\\x09")
    for pin in (b"\x02", b"\x03"):
        assert len(await ran(tables, queries.set_store_pin, location_id="bristol17", pin=pin)) == 1
    rows = await tables.fetch("SELECT location_id, pin FROM location_pins ORDER BY 1")
    assert rows == [("bristol17", b"\x03"), ("leeds5", b"\x09")]
    events = await tables.fetch("SELECT kind, data ->> 'location' FROM events")
    assert events == [("location.pin_set", "bristol17")] * 2


async def test_a_location_that_does_not_exist_gets_no_pin(tables: asyncpg.Connection) -> None:
    await put(tables, "locations")
    assert await ran(tables, queries.set_store_pin, location_id="leeds5", pin=b"\x02") == []
    assert await tables.fetchval("SELECT count(*) FROM location_pins") == 0


async def test_the_pin_of_a_removed_location_is_not_found(tables: asyncpg.Connection) -> None:
    await put(tables, "locations", removed_at="2026-01-05T09:00:00Z")
    await put(tables, "location_pins")
    assert await ran(tables, queries.store_pin, location_id="bristol17") == []


async def test_a_brand_has_one_symbology_and_no_other_brand_changes(tables: asyncpg.Connection) -> None:
    published = {"id": 1, "name": "Harbour", "weight": 1, "consolidated": 0}
    await put(tables, "brands", published=published)
    await put(tables, "brands", published={**published, "id": 11}, position=2)
    for symbology in ("aztec", "ean13"):
        values = {"brand_id": UUID(int=1), "symbology": symbology}
        assert len(await ran(tables, gift.set_symbology, **values)) == 1
    values = {"brand_id": UUID(int=7), "symbology": "qr"}
    assert await ran(tables, gift.set_symbology, **values) == []
    rows = await tables.fetch("SELECT brand_id, symbology FROM code_symbols")
    assert rows == [(UUID(int=1), "ean13")]
    events = await tables.fetch("SELECT kind, subject_id, data ->> 'symbology' FROM events ORDER BY id")
    assert events == [
        ("brand.symbology_set", UUID(int=1), symbology) for symbology in ("aztec", "ean13")
    ]


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "", "\u0661\u0662\u0663\u0664"])
async def test_a_pin_that_is_none_is_refused_and_changes_nothing(
    database: Database, vault: Vault, pin: str
) -> None:
    with pytest.raises(Invalid, match=r"pin: must be 4 to 8 digits\."):
        await set_pin(database, vault, "bristol17", pin)
    with pytest.raises(Invalid, match=r"There is no location bristol17\."):
        await set_pin(database, vault, "bristol17", "1234")
    assert await sql(database, "SELECT FROM location_pins") == []


async def test_a_sender_is_thanked_once_and_for_the_huggg_that_is_meant(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", id=1)
    await put(tables, "hugggs", id=11, position=2)
    await put(tables, "hugggs", id=12, position=3, sent_at="2026-01-06T09:00:00Z")
    await put(tables, "hugggs", id=13, position=4, codes="\\x02")
    values: dict[str, Any] = {
        "link": b"\x01",
        "now": AT_TEN,
        "person_id": None,
        "people_ids": [],
        "for_older_servers": b"\x01",
    }
    await put(tables, "thanks", huggg_id=11)
    one, scheduled, moved = UUID(int=1), UUID(int=12), UUID(int=13)
    assert len(await ran(tables, hugggs.thank, huggg_id=one, sealed=b"\x02", **values)) == 1
    before = await standing(tables)
    again = {**values, "now": AT_TEN + timedelta(minutes=1)}
    assert await ran(tables, hugggs.thank, huggg_id=one, sealed=b"\x03", **again) == []
    for huggg in (scheduled, moved):
        assert await ran(tables, hugggs.thank, huggg_id=huggg, sealed=b"\x03", **values) == []
    assert await standing(tables) == before
    kept = "SELECT sealed FROM thanks WHERE huggg_id = $1"
    assert await tables.fetchval(kept, one) == b"\x02"
    events = await tables.fetch("SELECT kind, subject_id FROM events")
    assert events == [("huggg.thanked", one)]


async def thank_sender(tables: asyncpg.Connection, huggg: UUID) -> None:
    values: dict[str, Any] = {
        "link": b"\x01",
        "now": AT_TEN,
        "person_id": None,
        "people_ids": [],
        "for_older_servers": b"\x01",
    }
    await ran(tables, hugggs.thank, huggg_id=huggg, sealed=b"\x02", **values)


async def admit_browser(tables: asyncpg.Connection, huggg: UUID) -> None:
    await tables.execute("UPDATE hugggs SET assigned_at = sent_at")
    await ran(tables, hugggs.admit_browser, huggg_id=huggg, browser=b"\x01")


async def register_phone(tables: asyncpg.Connection, huggg: UUID) -> None:
    await put(tables, "passes", id=huggg.int, huggg_id=huggg.int)
    values = {"device_id": "phone", "push_token": "a1", "most": 9}
    await ran(tables, passes.register_device, pass_id=huggg, **values)


@pytest.mark.parametrize("act", [thank_sender, admit_browser, register_phone])
async def test_data_that_come_to_a_forgotten_purchase_have_that_one_forgotten_again(
    tables: asyncpg.Connection, act: Callable[[asyncpg.Connection, UUID], Awaitable[None]]
) -> None:
    for number, forgotten_at in ((1, AT), (2, AT), (3, None)):
        await put(tables, "hugggs", id=10 + number, transaction_id=number)
        await put(tables, "transactions", id=number, forgotten_at=forgotten_at)
    for huggg in (11, 13):
        await act(tables, UUID(int=huggg))
    rows = await tables.fetch(
        "SELECT id, forgotten_at IS NULL, updated_at > $1 FROM transactions ORDER BY id", AT_NINE
    )
    assert [(row[0].int, *row[1:]) for row in rows] == [
        (1, True, True),
        (2, False, False),
        (3, True, False),
    ]
