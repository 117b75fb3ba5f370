"""Catalogue files: the accepted forms, and the refusals of all others."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from huggg.catalogue.catalogue_file import read_catalogue
from huggg.catalogue.errors import BadCatalogue
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

MOMENT = "must be null or like 2026-01-05 09:00:00"
UTF_8 = "line 1, column 1: UTF-16 or UTF-32; save the file as UTF-8"


def problems_of(file: bytes) -> list[str]:
    with pytest.raises(BadCatalogue) as refused:
        read_catalogue(file)
    return [str(problem) for problem in refused.value.problems]


def changed(kind: str, number: int, **changes: Any) -> bytes:
    catalogue = with_own_entities(high_street())
    entities = catalogue["data"] if kind == "data" else catalogue["embedded"][kind]
    entities[number] |= changes
    return text(catalogue)


def without(kind: str, number: int, key: str) -> bytes:
    catalogue = with_own_entities(high_street())
    entities = catalogue["data"] if kind == "data" else catalogue["embedded"][kind]
    del entities[number][key]
    return text(catalogue)


def test_the_published_page_is_taken_as_it_is() -> None:
    parsed, _ = read_catalogue(text(high_street(), indent=2))
    assert [len(kind) for kind in (parsed.brands, parsed.products, parsed.stores)] == [4, 4, 10]
    [anywhere] = parsed.unlisted_stores
    names = ["Loft", "Market", "Barge", "Corner", "Quay", "Kiosk"]
    assert anywhere.value.store_ids == [id_of("store", name) for name in names]


@pytest.mark.parametrize(
    ("kind", "number", "changes", "sentence"),
    [
        ("data", 0, {"id": "1234"}, "data[0].id: must be a GUID in lower case"),
        ("data", 0, {"id": id_of("x").upper()}, "data[0].id: must be a GUID in lower case"),
        ("data", 0, {"id": id_of("x") + "\n"}, "data[0].id: must be a GUID in lower case"),
        ("data", 1, {"name": None}, "data[1].name: expected str, got null"),
        ("data", 1, {"weight": "heavy"}, "data[1].weight: expected int, got str"),
        ("data", 1, {"weight": 1.0}, "data[1].weight: expected int, got float"),
        ("data", 1, {"weight": 2**31}, "data[1].weight: expected int <= 2147483647"),
        ("data", 2, {"consolidated": 2}, "data[2].consolidated: expected int <= 1"),
        ("data", 2, {"consolidated": True}, "data[2].consolidated: expected int, got bool"),
        ("data", 2, {"products": None}, "data[2].products: expected array, got null"),
        ("data", 2, {"stores": ["a"]}, "data[2].stores[0]: must be a GUID in lower case"),
        ("data", 2, {"expiry": -1}, "data[2].expiry: expected int >= 0"),
        ("data", 2, {"integration_id": 0}, "data[2].integration_id: expected int >= 1"),
        ("data", 3, {"deleted_at": ""}, "data[3].deleted_at: must be null or like 2026-01-05 09:00:00"),
        ("products", 1, {"sale_price": -1}, "embedded.products[1].sale_price: expected int >= 0"),
        ("products", 1, {"sale_price": 3.5}, "embedded.products[1].sale_price: expected int, got float"),
        (
            "products",
            1,
            {"sale_price": 10**30},
            "embedded.products[1].sale_price: expected int <= 100000000",
        ),
        ("products", 1, {"active": "1"}, "embedded.products[1].active: expected int, got str"),
        ("products", 1, {"on_app": "x"}, "embedded.products[1].on_app: expected int | null, got str"),
        ("products", 1, {"label": 7}, "embedded.products[1].label: expected str, got int"),
        ("products", 1, {"brand_id": ""}, "embedded.products[1].brand_id: must be a GUID in lower case"),
        ("stores", 9, {"latitude": 51.5}, "embedded.stores[9].latitude: expected str | null, got float"),
        *(
            ("data", 3, {"deleted_at": never}, f"data[3].deleted_at: {MOMENT}")
            for never in (
                "2019-02-30 09:00:00",
                "2019-01-01 25:61:61",
                "0000-00-00 00:00:00",
                "2019-02-28",
            )
        ),
        ("locations", 0, {"id": ""}, "embedded.locations[0].id: expected str of length >= 1"),
        *(
            (
                "locations",
                0,
                {"id": bad},
                "embedded.locations[0].id: must not contain blanks, control or invisible signs",
            )
            for bad in (
                " ",
                "bristol 17",
                " bristol17",
                "bristol17 ",
                "a\tb",
                "a\u00a0b",
                "a\u200bb",
                "\ufeffa",
                "a\u0007",
                "a\n",
            )
        ),
        *(
            (
                kind,
                0,
                {"name": bad},
                f"embedded.{kind}[0].name: must be a line of text that is not empty",
            )
            for kind in ("segments", "locations")
            for bad in (" ", "a\nb", "\u0007")
        ),
        *(
            (
                "adjustment_codes",
                0,
                {"codes": ["A", bad]},
                "embedded.adjustment_codes[0].codes[1]: must be a line of text without blanks around it",
            )
            for bad in (" ", " B", "B ", "B\n")
        ),
        (
            "adjustment_codes",
            0,
            {"codes": ["A", "A"]},
            "embedded.adjustment_codes[0].codes: names A more than once",
        ),
        (
            "data",
            0,
            {"products": [id_of("p"), id_of("p")]},
            f"data[0].products: names {id_of('p')} more than once",
        ),
    ],
)
def test_a_value_that_rules_could_not_rely_on_is_named(
    kind: str, number: int, changes: dict[str, Any], sentence: str
) -> None:
    assert problems_of(changed(kind, number, **changes)) == [f"line 1, {sentence}"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        *(("data", key) for key in ("id", "name", "weight", "expiry", "stores", "deleted_at")),
        *(("products", key) for key in ("id", "brand_id", "sale_price", "active", "label")),
        *(("stores", key) for key in ("id", "brand_id", "latitude", "longitude")),
    ],
)
def test_a_key_that_rules_rely_on_may_not_be_missing(kind: str, key: str) -> None:
    at = "data[0]" if kind == "data" else f"embedded.{kind}[0]"
    expected = [f"line 1, {at}: object missing required field {key}"]
    assert problems_of(without(kind, 0, key)) == expected


def test_all_problems_are_told_at_once_each_with_its_line() -> None:
    catalogue = high_street()
    catalogue["data"][3]["weight"] = None
    catalogue["embedded"]["products"][0]["sale_price"] = -800
    file = text(catalogue, indent=2)
    lines = file.decode().split("\n")
    weight = lines.index('      "weight": null,') + 1
    price = lines.index('        "sale_price": -800,') + 1
    assert problems_of(file) == [
        f"line {weight}, data[3].weight: expected int, got null",
        f"line {price}, embedded.products[0].sale_price: expected int >= 0",
    ]


def test_of_very_many_problems_the_first_twenty_are_told() -> None:
    catalogue = page([], [], [store(f"Shop {n}", latitude=n) for n in range(1000)])
    with pytest.raises(BadCatalogue) as refused:
        read_catalogue(text(catalogue))
    assert (len(refused.value.problems), refused.value.total) == (20, 1000)
    assert str(refused.value).splitlines()[0].endswith("It has 1000 problems:")
    assert str(refused.value).splitlines()[-1] == "  … and 980 more"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "line 1, column 1: an empty file"),
        (b'{"data": [\n{},\n', "line 3, column 1: not JSON: Input data was truncated"),
        (b'{"data": [],\n}', "line 2, column 1: not JSON: trailing comma in object"),
        (b'{"data": [NaN]}', "line 1, column 11: not JSON: invalid character"),
        (b'{"data":\n["\xff"]}', "line 2, column 3: not UTF-8"),
        (b'{"data":\n["\xed\xa0\x80"]}', "line 2, column 3: not UTF-8"),
        (b'{"data":\n["\\u0000"]}', "line 2, column 3: must not contain NUL"),
        (b'{"data":\n["\\ud83d"]}', "line 2, column 3: must not contain half a surrogate pair"),
        (b'{"data":\n["\\udf81 and on"]}', "line 2, column 3: must not contain half a surrogate pair"),
        (b'{"\\u0000":1,"data":[]}', "line 1, column 3: must not contain NUL"),
        (b"7", "line 1: not a page of brands: expected object | array, got int"),
        (b"{}", "line 1: not a page of brands: object missing required field data"),
        (
            b'{"error": "x",\n"data": "no"}',
            "line 2, data: not a page of brands: expected array, got str",
        ),
        (
            b'[{"data": [], "embedded":\n []}]',
            "line 2, [0].embedded: not a page of brands: expected object, got array",
        ),
        (b'{"data": [],\n"data": []}', "line 1, data: stands more than once in its object"),
        (b'{"data": [],\n"x": {"y": 1, "y": 1}}', "line 2, x.y: stands more than once in its object"),
        ('{"data": []}'.encode("utf-16"), UTF_8),
        ('{"data": []}'.encode("utf-16-le"), UTF_8),
        ('{"data": []}'.encode("utf-16-be"), UTF_8),
        ('{"data": []}'.encode("utf-32"), UTF_8),
        (b'{"data": [Infinity]}', "line 1, column 11: not JSON: invalid character"),
        (b'{"data": [-Infinity]}', "line 1, column 12: not JSON: invalid character"),
        (b"\x1f\x8b\x08\x08", "line 1, column 1: a packed file; unpack it first"),
        (b"\x1f\x8b\x08\x00\x01", "line 1, column 1: a packed file; unpack it first"),
        (b"PK\x03\x04\x14\x00", "line 1, column 1: a packed file; unpack it first"),
        (b'{"data": ' + b"[" * 100_000, "line 1, column 1: nested too deeply"),
        (b"[" * 100_000, "line 1, column 1: nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "line 1, column 1: nested too deeply"),
        (b"\xef\xbb\xbf \r\n", "line 1, column 1: an empty file"),
        (b'{"data": [\n7]}', "line 2, data[0]: expected object, got int"),
    ],
)
def test_a_file_that_is_no_page_of_brands_is_refused_with_the_line(file: bytes, sentence: str) -> None:
    assert problems_of(file) == [sentence]


def test_an_escaped_backslash_before_u0000_is_just_text() -> None:
    catalogue = page([brand("Back\\u0000slash \\ud83c \U0001f381")])
    parsed, _ = read_catalogue(text(catalogue))
    assert parsed.brands[0].value.name == "Back\\u0000slash \\ud83c \U0001f381"


def test_a_byte_order_mark_is_no_problem() -> None:
    parsed, _ = read_catalogue(b"\xef\xbb\xbf" + text(page([brand("Harbour Roast")])))
    assert len(parsed.brands) == 1


def test_pages_may_repeat_an_entity_as_long_as_they_agree_on_it() -> None:
    one, other = high_street(), high_street()
    other["embedded"]["products"][1]["pivot"]["brand_id"] = id_of("another participant")
    parsed, _ = read_catalogue(text([one, other]))
    assert [len(kind) for kind in (parsed.brands, parsed.products, parsed.stores)] == [4, 4, 10]
    assert id_of("another participant").encode() not in parsed.products[1].text


def test_pages_that_contradict_each_other_are_refused() -> None:
    one, other = high_street(), high_street()
    other["embedded"]["stores"][2]["name"] = "Screen 3 (closed)"
    assert problems_of(text([one, other])) == [
        "line 1, [1].embedded.stores[2]: has the id of [0].embedded.stores[2] and other contents"
    ]


def test_each_page_has_its_own_stretch_of_unlisted_stores() -> None:
    second = brand("any cake place", consolidated=1)
    barn = store("Barn")
    pages = [high_street(), page([second], [], [barn])]
    parsed, _ = read_catalogue(text(pages))
    counts = {entry.value.brand_id: len(entry.value.store_ids) for entry in parsed.unlisted_stores}
    assert counts == {id_of("brand", "any coffee place"): 6, second["id"]: 1}


def test_a_page_without_stores_says_nothing_about_unlisted_ones() -> None:
    catalogue = copy.deepcopy(high_street())
    del catalogue["embedded"]["stores"]
    parsed, _ = read_catalogue(text(catalogue))
    assert parsed.silent_brands == [id_of("brand", "any coffee place")]
    assert parsed.unlisted_stores == []


def test_unknown_keys_are_kept_and_passed_over() -> None:
    roast = brand("Harbour Roast", how_to="<p>Ask.</p>")
    parsed, _ = read_catalogue(text(page([roast], [product("Cake", roast, novelty=[1, {}])])))
    assert b"how_to" in parsed.brands[0].text
    assert b"novelty" in parsed.products[0].text
