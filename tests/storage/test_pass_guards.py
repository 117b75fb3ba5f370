"""Statements of passes: each acts on its own row, and leaves the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.passes.store import queries
from tests.support.rows import AT, put, ran

PASS, OTHER, HUGGG = UUID(int=1), UUID(int=7), UUID(int=2)
NEW = {
    "id": UUID(int=9), "kind": "apple", "language": "cy", "token": b"3",
}  # fmt: skip


async def test_a_link_has_one_pass_of_a_kind_and_another_after_a_move(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "transactions", id=2, sender_id=3)
    await put(tables, "transactions", id=4, sender_id=5)
    await put(tables, "moved_links", fingerprint="\\x04", huggg_id=8)
    for number in (1, 8):
        await put(tables, "hugggs", id=number, transaction_id=2)
        await put(tables, "shortcodes", fingerprint=f"\\x0{number}", huggg_id=number)

    async def added(fingerprint: bytes, number: int) -> list[UUID]:
        values = {**NEW, "id": UUID(int=number), "link": [fingerprint]}
        return [row["id"] for row in await ran(tables, queries.add_pass, **values)]

    assert await added(b"\x01", 11) == [UUID(int=11)]
    assert await added(b"\x01", 12) == [UUID(int=11)]
    assert await added(b"\x08", 13) == [UUID(int=13)]
    assert await added(b"\x05", 14) == []
    await put(tables, "moved_links", fingerprint="\\x05", huggg_id=1)
    assert await added(b"\x01", 15) == [UUID(int=15)]
    [old] = await ran(tables, queries.one_pass, id=UUID(int=11))
    [new] = await ran(tables, queries.one_pass, id=UUID(int=15))
    assert (old["has_moved"], new["has_moved"]) == (True, False)
    assert (old["sequence"], new["sequence"]) == (0, 1)
    assert (new["customer_id"], new["language"]) == (UUID(int=3), "cy")


async def test_a_change_is_of_the_passes_of_its_hugggs_and_begins_a_job_again(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "passes")
    await put(tables, "passes", id=7, huggg_id=8)
    await put(
        tables, "jobs", kind="pass.renew", attempts=3, lease_id=5, lease_until="2126-01-05T09:00:00Z"
    )
    await ran(tables, queries.change_passes, huggg_ids=[HUGGG], people_ids=[])
    rows = await tables.fetch(
        "SELECT id, change_number > 0, changed_at > $1 FROM passes ORDER BY id",
        datetime.fromisoformat(AT),
    )
    assert rows == [(PASS, True, True), (OTHER, False, False)]
    jobs = await tables.fetch("SELECT subject_id, attempts, lease_id, lease_until FROM jobs")
    assert jobs == [(PASS, 0, None, None)]


async def test_the_passes_from_and_to_a_person_change_together(tables: asyncpg.Connection) -> None:
    for huggg, people in {1: (5, 6), 2: (6, 5), 3: (6, 7)}.items():
        ids = {"id": huggg, "transaction_id": huggg, "sender_id": people[0], "receiver_id": people[1]}
        await put(tables, "hugggs", **ids)
        await put(tables, "passes", id=10 + huggg, huggg_id=huggg)
    await ran(tables, queries.change_passes, huggg_ids=[], people_ids=[UUID(int=5)])
    rows = await tables.fetch("SELECT huggg_id FROM passes WHERE change_number > 0 ORDER BY 1")
    assert [row["huggg_id"].int for row in rows] == [1, 2]


async def test_a_phone_is_registered_for_its_pass_with_its_last_token(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "passes")
    await put(tables, "passes", id=7, huggg_id=8)
    await put(tables, "pass_devices", pass_id=7, device_id="tablet")

    async def registered(device: str, token: str, *, most: int = 2) -> list[bool]:
        values = {"pass_id": PASS, "device_id": device, "push_token": token, "most": most}
        return [row["is_known"] for row in await ran(tables, queries.register_device, **values)]

    assert await registered("tablet", "a1") == [False]
    assert await registered("tablet", "b2") == [True]
    assert await registered("phone", "c3") == [False]
    assert await registered("watch", "d4") == []
    assert await registered("phone", "c4") == [True]
    rows = await tables.fetch("SELECT pass_id, device_id, push_token FROM pass_devices ORDER BY 1, 2")
    assert rows == [(PASS, "phone", "c4"), (PASS, "tablet", "b2"), (OTHER, "tablet", "a1")]
    assert await tables.fetchval("SELECT count(*) FROM jobs") == 0


async def test_a_phone_that_registers_after_a_change_is_told_at_once(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "passes", change_number=5)
    values = {"pass_id": PASS, "device_id": "phone", "push_token": "a1", "most": 9}
    for _ in range(2):
        await ran(tables, queries.register_device, **values)
    assert await tables.fetch("SELECT kind, subject_id FROM jobs") == [("pass.renew", PASS)]


@pytest.mark.parametrize(
    "job", [{"lease_id": 5, "lease_until": "2126-01-05T09:00:00Z"}, {"dead_at": AT}]
)
async def test_a_phone_that_registers_while_others_are_told_is_told_after_them(
    tables: asyncpg.Connection, job: dict[str, Any]
) -> None:
    await put(tables, "passes", change_number=5)
    for number in (1, 7):
        await put(tables, "jobs", kind="pass.renew", subject_id=number, attempts=3, **job)
    values = {"pass_id": PASS, "device_id": "phone", "push_token": "a1", "most": 9}
    await ran(tables, queries.register_device, **values)
    jobs = await tables.fetch(
        "SELECT subject_id, attempts FROM jobs WHERE num_nonnulls(lease_id, lease_until, dead_at) = 0"
    )
    assert jobs == [(PASS, 0)]


async def test_one_phone_of_one_pass_is_unregistered(tables: asyncpg.Connection) -> None:
    for pass_id, device in ((1, "phone"), (1, "tablet"), (1, "watch"), (7, "phone"), (7, "watch")):
        await put(tables, "pass_devices", pass_id=pass_id, device_id=device, push_token=f"{device}1")
    await ran(tables, queries.unregister_device, pass_id=PASS, device_id="phone")
    await ran(tables, queries.unregister_token, pass_id=PASS, push_token="watch1")
    rows = await tables.fetch("SELECT pass_id, device_id FROM pass_devices ORDER BY 1, 2")
    assert rows == [(PASS, "tablet"), (OTHER, "phone"), (OTHER, "watch")]
