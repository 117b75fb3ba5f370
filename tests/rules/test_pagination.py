"""The published paginator, to the letter of its links."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.http.pagination import (
    FROM_TOP_ROWS,
    PageRequest,
    paginate,
    requested_page,
    url_after,
    window_of,
)
from huggg.http.query import Query, requested_list
from huggg.kit.errors import Invalid

HERE = "https://api.example/api/v2/brands"


def page(number: int, size: int, total: int, query: Query = ()) -> dict[str, Any]:
    left = min(size, max(0, total - (number - 1) * size))
    data = list(range((number - 1) * size, (number - 1) * size + left))
    envelope, _ = paginate(data, page=PageRequest(number, size), total=total, address=HERE, query=query)
    return envelope


def test_the_envelope_has_its_keys_in_the_published_order() -> None:
    keys = "current_page data from last_page next_page_url path per_page prev_page_url to total"
    assert list(page(1, 20, 2)) == keys.split()


def links(page: PageRequest, rows: int, total: int, query: Query = ()) -> str:
    _, header = paginate(
        [0] * rows, page=page, total=total, address=HERE, query=query, cursor=lambda: "AAFk"
    )
    return header


def test_links_lead_back_by_number_and_on_by_cursor() -> None:
    first, query = f'<{HERE}?per_page=20>; rel="first"', [("per_page", "20"), ("page", "2")]
    back = f'<{HERE}?page=1&per_page=20>; rel="prev"'
    on = f'<{HERE}?cursor=AAFk&per_page=20>; rel="next"'
    assert links(PageRequest(2, 20), 20, 50, query) == f"{first}, {back}, {on}"
    assert links(PageRequest(2, 20), 20, 40, query) == f"{first}, {back}", "the last page"
    beyond = f'<{HERE}>; rel="first", <{HERE}?page=8>; rel="prev"'
    assert links(PageRequest(9, 20), 0, 50) == beyond, "beyond the last page"


def test_a_page_of_a_walk_has_all_keys_and_no_number() -> None:
    query = [("cursor", "AAFj"), ("per_page", "2")]
    envelope, header = paginate(
        [5, 6], page=PageRequest(1, 2, (4,)), total=9, address=HERE, query=query, cursor=lambda: "AAFk"
    )
    on = f"{HERE}?cursor=AAFk&per_page=2"
    assert list(envelope) == list(page(1, 20, 2))
    assert envelope == {
        "current_page": None,
        "data": [5, 6],
        "from": None,
        "last_page": None,
        "next_page_url": on,
        "path": f"{HERE}?per_page=2",
        "per_page": 2,
        "prev_page_url": None,
        "to": None,
        "total": 9,
    }
    assert header == f'<{HERE}?per_page=2>; rel="first", <{on}>; rel="next"'
    assert 'rel="next"' not in links(PageRequest(1, 2, (4,)), 1, 9)


def test_a_list_that_fits_one_page_leads_nowhere() -> None:
    assert page(1, 20, 2) == {
        "current_page": 1,
        "data": [0, 1],
        "from": 1,
        "last_page": 1,
        "next_page_url": None,
        "path": HERE,
        "per_page": 20,
        "prev_page_url": None,
        "to": 2,
        "total": 2,
    }


def test_an_empty_list_is_from_nothing_to_nothing() -> None:
    empty = page(1, 20, 0)
    assert (empty["from"], empty["to"], empty["total"], empty["last_page"]) == (None, None, 0, 1)
    assert (empty["next_page_url"], empty["prev_page_url"], empty["data"]) == (None, None, [])


@pytest.mark.parametrize(
    ("number", "first", "last", "before", "after"),
    [(1, 1, 20, None, 2), (2, 21, 40, 1, 3), (5, 81, 100, 4, 6), (6, 101, 105, 5, None)],
)
def test_pages_link_to_their_neighbours(
    number: int, first: int, last: int, before: int | None, after: int | None
) -> None:
    shown = page(number, 20, 105)
    assert (shown["from"], shown["to"], shown["last_page"]) == (first, last, 6)
    assert shown["prev_page_url"] == (before and f"{HERE}?page={before}")
    assert shown["next_page_url"] == (after and f"{HERE}?page={after}")


def test_a_page_beyond_the_last_is_empty() -> None:
    beyond = page(9, 20, 105)
    assert (beyond["data"], beyond["from"], beyond["to"], beyond["total"]) == ([], None, None, 105)
    assert (beyond["next_page_url"], beyond["prev_page_url"]) == (None, f"{HERE}?page=8")


def test_links_repeat_the_whole_query_alphabetically_with_places_and_percent_signs() -> None:
    query = [("platform", "app"), ("page", "2"), ("embed[]", "products"), ("embed[]", "stores")]
    embeds = "embed%5B0%5D=products&embed%5B1%5D=stores"
    shown = page(2, 20, 105, query)
    assert shown["next_page_url"] == f"{HERE}?{embeds}&page=3&platform=app"
    assert shown["prev_page_url"] == f"{HERE}?{embeds}&page=1&platform=app"
    assert shown["path"] == f"{HERE}?{embeds}&platform=app"


def test_an_indexed_list_is_numbered_anew_and_keeps_its_order_beyond_ten() -> None:
    query = [(f"embed[{n + 3}]", f"r{n}") for n in range(12)]
    expected = "&".join(f"embed%5B{n}%5D=r{n}" for n in range(12))
    assert page(1, 20, 1, query)["path"] == f"{HERE}?{expected}"


def test_text_beyond_plain_ascii_is_percent_encoded() -> None:
    query = [("q", "a b&c=d/é+%"), ("per_page", "1")]
    assert page(1, 1, 1, query)["path"] == f"{HERE}?per_page=1&q=a%20b%26c%3Dd%2F%C3%A9%2B%25"


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ([], PageRequest(1, 20)),
        ([("page", "3")], PageRequest(3, 20)),
        ([("per_page", "1")], PageRequest(1, 1)),
        ([("per_page", "100"), ("page", "007")], PageRequest(7, 100)),
        ([("page", "2"), ("page", "5")], PageRequest(5, 20)),
        ([("page", "1000000000")], PageRequest(1_000_000_000, 20)),
    ],
)
def test_the_requested_page_is_read(query: Query, page: PageRequest) -> None:
    assert requested_page(query) == page
    assert requested_page(query).offset == (page.number - 1) * page.size


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+1", "1.0", "1e3", " 1", "1\n", "x", "1000000001", "9" * 40, "\u0663"]
)
def test_a_page_that_is_no_number_in_range_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        requested_page([("page", text)])
    assert str(refused.value) == "page: must be a whole number from 1 to 1000000000."


@pytest.mark.parametrize("text", ["", "0", "101", "-5", "all", "9" * 40])
def test_a_page_size_out_of_range_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        requested_page([("per_page", text)])
    assert str(refused.value) == "per_page: must be a whole number from 1 to 100."


texts = st.text("ab1 &=/%+?#[];é\U0001f632", max_size=8)


@given(
    st.lists(
        st.tuples(st.sampled_from(["embed[]", "embed[4]", "id[]", "platform", "q"]), texts), max_size=6
    ),
    st.integers(1, 30),
    st.integers(1, 100),
    st.integers(0, 500),
)
def test_following_the_links_from_the_first_page_sees_everything_once(
    query: list[tuple[str, str]], number: int, size: int, total: int
) -> None:
    shown = page(number, size, total, query)
    is_there = {"next_page_url": number < -(-total // size), "prev_page_url": number > 1}
    for link, step in (("next_page_url", 1), ("prev_page_url", -1)):
        url = shown[link]
        assert (url is not None) == is_there[link]
        if url is not None:
            followed = parse_qsl(urlsplit(url).query, keep_blank_values=True)
            assert requested_page(followed).number == number + step
            for key in ("embed", "id"):
                assert requested_list(followed, key) == requested_list(query, key)
    kept = parse_qsl(urlsplit(shown["path"]).query, keep_blank_values=True)
    assert "page" not in dict(kept)
    assert sorted(value for _, value in kept) == sorted(value for _, value in query)


@given(number=st.integers(1, 400), size=st.integers(1, 100), total=st.integers(0, 12_000))
def test_a_window_has_the_rows_of_its_page_from_either_end(number: int, size: int, total: int) -> None:
    rows = range(total)
    page = PageRequest(number, size)
    window = window_of(page, total)
    first = window["offset"]
    if window["from_end"]:
        window_rows = rows[::-1][first : first + window["size"]][::-1]
    else:
        window_rows = rows[first : first + window["size"]]
    assert list(window_rows) == list(rows[page.offset : page.offset + size])
    assert first <= max(total // 2, FROM_TOP_ROWS), "no statement passes over more than half of a list"


def test_a_window_is_counted_from_the_end_where_that_is_nearer_and_the_list_is_long() -> None:
    at_turn = PageRequest(number=FROM_TOP_ROWS // 100 + 1, size=100)
    assert window_of(at_turn, FROM_TOP_ROWS + 101) == {"offset": 1_000, "size": 100, "from_end": False}
    past = PageRequest(number=at_turn.number + 1, size=100)
    assert window_of(past, 2_300) == {"offset": 1_100, "size": 100, "from_end": False}, "half way"
    assert window_of(past, 2_299) == {"offset": 1_099, "size": 100, "from_end": True}
    assert window_of(past, 1_150) == {"offset": 0, "size": 50, "from_end": True}, "the last, not full"
    assert window_of(past, 1_000) == {"offset": 0, "size": 0, "from_end": True}, "beyond the last"


def test_a_page_after_a_row_is_never_counted_from_the_end() -> None:
    page = PageRequest(number=200, size=20, after=(4,))
    assert window_of(page, 4_000) == {"offset": 3_980, "size": 20, "from_end": False}


def test_a_list_goes_on_at_its_own_address_by_cursor() -> None:
    query = [("per_page", "2"), ("cursor", "AAFj"), ("page", "3"), ("brand", "b")]
    assert url_after(HERE, query, "AAFk") == f"{HERE}?brand=b&cursor=AAFk&per_page=2"
