"""From a place in a file to the line an editor can jump to."""

from __future__ import annotations

import pytest

from huggg.catalogue.json_text import JsonText, read_path
from huggg.kit.json_path import JsonPath, path_text

FILE = b"""{
  "embedded": {"stores": []},
  "data": [
    {"id": "a", "note": "weight: 1",
     "weight": 1},
    {
      "id": "b",
      "nested": {"weight": 2},
      "weight": 3
    }
  ]
}
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("embedded", "stores"), 2),
        (("data",), 3),
        (("data", 0), 4),
        (("data", 0, "weight"), 5),
        (("data", 1), 6),
        (("data", 1, "nested", "weight"), 8),
        (("data", 1, "weight"), 9),
    ],
)
def test_a_place_is_found_on_its_line(place: JsonPath, line: int) -> None:
    assert JsonText(FILE).line(place) == line


def test_a_missing_key_is_reported_where_its_parent_begins() -> None:
    source = JsonText(FILE)
    assert source.line(("data", 1, "expiry")) == 6
    assert source.line(("data", 7)) == 3
    assert source.line(("data", 0, "id", "deeper")) == 4


def test_items_that_repeat_or_contain_each_other_are_told_apart() -> None:
    source = JsonText(b'[\n1,\n11,\n1,\n"1,",\n[1,\n1]]')
    assert [source.line((number,)) for number in range(5)] == [2, 3, 4, 5, 6]
    assert source.line((4, 1)) == 7


def test_in_a_file_without_line_breaks_columns_tell() -> None:
    source = JsonText(b'{"a":[1,2]}')
    assert source.line(("a", 1)) == 1
    assert (source.line_at(8), source.column_at(8)) == (1, 9)
    assert (JsonText(b"ab\ncd").line_at(4), JsonText(b"ab\ncd").column_at(4)) == (2, 2)


def test_windows_line_ends_count_once() -> None:
    assert JsonText(b'{\r\n"a":\r\n1}').line(("a",)) == 3


def test_a_place_is_written_the_way_it_is_read_back() -> None:
    place = (0, "embedded", "stores", 7, "latitude")
    assert path_text(place) == "[0].embedded.stores[7].latitude"
    assert read_path("[0].embedded.stores[7].latitude") == place
    assert path_text(()) == ""
    assert read_path("") == ()
