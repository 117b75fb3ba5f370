"""Embedding: each entity once, in the order of first reference, one load a relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID

import pytest

from huggg.database.pool import Database
from huggg.http.embedding import Embedding, Entity, Relation
from huggg.http.operation import Embeds
from huggg.kit.errors import Forbidden

NO_DATABASE = cast("Database", None)


@dataclass(frozen=True)
class Row:
    id: UUID
    links: dict[str, list[UUID]] = field(default_factory=dict)


def u(*numbers: int) -> list[UUID]:
    return [UUID(int=number) for number in numbers]


class Shelf:
    """Rows by kind; remembers the requested ids, and answers in an order of its own."""

    def __init__(self, **kinds: dict[int, dict[str, list[UUID]]]) -> None:
        self.kinds = kinds
        self.loads: list[tuple[str, list[UUID]]] = []
        self.databases: list[Database] = []

    def entity(self, plural: str) -> Entity:
        async def load(database: Database, keys: list[UUID]) -> Sequence[Row]:
            self.databases.append(database)
            self.loads.append((plural, keys))
            rows = self.kinds[plural]
            return [Row(key, rows[key.int]) for key in sorted(keys, reverse=True) if key.int in rows]

        scope, shape = "things:read", plural.title()
        return Entity(plural, load, lambda row: row.id.int, scope=scope, shape=shape)

    def embedding(self) -> Embedding:
        def edge(source: str, name: str, target: str) -> Relation:
            return Relation(source, name, self.entity(target), lambda row: row.links.get(name, []))

        return Embedding(
            [
                edge("hugggs", "message", "messages"),
                edge("hugggs", "purchase", "products"),
                edge("hugggs", "voucher", "vouchers"),
                edge("vouchers", "segment", "segments"),
                edge("products", "brand", "brands"),
                edge("products", "segments", "segments"),
                edge("brands", "stores", "stores"),
            ]
        )


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(
        messages={1: {}, 2: {}, 3: {}},
        products={
            10: {"brand": u(20), "segments": u(51, 50)},
            11: {"brand": u(21)},
            12: {"brand": u(20)},
        },
        brands={20: {"stores": u(31, 30)}, 21: {"stores": u(30, 32)}},
        stores={30: {}, 31: {}, 32: {}},
        vouchers={40: {"segment": u(50)}, 41: {"segment": u(52)}},
        segments={50: {}, 51: {}, 52: {}},
    )


HUGGGS = [
    Row(UUID(int=100), {"purchase": u(11), "message": u(2)}),
    Row(UUID(int=101), {"purchase": u(10), "message": u(1), "voucher": u(40)}),
    Row(UUID(int=102), {"purchase": u(11), "message": u(3), "voucher": u(41)}),
    Row(UUID(int=103), {"purchase": u(12)}),
]
EVERY = (
    "message",
    "voucher",
    "voucher.segment",
    "purchase",
    "purchase.brand",
    "purchase.segments",
    "purchase.brand.stores",
)


async def embed(shelf: Shelf, *relations: str, rows: Sequence[Row] = HUGGGS) -> Any:
    return await shelf.embedding().embed(NO_DATABASE, "hugggs", rows, relations=relations)


async def test_entities_stand_once_each_in_the_order_in_which_a_reader_meets_them(shelf: Shelf) -> None:
    assert await embed(shelf, "purchase.brand.stores", "message") == {
        "products": [11, 10, 12],
        "brands": [21, 20],
        "stores": [30, 32, 31],
        "messages": [2, 1, 3],
    }


async def test_each_relation_loads_once_however_many_rows_refer_to_it(shelf: Shelf) -> None:
    await embed(shelf, *EVERY, rows=HUGGGS * 20)
    assert sorted(plural for plural, _ in shelf.loads) == [
        "brands",
        "messages",
        "products",
        "segments",
        "segments",
        "stores",
        "vouchers",
    ]
    assert dict(shelf.loads)["stores"] == u(30, 32, 31)


async def test_every_relation_is_loaded_from_the_database_that_was_given(shelf: Shelf) -> None:
    handle = cast("Database", object())
    await shelf.embedding().embed(handle, "hugggs", HUGGGS, relations=EVERY)
    assert {id(database) for database in shelf.databases} == {id(handle)}


async def test_rows_and_documents_that_do_not_belong_together_are_not_linked(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="zip"):
        shelf.embedding().link("hugggs", HUGGGS, [1], relations=["message"])


def test_embeddable_relations_are_listed_by_the_plural_of_each_entity(shelf: Shelf) -> None:
    assert shelf.embedding().shapes("hugggs", ["purchase.brand.stores", "message"]) == {
        "products": "Products",
        "brands": "Brands",
        "stores": "Stores",
        "messages": "Messages",
    }


async def test_asking_for_a_dotted_relation_asks_for_what_leads_there(shelf: Shelf) -> None:
    assert await embed(shelf, "voucher.segment") == {"vouchers": [40, 41], "segments": [50, 52]}
    assert [plural for plural, _ in shelf.loads] == ["vouchers", "segments"]


async def test_asking_twice_or_for_the_prefix_too_changes_nothing(shelf: Shelf) -> None:
    once = await embed(shelf, "purchase.brand")
    assert await embed(shelf, "purchase", "purchase.brand", "purchase.brand", "purchase") == once


async def test_two_relations_to_one_kind_share_its_list(shelf: Shelf) -> None:
    both = await embed(shelf, "purchase.segments", "voucher.segment")
    assert both["segments"] == [51, 50, 52]


async def test_a_requested_relation_without_rows_is_an_empty_list(shelf: Shelf) -> None:
    alone = [Row(UUID(int=104), {"purchase": u(11)})]
    assert await embed(shelf, "voucher.segment", "message", rows=alone) == {
        "vouchers": [],
        "segments": [],
        "messages": [],
    }
    assert shelf.loads == []
    assert await embed(shelf, "message", "purchase.brand.stores", rows=[]) == {
        "messages": [],
        "products": [],
        "brands": [],
        "stores": [],
    }


async def test_a_reference_that_leads_nowhere_is_left_out(shelf: Shelf) -> None:
    dangling = [Row(UUID(int=105), {"purchase": u(99, 12)})]
    assert await embed(shelf, "purchase.brand", rows=dangling) == {"products": [12], "brands": [20]}


async def test_a_relation_that_the_published_keys_do_not_tell_is_written_into_whoever_has_it() -> None:
    def record_keys(document: int, keys: list[UUID]) -> dict[str, Any]:
        return {"id": document, "segments": [key.int for key in keys]}

    shelf = Shelf(segments={50: {}, 51: {}}, products={10: {"segments": u(51, 50)}})
    embedding = Embedding(
        [
            Relation("hugggs", "purchase", shelf.entity("products"), lambda row: row.links["purchase"]),
            Relation(
                "products",
                "segments",
                shelf.entity("segments"),
                lambda row: row.links.get("segments", []),
                record_keys,
            ),
        ]
    )

    def linked(*relations: str) -> list[Any]:
        rows = [Row(UUID(int=10), {"segments": u(51, 50)}), Row(UUID(int=11))]
        return embedding.link("products", rows, [10, 11], relations=relations)

    assert linked("segments", "segments") == [
        {"id": 10, "segments": [51, 50]},
        {"id": 11, "segments": []},
    ]
    assert linked() == [10, 11]
    huggg = Row(UUID(int=100), {"purchase": u(10)})
    below = ["purchase.segments"]
    embedded = await embedding.embed(NO_DATABASE, "hugggs", [huggg], relations=below)
    assert embedded == {"products": [{"id": 10, "segments": [51, 50]}], "segments": [51, 50]}


def test_a_key_reads_a_relation_if_it_may_read_each_entity_on_the_way() -> None:
    def edge(source: str, name: str, plural: str, scope: str) -> Relation:
        target = replace(Shelf().entity(plural), scope=scope)
        return Relation(source, name, target, lambda _: [])

    graph = Embedding(
        [
            edge("hugggs", "purchase", "products", "catalogue:read"),
            edge("products", "brand", "brands", "catalogue:read"),
            edge("hugggs", "voucher", "vouchers", "vouchers:read"),
            edge("vouchers", "segment", "segments", "catalogue:read"),
        ]
    )
    hugggs = Embeds("hugggs", ())
    graph.check(hugggs, ["purchase.brand", "purchase"], ["catalogue:read"])
    graph.check(hugggs, ["voucher.segment"], ["catalogue:read", "vouchers:read"])
    graph.check(hugggs, ["voucher.segment", "purchase"], None)
    graph.check(hugggs, [], [])
    for relations, scopes in (
        (["voucher.segment"], ["catalogue:read"]),
        (["voucher.segment"], ["vouchers:read"]),
        (["purchase", "voucher"], ["catalogue:read"]),
        (["purchase.brand"], []),
    ):
        with pytest.raises(Forbidden):
            graph.check(hugggs, relations, scopes)
    always = Embeds("hugggs", (), always=("voucher",))
    graph.check(always, ["voucher"], [])
    graph.check(always, ["voucher.segment"], ["catalogue:read"])
    with pytest.raises(Forbidden):
        graph.check(always, ["voucher.segment"], [])
