"""The query string: its parameters, and how nonsense is refused by name."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from huggg.http.query import (
    Query,
    expand_lists,
    listed_key,
    requested_choice,
    requested_day,
    requested_ids,
    requested_list,
    requested_whole,
)
from huggg.http.request_context import CURRENT, RequestContext
from huggg.http.slips import PUBLISHED
from huggg.kit.errors import Invalid

ONE, TWO = "00000000-0000-4000-8000-00000000c0de", "00000000-0000-4000-8000-00000000C0DF"


def test_a_list_is_read_in_both_of_its_forms_and_no_other() -> None:
    query = [
        ("embed[]", "a"),
        ("embed[7]", "b"),
        ("embed", "c"),
        ("embed[x]", "d"),
        ("other[]", "e"),
        ("embed[]", ""),
    ]
    assert requested_list(query, "embed") == ["a", "b", ""]
    assert [listed_key(name) for name, _ in query] == ["embed", "embed", None, None, "other", "embed"]


def test_ids_are_read_in_any_case_and_as_often_as_they_come() -> None:
    query = [("id[]", ONE), ("id[3]", TWO), ("id", "17"), ("id[]", ONE)]
    assert requested_ids(query, "id") == [UUID(ONE), UUID(TWO), UUID(ONE)]
    assert requested_ids(query, "brand_id") is None


@pytest.mark.parametrize("text", ["", "17", ONE[:-1], "{" + ONE + "}", ONE.replace("-", "")])
def test_an_id_that_is_none_matches_nothing(text: str) -> None:
    assert requested_ids([("brand_id[]", text)], "brand_id") == []
    assert requested_ids([("brand_id[]", ONE), ("brand_id[]", text)], "brand_id") == [UUID(ONE)]


LISTS = ["embed[]", "id[]", "page", "platform"]


@pytest.mark.parametrize(
    "query",
    [
        [("embed[]", "a"), ("embed[]", "b")],
        [("embed[0]", "a"), ("embed[1]", "b")],
        [("embed", "a"), ("embed", "b")],
        [("embed", "a,b")],
        [("embed[]", "a, b")],
        [("embed[3]", " a ,b ")],
    ],
)
def test_a_list_is_the_same_in_every_form_that_clients_write(query: Query) -> None:
    assert expand_lists(query, LISTS) == [("embed[]", "a"), ("embed[]", "b")]


def test_commas_mean_nothing_outside_of_lists() -> None:
    query = [("platform", "a,b"), ("message", "a,b"), ("tags[]", "a,b")]
    assert expand_lists(query, LISTS) == query


def ignored_by(query: Query) -> tuple[str, ...]:
    """Read a query within a context; gives the names that its answer will call ignored."""
    context = RequestContext("1", "192.0.2.1")
    token = CURRENT.set(context)
    expand_lists(query, LISTS)
    CURRENT.reset(token)
    return context.ignored


def test_an_unknown_name_is_ignored_and_told_once() -> None:
    assert ignored_by([("page", "1"), ("embed", "a")]) == ()
    query = [("max_price", "500"), ("max_price", "600"), ("tags[]", "a"), ("utm", "x")]
    assert ignored_by(query) == ("query.max_price", "query.tags", "query.utm")
    assert len(ignored_by([(f"unknown{n}", "") for n in range(1000)])) == 20


def test_a_published_name_is_never_a_slip_even_where_it_means_nothing() -> None:
    assert ignored_by([(name, "1") for name in sorted(PUBLISHED)]) == (
        *("query.brand_id", "query.cursor", "query.granularity", "query.per_page"),
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("pgae", "page"),
        ("Page", "page"),
        ("pages", "page"),
        ("page[]", "page"),
        ("embeds[]", "embed"),
        ("ids", "id"),
        ("ID", "id"),
        ("platfrom", "platform"),
        ("plat_form", "platform"),
    ],
)
def test_a_name_that_is_one_slip_away_is_refused_with_the_one_that_was_meant(
    name: str, meant: str
) -> None:
    with pytest.raises(Invalid) as refused:
        expand_lists([(name, "1")], LISTS)
    assert str(refused.value) == f"{name}: is not known; did you mean {meant}?"


def test_a_choice_is_one_of_few_and_the_last_one_counts() -> None:
    assert requested_choice([], "platform", ["app", "imessage"]) is None
    query = [("platform", "web"), ("platform", "app")]
    assert requested_choice(query, "platform", ["app", "imessage"]) == "app"


@pytest.mark.parametrize("text", ["", "App", "app ", "web"])
def test_a_choice_of_something_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        requested_choice([("platform", text)], "platform", ["app", "imessage"])
    assert str(refused.value) == "platform: must be one of app, imessage."


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("22", 22), ("007", 7)])
def test_a_whole_number_is_read_up_to_its_bounds(text: str, number: int) -> None:
    assert requested_whole([("granularity", text)], "granularity", least=0, most=22) == number
    assert requested_whole([], "granularity", least=0, most=22) is None


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "23", "1.0", "1e1", " 1", "1\n", "x", "9" * 40, "\u0663", "NaN", "0x1"]
)
def test_a_parameter_that_is_no_whole_number_in_its_bounds_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        requested_whole([("granularity", text)], "granularity", least=0, most=22)
    assert str(refused.value) == "granularity: must be a whole number from 0 to 22."


def test_a_day_is_read_and_a_blank_one_is_none() -> None:
    assert requested_day([("from", "2026-02-28")], "from") == date(2026, 2, 28)
    assert requested_day([("from", "")], "from") is requested_day([], "from") is None


@pytest.mark.parametrize(
    "text",
    ["today", "2026-02-30", "20260228", "2026-2-8", "1899-12-31", "3000-01-01", "\u0662026-01-01"],
)
def test_a_text_that_is_no_day_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        requested_day([("from", text)], "from")
    assert str(refused.value) == "from: must be a day like 2026-11-28, from 1900 to 2999."
