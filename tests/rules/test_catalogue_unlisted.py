"""The places of a consolidated brand when its own list is blank."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huggg.catalogue.shapes import ImportedBrand
from huggg.catalogue.unlisted import unlisted_stores


def lists(name: str, *stores: str) -> ImportedBrand:
    return ImportedBrand(name, name, 0, None, None, None, 0, [], [], list(stores))


def blank(name: str) -> ImportedBrand:
    return ImportedBrand(name, name, 0, None, None, None, 1, [], [], [])


def test_its_stores_are_the_stretch_that_nobody_else_accounts_for() -> None:
    brands = [lists("first", "a", "b"), blank("any"), lists("later", "c", "d", "e")]
    embedded = ["a", "b", "x", "d", "y", "c", "e"]
    assert unlisted_stores(brands, embedded) == {"any": ["x", "d", "y"]}


def test_stores_out_of_order_belong_to_it_even_if_all_are_listed_further_down() -> None:
    brands = [blank("any"), lists("later", "c", "d", "e")]
    assert unlisted_stores(brands, ["d", "c", "e"]) == {"any": ["d"]}


def test_a_page_that_needs_none_gives_it_none() -> None:
    brands = [lists("first", "a"), blank("any"), lists("later", "a", "b")]
    assert unlisted_stores(brands, ["a", "b"]) == {"any": []}
    assert unlisted_stores([lists("plain", "a")], ["a", "b"]) == {}


def test_two_blank_brands_each_have_their_stretch() -> None:
    brands = [
        lists("first", "a"),
        blank("any coffee"),
        lists("between", "b", "c"),
        blank("any cake"),
        lists("last", "d"),
    ]
    embedded = ["a", "x", "c", "y", "b", "z", "d"]
    assert unlisted_stores(brands, embedded) == {"any coffee": ["x", "c", "y"], "any cake": ["z"]}


def first_references(brands: list[ImportedBrand], stores: dict[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(s for b in brands for s in stores.get(b.name, b.stores)))


@given(st.data())
def test_reading_back_always_gives_the_published_order_again(data: st.DataObject) -> None:
    names = [f"s{number}" for number in range(12)]
    some = st.lists(st.sampled_from(names), unique=True)
    truth: dict[str, list[str]] = {}
    brands = []
    for number in range(data.draw(st.integers(1, 6))):
        stores = data.draw(some)
        if data.draw(st.booleans()):
            brands.append(blank(f"b{number}"))
            truth[f"b{number}"] = stores
        else:
            brands.append(lists(f"b{number}", *stores))
    embedded = first_references(brands, truth)
    assert first_references(brands, unlisted_stores(brands, embedded)) == embedded
