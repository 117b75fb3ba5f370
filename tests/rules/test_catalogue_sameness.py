"""Documents that say the same however they are written, and names that stand twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.catalogue.sameness import say_the_same
from huggg.kit.doubles import doubled_names

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(st.text(), values, max_size=5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{ "a" : 1 }'),
        ('{"a":"é/"}', '{"a":"\\u00e9\\/"}'),
        ('{"\\u0061":1}', '{"a":1}'),
        ('{"a":"\U0001f381"}', '{"a":"\\ud83c\\udf81"}'),
        ('{"a":1,"b":2}', '{"b":2,"a":1}'),
        ('{"a":{"x":1,"y":[2]}}', '{"a":{"y":[2],"x":1}}'),
        ('{"a":1.50}', '{"a":1.5}'),
        ('{"a":150}', '{"a":1.5e2}'),
        ('{"a":-0}', '{"a":0}'),
        ('{"a":1e999999}', '{"a":10e999998}'),
        ('{"a":12345678901234567890123}', '{"a":12345678901234567890123.0}'),
    ],
)
def test_spelling_is_no_difference(one: str, other: str) -> None:
    assert say_the_same(one, other)
    assert say_the_same(one.encode(), other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":true}'),
        ('{"a":0}', '{"a":false}'),
        ('{"a":1}', '{"a":"1"}'),
        ('{"a":""}', '{"a":null}'),
        ('{"a":null}', "{}"),
        ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":"\\u00e9"}', '{"a":"e\\u0301"}'),
        ('{"a":12345678901234567890123}', '{"a":12345678901234567890124}'),
        ('{"a":0.1}', '{"a":0.1000000000000000055}'),
        ('{"a":"x"}', '{"a":"X"}'),
        ('{"a":[1]}', '{"a":1}'),
    ],
)
def test_documents_that_say_something_else_differ(one: str, other: str) -> None:
    assert not say_the_same(one, other)


@given(documents)
def test_a_document_written_in_another_way_says_the_same(document: dict[str, Any]) -> None:
    turned = dict(reversed(document.items()))
    assert say_the_same(json.dumps(document), json.dumps(turned, ensure_ascii=False, indent=1))


def test_some_keys_may_be_passed_over() -> None:
    assert say_the_same('{"a":1,"pivot":2}', '{"a":1}', but=("pivot",))
    assert not say_the_same('{"a":1,"pivot":2}', '{"a":2}', but=("pivot",))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (b'{"a":1,"b":{"a":[{"a":2}]}}', []),
        (b'{"a":1,"a":1}', [("a",)]),
        (b'{"a":1,"\\u0061":2}', [("a",)]),
        (b'{"a":1,"a":2,"a":3,"b":1,"b":2}', [("a",), ("b",)]),
        (b'{"data":[{"x":1},{"id":1,"id":2}]}', [("data", 1, "id")]),
        (b'[[],[{"x":[[{"y":1,"y":2}]]}]]', [(1, 0, "x", 0, 0, "y")]),
        (b'{"a":{"b":1,"b":2},"a":3}', [("a",), ("a", "b")]),
        (b"7", []),
    ],
)
def test_a_name_that_stands_twice_is_found_where_it_stands(text: bytes, places: list[Any]) -> None:
    assert list(doubled_names(text)) == places
