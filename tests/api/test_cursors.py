"""Walking through a list while it changes: every row that was there is seen, and none twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest

from huggg.catalogue.documents import brand_document, product_document, store_document
from huggg.catalogue.importing import import_catalogue
from huggg.kit.ids import new_id
from huggg.wallets.open_wallet import open_wallet
from tests.support.buyers import Buyer, new_buyer
from tests.support.cast import cast_team
from tests.support.sql import sql
from tests.support.values import altered
from tests.support.world import World

NOT_OURS = "cursor: is not one of this list; begin again without it."
ROWS = 5


def following(answer: httpx2.Response) -> str | None:
    """Give the path of the next page, as the `Link` header has it."""
    match = re.search(r'<http://huggg\.test([^>]*)>; rel="next"', answer.headers.get("link", ""))
    return match[1] if match else None


@dataclass
class Story:
    """A list with at least `ROWS` rows, and the call that adds another row."""

    path: str
    buyer: Buyer
    body: Any = None

    async def page(self, town: World, path: str) -> httpx2.Response:
        method = "GET" if self.body is None else "POST"
        answer = await town.call(method, path, self.buyer.person, self.body)
        assert answer.status_code == 200, answer.text
        return answer


async def story_of(town: World, name: str) -> Story:
    """Set up one of the lists."""
    buyer = await new_buyer(town)
    transaction = ""
    for _ in range(ROWS):
        transaction, _ = await buyer.buy(town, receivers=[{"user_id": str(buyer.person.id)}])
    if name == "hugggs of a transaction":
        transaction, _ = await buyer.buy(town, quantity=ROWS)
        return Story(f"/api/v2/transactions/{transaction}/hugggs", buyer)
    if name == "wallets":
        team = await cast_team(town, buyer.person)
        for number in range(ROWS):
            await open_wallet(town.platform.database, team_id=UUID(team), name=f"{number}")
        return Story(f"/api/v2/teams/{team}/wallets", buyer)
    if name == "cards":
        for number in range(ROWS):
            await add_card(town, buyer, number)
    if name.startswith("search"):
        order, direction = name.split()[1:]
        return Story("/api/v2/search", buyer, {"size": 2, "sort": [{order: direction}]})
    return Story(f"/api/v2/{name}", buyer)


async def add_card(town: World, buyer: Buyer, number: int) -> None:
    await sql(
        town.platform.database,
        "INSERT INTO cards (id, user_id, processor, customer, brand, last4, exp_month, exp_year,"
        " added_at) VALUES ($1, $2, 'fake', 'c', 'visa', '4242', 1, 2031, now())",
        f"fake_{number}_{new_id()}",
        buyer.person.id,
    )


LISTS = [
    *("brands", "products", "stores", "transactions", "hugggs/sent", "hugggs/received"),
    *("cards", "wallets", "hugggs of a transaction"),
    *(
        f"search {order} {way}"
        for order in ("created_at", "expiry_date", "updated_at")
        for way in ("asc", "desc")
    ),
]


@pytest.mark.parametrize("name", LISTS)
async def test_a_walk_sees_every_row_once_though_others_come_meanwhile(town: World, name: str) -> None:
    story = await story_of(town, name)
    whole = {**story.body, "size": 300} if story.body else None
    narrowed = Story(f"{story.path}", story.buyer, whole)
    per_page = "" if whole else "?per_page=100"
    there = [row["id"] for row in (await narrowed.page(town, narrowed.path + per_page)).json()["data"]]
    assert len(there) >= 2
    row_ids: list[str] = []
    path: str | None = story.path + ("" if story.body else "?per_page=2")
    while path is not None:
        answer = await story.page(town, path)
        row_ids += [row["id"] for row in answer.json()["data"]]
        path = following(answer)
        await story.buyer.buy(town, receivers=[{"user_id": str(story.buyer.person.id)}])
    assert [row for row in row_ids if row in there] == there
    assert len(row_ids) == len(set(row_ids))


async def test_pages_by_number_show_rows_twice_in_the_same_story(town: World) -> None:
    """The row that the test above would miss if links led on by number."""
    story = await story_of(town, "hugggs/sent")
    row_ids: list[str] = []
    for number in (1, 2, 3):
        answer = await story.page(town, f"{story.path}?per_page=2&page={number}")
        row_ids += [row["id"] for row in answer.json()["data"]]
        await story.buyer.buy(town)
    assert len(row_ids) > len(set(row_ids))


async def test_brands_of_one_weight_and_products_of_one_price_are_walked_through_too(
    town: World,
) -> None:
    brand = brand_document(new_id(), name="Ties", integration_id=5, at="2026-01-05 09:00:00", weight=7)
    others = [
        brand_document(new_id(), name=f"Tie {n}", integration_id=5, at="2026-01-05 09:00:00", weight=7)
        for n in range(3)
    ]
    products = [
        product_document(
            new_id(), brand, label=f"{n}", sale_price=99, description="", redemption_instructions=""
        )
        for n in range(3)
    ]
    brand["products"] = [product["id"] for product in products]
    stores = [
        store_document(new_id(), brand, name=f"{n}", latitude="51.0", longitude="0.0") for n in range(3)
    ]
    brand["stores"] = [store["id"] for store in stores]
    page = {"data": [brand, *others], "embedded": {"products": products, "stores": stores}}
    await import_catalogue(town.platform.database, msgspec.json.encode(page))
    buyer = await new_buyer(town)
    for name in ("brands", "products", "stores"):
        row_ids, path = [], f"/api/v2/{name}?per_page=1"
        while path:
            answer = await town.call("GET", path, buyer.person)
            row_ids += [row["id"] for row in answer.json()["data"]]
            path = following(answer) or ""
        whole = await town.call("GET", f"/api/v2/{name}?per_page=100", buyer.person)
        assert row_ids == [row["id"] for row in whole.json()["data"]], name


async def cursor_of(town: World, path: str, buyer: Buyer) -> str:
    answer = await town.call("GET", path, buyer.person)
    url = following(answer)
    assert url is not None
    return re.search(r"cursor=([\w-]+)", url)[1]  # type: ignore[index]


async def test_a_cursor_is_bound_to_its_list_and_filters_and_cannot_be_changed(town: World) -> None:
    story = await story_of(town, "hugggs/sent")
    path = "/api/v2/hugggs/sent?per_page=2"
    cursor = await cursor_of(town, path, story.buyer)
    assert cursor != await cursor_of(town, path, story.buyer), "nothing can be told from two of a place"
    for other in (
        f"{path}&cursor={altered(cursor)}",
        f"{path}&cursor={cursor}%3D",
        f"{path}&cursor={cursor[:-1]}",
        f"{path}&cursor=",
        f"{path}&cursor=%C3%A9",
        f"{path}&cursor={'A' * 5000}",
        f"/api/v2/hugggs/received?cursor={cursor}",
        f"/api/v2/transactions?cursor={cursor}",
    ):
        answer = await town.call("GET", other, story.buyer.person)
        assert (answer.status_code, answer.json()) == (422, {"error": NOT_OURS}), other
    of_app = await cursor_of(town, "/api/v2/products?per_page=1&platform=app", story.buyer)
    other = f"/api/v2/products?cursor={of_app}"
    assert (await town.call("GET", other, story.buyer.person)).json() == {"error": NOT_OURS}
    again = f"{other}&platform=app&per_page=5&embed[]=brand&colour=red"
    assert (await town.call("GET", again, story.buyer.person)).status_code == 200


async def test_a_cursor_goes_with_no_page_number(town: World) -> None:
    story = await story_of(town, "hugggs/sent")
    cursor = await cursor_of(town, "/api/v2/hugggs/sent?per_page=2", story.buyer)
    answer = await town.call("GET", f"{story.path}?page=2&cursor={cursor}", story.buyer.person)
    sentence = "page: cannot be asked for together with cursor."
    assert (answer.status_code, answer.json()) == (422, {"error": sentence})


async def test_a_search_goes_on_only_as_it_began(town: World) -> None:
    story = await story_of(town, "search created_at desc")
    path = following(await story.page(town, story.path))
    assert path is not None
    sorts = [{"size": 2, "sort": [{"created_at": "asc"}]}, {"size": 2, "sort": ["expiry_date"]}]
    for body in [*sorts, {**story.body, "query": {"bool": {"must": [{"term": {"status": "sent"}}]}}}]:
        answer = await town.call("POST", path, story.buyer.person, body)
        assert (answer.status_code, answer.json()) == (422, {"error": NOT_OURS})
    answer = await town.call("POST", path, story.buyer.person, {**story.body, "from": 2})
    assert answer.json() == {"error": "from: cannot be asked for together with cursor."}
    assert (await town.call("POST", path, story.buyer.person, {**story.body, "size": 3})).is_success
