"""The warnings about a catalogue, by entity and key, and the entries that get none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from huggg.catalogue.catalogue_file import read_catalogue
from huggg.catalogue.doubts import is_moment
from huggg.catalogue.errors import BadCatalogue
from huggg.catalogue.problems import Problems
from huggg.catalogue.references import StoredCatalogue, find_dangling
from tests.support.catalogue import (
    brand,
    high_street,
    id_of,
    page,
    product,
    store,
    text,
    with_own_entities,
)

PASSED_ON = "it will be passed on as it is"
CHARGED = "is not the sale_price of 350 pence: the sale_price is charged, and clients may show the price"
DIFFERS = (
    'differs from the latitude "51.4500000": maps of ours go by the latitude, clients may go by either'
)
STRANGER = f"brand {id_of('x')} is neither in this file nor in the catalogue:"
NOWHERE = "the store will be on no map"


def looked_over(catalogue: object) -> Problems:
    reading, problems = read_catalogue(text(catalogue))
    find_dangling(reading, StoredCatalogue(integration_ids=frozenset(range(1, 8))), problems)
    return problems


def warnings_of(kind: str, changes: dict[str, Any]) -> list[str]:
    """Read a brand with a product and a store, one of them changed."""
    harbour = brand("Harbour Roast")
    documents = {
        "brand": harbour,
        "product": product("Coffee", harbour),
        "store": store("Quay", harbour),
    }
    documents[kind] |= changes
    return looked_over(
        page([documents["brand"]], [documents["product"]], [documents["store"]])
    ).warnings()


@pytest.mark.parametrize("catalogue", [high_street(), with_own_entities(high_street())])
def test_the_oddities_of_the_published_page_are_none(catalogue: dict[str, Any]) -> None:
    strangers = looked_over(catalogue).warnings()  # of other pages
    assert len(strangers) == 3
    for line in strangers:
        assert line.endswith("the store is found only where another brand lists it")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("brand", {"colour": "#AA00FF", "website": "https://harbour.example/a?b=1"}),
        ("brand", {"website": "harbour.example:8080/menu", "created_at": None, "updated_at": ""}),
        ("brand", {"name": "Caf\u00e9 \u2615 \u0935\u0947", "logo_url": "http://cdn.example/a.png"}),
        ("brand", {"how_to": "<p>\n\t</p>", "vat": "x"}),
        ("product", {"price": "3.50"}),
        ("product", {"price": "3.5"}),
        ("product", {"price": 3.5}),
        ("product", {"price": ""}),
        ("product", {"price": None}),
        ("product", {"price": "100", "sale_price": 10_000}),
        ("product", {"over_18_offer": 1, "description": "Any\r\nslice."}),
        ("product", {"over_18_offer": None}),
        ("store", {"latitude": "", "latitiude": "", "longitude": ""}),
        ("store", {"latitude": None, "latitiude": None, "longitude": '""'}),
        ("store", {"website": '""', "image_url": ""}),
        ("store", {"latitude": " 51.4545 ", "latitiude": " 51.4545 ", "longitude": "-.5"}),
        ("store", {"latitude": "51.45", "latitiude": "51.4500"}),
        ("store", {"latitude": "", "latitiude": "51.45"}),
        ("store", {"latitude": "-90", "latitiude": "-90", "longitude": "+180."}),
    ],
)
def test_a_usual_catalogue_passes_in_silence(kind: str, changes: dict[str, Any]) -> None:
    assert warnings_of(kind, changes) == []


def test_a_key_that_is_not_there_is_no_oddity() -> None:
    harbour, coffee, quay = (
        brand("Harbour Roast"),
        product("Coffee", brand("Harbour Roast")),
        store("Quay"),
    )
    for key in ("created_at", "updated_at", "colour", "website", "logo_url", "map_pin_url"):
        del harbour[key]
    for key in ("created_at", "price", "over_18_offer", "claim_image_url"):
        del coffee[key]
    for key in ("latitiude", "name", "website", "image_url"):
        del quay[key]
    quay["brand_id"] = harbour["id"]
    assert looked_over(page([harbour], [coffee], [quay])).warnings() == []


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("brand", {"name": " "}, "name: is empty: recipients will see no name"),
        ("brand", {"name": "Roast\x07"}, f'name: "Roast\\u0007" has a control character: {PASSED_ON}'),
        (
            "brand",
            {"colour": "purple"},
            'colour: "purple" is no colour like #AA00FF: clients may show none',
        ),
        ("brand", {"colour": 7}, "colour: 7 is no colour like #AA00FF: clients may show none"),
        (
            "brand",
            {"created_at": "2019-02-30 09:00:00"},
            f'created_at: "2019-02-30 09:00:00" is no moment like 2026-01-05 09:00:00: {PASSED_ON}',
        ),
        (
            "brand",
            {"updated_at": "2019-02-30"},
            f'updated_at: "2019-02-30" is no moment like 2026-01-05 09:00:00: {PASSED_ON}',
        ),
        (
            "brand",
            {"website": "JavaScript:alert(1)"},
            'website: "JavaScript:alert(1)" is no web address: clients may follow it all the same',
        ),
        ("brand", {"website": "a b.example"}, f'website: "a b.example" is no web address: {PASSED_ON}'),
        (
            "brand",
            {"logo_url": "aa01.png"},
            'logo_url: "aa01.png" is no web address: clients will show no picture',
        ),
        (
            "brand",
            {"map_pin_url": "https://[x"},
            'map_pin_url: "https://[x" is no web address: clients will show no picture',
        ),
        ("product", {"label": ""}, "label: is empty: buyers will see no name"),
        ("product", {"label": "\u200b \ufeff"}, "label: is empty: buyers will see no name"),
        (
            "product",
            {"price": "4.00"},
            f'price: "4.00" {CHARGED}',
        ),
        (
            "product",
            {"price": "3,50"},
            f'price: "3,50" {CHARGED}',
        ),
        (
            "product",
            {"price": 350},
            f"price: 350 {CHARGED}",
        ),
        (
            "product",
            {"price": "0.00", "sale_price": 0},
            "sale_price: is 0: the product cannot be bought",
        ),
        ("product", {"over_18_offer": True}, f"over_18_offer: true is neither 0 nor 1: {PASSED_ON}"),
        ("product", {"over_18_offer": [1]}, f"over_18_offer: [1] is neither 0 nor 1: {PASSED_ON}"),
        (
            "product",
            {"updated_at": "2019-06-03 25:61:61"},
            f'updated_at: "2019-06-03 25:61:61" is no moment like 2026-01-05 09:00:00: {PASSED_ON}',
        ),
        (
            "product",
            {"image_url": "ftp://cdn.example/a.png"},
            'image_url: "ftp://cdn.example/a.png" is no web address: clients will show no picture',
        ),
        (
            "product",
            {"brand_id": id_of("x")},
            f"brand_id: {STRANGER} the product cannot be bought until it is",
        ),
        ("store", {"name": ""}, "name: is empty: it will be shown without a name"),
        ("store", {"name": None}, "name: null is no text: it will be shown without a name"),
        *(
            (
                "store",
                {"latitude": bad, "latitiude": bad},
                f"latitude: {json.dumps(bad)} is no latitude like 51.4545, from -90 to 90: {NOWHERE}",
            )
            for bad in ("51,4545", "151", "NaN", "Infinity", "51.4545N", "1e1", "north", "\u0665\u0661")
        ),
        (
            "store",
            {"longitude": "-180.1"},
            f'longitude: "-180.1" is no longitude like 51.4545, from -180 to 180: {NOWHERE}',
        ),
        (
            "store",
            {"latitiude": "51.46"},
            f'latitiude: "51.46" {DIFFERS}',
        ),
        (
            "store",
            {"brand_id": id_of("x")},
            f"brand_id: {STRANGER} the store is found only where another brand lists it",
        ),
    ],
)
def test_a_doubtful_value_is_named_with_its_effect(
    kind: str, changes: dict[str, Any], sentence: str
) -> None:
    place = {"brand": "data[0]", "product": "embedded.products[0]", "store": "embedded.stores[0]"}[kind]
    assert warnings_of(kind, changes) == [f"line 1, {place}.{sentence}"]


def test_a_value_of_any_length_is_shown_on_one_short_line() -> None:
    [line] = warnings_of("brand", {"colour": "x" * 5000 + "\n"})
    assert line.startswith('line 1, data[0].colour: "xxxx')
    assert len(line) < 120


def test_of_warnings_alike_three_are_told_and_the_others_counted() -> None:
    stores = [
        store(f"Shop {n}", brand("Harbour Roast"), latitude="x", latitiude="x") for n in range(1500)
    ]
    stores[7]["name"] = ""
    lines = looked_over(page([brand("Harbour Roast")], [], stores)).warnings()
    assert [line.split(": ")[0] for line in lines] == [
        "line 1, embedded.stores[0].latitude",
        "line 1, embedded.stores[1].latitude",
        "line 1, embedded.stores[2].latitude",
        "… and 1,497 more like it",
        "line 1, embedded.stores[7].name",
    ]


def test_where_it_is_strict_each_warning_is_a_problem() -> None:
    problems = looked_over(page([brand("Harbour Roast", colour="purple")]))
    problems.refuse_if_any()
    with pytest.raises(BadCatalogue) as refused:
        problems.refuse_if_any(strict=True)
    assert [str(problem) for problem in refused.value.problems] == [
        'line 1, data[0].colour: "purple" is no colour like #AA00FF: clients may show none'
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05 09:00:00", True),
        ("2024-02-29 23:59:59", True),
        ("2019-02-29 00:00:00", False),
        ("2019-02-30 09:00:00", False),
        ("2019-13-01 09:00:00", False),
        ("2019-01-01 25:61:61", False),
        ("2019-01-01 24:00:00", False),
        ("0000-00-00 00:00:00", False),
    ],
)
def test_a_moment_is_one_that_there_is(text: str, *, expected: bool) -> None:
    assert is_moment(text) is expected
