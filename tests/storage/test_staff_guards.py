"""Staff: PINs and roles change their own row, and only staff has them."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from huggg.staff.store import queries
from tests.support.guards import Guarded, Row, acting, stopped
from tests.support.rows import AT, put, ran

ONE, BRAND = UUID(int=1), UUID(int=2)
STAFF: Row = {"kind": "merchant", "brand_id": 2}
OTHER: Row = {"id": 11, **STAFF}
NO_AUTHOR: Row = {"user_id": None, "client_id": None}

CASES = [
    Guarded(
        queries.set_pin,
        "users",
        STAFF,
        {"id": ONE, "pin_hash": "x", **NO_AUTHOR},
        [OTHER],
        {
            "no staff": {"kind": "customer", "brand_id": None},
            "an erased person": {"erased_at": AT},
        },
    ),
    Guarded(
        queries.set_staff_role,
        "users",
        STAFF,
        {"id": ONE, "role": "staff", **NO_AUTHOR},
        [OTHER],
        {"no staff": {"kind": "customer", "brand_id": None}},
    ),
]


@pytest.mark.parametrize("case", acting(CASES))
async def test_a_member_is_changed_and_no_other(case: Guarded, tables: asyncpg.Connection) -> None:
    await case.acts_on_its_row_only(tables)


@pytest.mark.parametrize(("case", "by"), stopped(CASES))
async def test_a_user_is_left_alone(case: Guarded, by: Row, tables: asyncpg.Connection) -> None:
    await case.is_stopped(tables, by)


@pytest.mark.parametrize(
    ("changes", "place", "expected"),
    [
        ({}, None, [("x",)]),
        ({"every_location": False}, "bristol17", [("x",)]),
        ({"every_location": False}, "leeds5", []),
        ({"active": False}, None, []),
        ({"brand_id": 9}, None, []),
    ],
    ids=["everywhere", "here", "elsewhere", "disabled", "another brand's"],
)
async def test_a_pin_is_checked_where_its_owner_works(
    tables: asyncpg.Connection, changes: Row, place: str | None, expected: list[tuple[str]]
) -> None:
    await put(tables, "users", **{**STAFF, "pin_hash": "x", **changes})
    await put(tables, "users", **{**OTHER, "pin_hash": "y"})
    await put(tables, "user_locations", user_id=11)
    if place is not None:
        await put(tables, "user_locations", location_id=place)
    values = {"user_id": ONE, "brand_id": BRAND, "location_id": "bristol17"}
    assert await ran(tables, queries.pin_at, **values) == expected


async def test_a_list_has_a_brands_staff_and_one_member_is_found_by_id(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "users", **STAFF)
    await put(tables, "users", id=3, **STAFF, erased_at=AT)
    await put(tables, "users", id=4, kind="merchant", brand_id=9)
    await put(tables, "users", id=5)
    both = await ran(tables, queries.staff, brand_id=None, user_id=None)
    assert sorted(row["id"].int for row in both) == [1, 4]
    own = await ran(tables, queries.staff, brand_id=BRAND, user_id=None)
    assert [row["id"] for row in own] == [ONE]
    assert await ran(tables, queries.staff, brand_id=None, user_id=UUID(int=5)) == []
