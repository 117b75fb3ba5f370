"""A merchant's redemptions: listed and searched on the API, added up in statements, printed again."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest

from huggg.identity.role import StaffRole
from huggg.kit.ids import new_id
from tests.api.test_till import for_bo
from tests.api.test_till_page import Browser, staff
from tests.support.silence import nothing_moves
from tests.support.sql import sql
from tests.support.world import COFFEE_PENCE, Person, World

LIST = "/api/v2/redemptions"
FORBIDDEN = {"error": "Forbidden."}


async def sold(world: World, location: str = "bristol17", **sale: Any) -> dict[str, Any]:
    """Redeem one coffee, and give the redemption as published."""
    huggg = await for_bo(world)
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions/{new_id()}"
    answer = await world.call("PUT", path, world.till, {"location_id": location, **sale})
    assert answer.status_code == 201, answer.text
    redemption: dict[str, Any] = answer.json()["data"]
    return redemption


async def listed(world: World, query: str = "", caller: Person | None = None) -> list[dict[str, Any]]:
    answer = await world.call("GET", f"{LIST}?{query}", caller or world.till)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


async def test_a_redemption_is_listed_with_the_facts_about_its_sale(world: World) -> None:
    redemption = await sold(world, reference="A-1042", receipt_number="000317", staff="17", amount=780)
    bare = await sold(world)
    async with nothing_moves(world.platform.database):
        rows = await listed(world)
    assert rows == [
        bare
        | {
            "product_id": str(world.coffee),
            "product": "Coffee",
            "value": COFFEE_PENCE,
            "currency": "GBP",
            "reference": None,
            "receipt_number": None,
            "staff": "till of harbour",
            "amount": None,
        },
        redemption
        | {
            "product_id": str(world.coffee),
            "product": "Coffee",
            "value": COFFEE_PENCE,
            "currency": "GBP",
            "reference": "A-1042",
            "receipt_number": "000317",
            "staff": "17",
            "amount": 780,
        },
    ]
    assert list(rows[0])[:6] == list(redemption)


async def test_each_condition_leaves_what_it_says(world: World) -> None:
    here = await sold(world, reference="A-1", receipt_number="R-9", staff="Kim")
    bath = await sold(world, "bath2", reference="B-2")
    taken = await sold(world, reference="C-3")
    await world.unredeem(taken["huggg_id"])
    kettle = await for_bo(world, world.any_coffee)
    assert (await world.redeem(kettle["id"], world.kettle_till, "leeds5")).status_code == 201

    async def ids(query: str, caller: Person | None = None) -> set[str]:
        return {row["id"] for row in await listed(world, query, caller)}

    all_ = {here["id"], bath["id"], taken["id"]}
    by_condition = {
        "": all_,
        "location_id=bath2": {bath["id"]},
        "location_id=leeds5": set(),
        "reference=a-1": {here["id"]},
        "reference=r-9": {here["id"]},
        "reference=R": set(),
        "staff=kim": {here["id"]},
        "redeemed=true": {here["id"], bath["id"]},
        "redeemed=false": {taken["id"]},
        "from=2001-01-01": all_,
        "to=2001-01-01": set(),
        "from=2001-01-01&to=2001-01-02": set(),
    }
    assert {query: await ids(query) for query in by_condition} == by_condition
    assert await ids("", world.bath_till) == {bath["id"]}
    assert await ids("location_id=bristol17", world.bath_till) == set()
    assert len(await ids("", world.kettle_till)) == 1
    assert await ids("", world.lantern_till) == set()


async def test_a_walk_along_the_links_sees_each_redemption_once_while_more_come(world: World) -> None:
    redemption_ids = [(await sold(world))["id"] for _ in range(5)]
    row_ids: list[str] = []
    path = f"{LIST}?per_page=2"
    while path:
        answer = await world.call("GET", path, world.till)
        body = answer.json()
        assert body["total"] == 5 + len(row_ids) // 2
        row_ids += [row["id"] for row in body["data"]]
        await sold(world)
        links = dict(part.rsplit("; ", 1)[::-1] for part in answer.headers["link"].split(", "))
        path = links.get('rel="next"', "").strip("<>").replace("http://huggg.test", "")
    assert row_ids == redemption_ids[::-1]
    second = (await world.call("GET", f"{LIST}?per_page=2&page=2", world.till)).json()
    assert (second["current_page"], second["from"], len(second["data"])) == (2, 3, 2)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=today", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-02-02&to=2026-02-01", "to"),
        ("redeemed=yes", "redeemed"),
        ("per_page=0", "per_page"),
        ("cursor=x", "cursor"),
        ("referense=A", "referense"),
    ],
)
async def test_a_query_that_does_not_fit_is_told_by_its_name(
    town: World, query: str, field: str
) -> None:
    answer = await town.call("GET", f"{LIST}?{query}", town.till)
    assert (answer.status_code, answer.json()["error"].startswith(f"{field}:")) == (422, True)


async def test_the_list_is_for_a_merchants_staff_alone(town: World) -> None:
    for caller in (town.amara, town.bo):
        answer = await town.call("GET", LIST, caller)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
    assert (await town.call("GET", LIST)).status_code == 401


# Statements and sheets ----------------------------------------------------------------------


async def test_a_statement_adds_up_by_location_and_class_of_vat(world: World) -> None:
    for location in ("bristol17", "bristol17", "bath2"):
        await sold(world, location)
    taken = await sold(world)
    await world.unredeem(taken["huggg_id"])
    long_ago = await sold(world)
    await sql(
        world.platform.database,
        "UPDATE redemptions SET created_at = '2026-01-05T09:00:00Z' WHERE id = $1",
        UUID(long_ago["id"]),
    )
    boss = Browser(world)
    await boss.sign_in(await staff(world, role=StaffRole.MANAGER))
    head, *rows = await _csv(boss, "/till/statement.csv")
    assert head == [
        "Location",
        "Location id",
        "VAT",
        "Redeemed",
        "Value",
        "Taken back",
        "Value taken back",
        "Currency",
    ]
    assert rows == [
        ["bath2", "bath2", "single", "1", "3.50", "0", "0.00", "GBP"],
        ["bristol17", "bristol17", "single", "2", "7.00", "1", "3.50", "GBP"],
    ]
    _, *earlier = await _csv(boss, "/till/statement.csv?from=2026-01-05&to=2026-01-05")
    assert earlier == [["bristol17", "bristol17", "single", "1", "3.50", "0", "0.00", "GBP"]]
    _, *each = await _csv(boss, "/till/statement/redemptions.csv?from=2026-01-05&to=2026-01-05")
    assert [row[:3] for row in each] == [["2026-01-05 09:00", "Coffee", "3.50"]]
    page = (await boss.get("/till/statement?location=bath2")).text
    assert (page.count(">single</td>"), ">7.00</td>" in page) == (1, False)
    wrong = await boss.get("/till/statement?from=2026-02-02&to=2026-02-01")
    assert wrong.status_code == 422
    bath = Browser(world)
    await bath.sign_in(await staff(world, "bath2", role=StaffRole.MANAGER))
    _, *own = await _csv(bath, "/till/statement.csv")
    assert [row[1] for row in own] == ["bath2"]
    _, *none = await _csv(bath, "/till/statement.csv?location=bristol17")
    assert none == []
    clerk = Browser(world)
    await clerk.sign_in(await staff(world))
    assert (await clerk.get("/till/statement")).status_code == 403


async def test_a_day_is_added_up_by_product_and_by_clerk_and_printed(world: World) -> None:
    for name in ("Kim", "Kim", "Lou"):
        await sold(world, staff=name, reference='=1+1"#[', receipt_number="000317", amount=780)
    boss = Browser(world)
    await boss.sign_in(await staff(world))
    page = (await boss.get("/till/day")).text
    for row in (
        "<td>Coffee</td><td>3</td><td>10.50</td>",
        "<td>Kim</td><td>2</td><td>7.00</td>",
        "<td>Lou</td><td>1</td><td>3.50</td>",
    ):
        assert row in page
    head, *rows = await _csv(boss, "/till/day.csv")
    latest = dict(zip(head, rows[0], strict=True))
    assert (latest["Staff"], latest["Receipt"], latest["Rung up"]) == ("Lou", "000317", "7.80")
    assert latest["Reference"] == "'=1+1\"#["
    pdf = await boss.get("/till/day.pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert 'filename="hugggs-' in pdf.headers["content-disposition"]


async def test_products_of_one_class_of_vat_and_one_label_are_added_up_as_one(world: World) -> None:
    other_coffee, database = new_id(), world.platform.database
    await sql(
        database,
        "INSERT INTO products (published)"
        " SELECT (published::jsonb || jsonb_build_object('id', $1::text))::json"
        " FROM products WHERE id = $2",
        str(other_coffee),
        world.coffee,
    )
    await sold(world, staff="Kim")
    other = await sold(world, staff="Kim")
    await sql(
        database,
        "UPDATE hugggs SET product_id = $1 WHERE id = $2",
        other_coffee,
        UUID(other["huggg_id"]),
    )
    boss = Browser(world)
    await boss.sign_in(await staff(world, role=StaffRole.MANAGER))
    _, *rows = await _csv(boss, "/till/statement.csv")
    assert rows == [["bristol17", "bristol17", "single", "2", "7.00", "0", "0.00", "GBP"]]
    page = (await boss.get("/till/day")).text
    assert page.count("<td>Coffee</td>") == 2  # by product, and by product and clerk
    assert page.count("<td>2</td><td>7.00</td>") == 3


async def test_a_search_covers_all_days_for_supervisors_and_today_for_staff(world: World) -> None:
    redemption = await sold(world, reference="A-77")
    await sql(
        world.platform.database,
        "UPDATE redemptions SET created_at = '2026-01-05T09:00:00Z' WHERE id = $1",
        UUID(redemption["id"]),
    )
    for role, count in ((StaffRole.SUPERVISOR, 1), (StaffRole.STAFF, 0)):
        browser = Browser(world)
        await browser.sign_in(await staff(world, role=role))
        page = (await browser.get("/till/day?reference=a-77")).text
        assert page.count(">A-77</td>") == count
        receipt = f"/till/receipt?huggg={redemption['huggg_id']}&redemption={redemption['id']}"
        assert (await browser.get(receipt)).status_code == (200 if count else 404)


async def test_a_receipt_is_printed_as_often_as_it_is_asked_for_and_to_its_own_merchant(
    world: World,
) -> None:
    redemption = await sold(world, reference="A-1042", receipt_number="000317", staff="17", amount=780)
    path = f"/till/receipt?huggg={redemption['huggg_id']}&redemption={redemption['id']}"
    browser, bath = Browser(world), Browser(world)
    await browser.sign_in(await staff(world))
    await bath.sign_in(await staff(world, "bath2"))
    async with nothing_moves(world.platform.database):
        for _ in range(2):
            page = (await browser.get(path)).text
            for text in ("Coffee", "£3.50", "A-1042", "000317", "£7.80", redemption["id"], "one"):
                assert text in page
        assert (await bath.get(path)).status_code == 404
        for wrong in ("/till/receipt", f"/till/receipt?huggg={redemption['huggg_id']}&redemption=x"):
            assert (await browser.get(wrong)).status_code == 404
    await world.unredeem(redemption["huggg_id"])
    assert "Taken back" in (await browser.get(path)).text


async def _csv(browser: Browser, path: str) -> list[list[str]]:
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
