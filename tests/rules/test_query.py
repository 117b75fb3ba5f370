"""The query string: what is asked in it, and how nonsense is refused by name."""

from __future__ import annotations

from uuid import UUID

import pytest

from huggg.kit.errors import Invalid
from huggg.kit.query import asked_choice, asked_ids, asked_list, asked_whole, listed_key

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
    assert asked_list(query, "embed") == ["a", "b", ""]
    assert [listed_key(name) for name, _ in query] == ["embed", "embed", None, None, "other", "embed"]


def test_ids_are_read_in_any_case_and_as_often_as_they_come() -> None:
    query = [("id[]", ONE), ("id[3]", TWO), ("id", "17"), ("id[]", ONE)]
    assert asked_ids(query, "id") == [UUID(ONE), UUID(TWO), UUID(ONE)]
    assert asked_ids(query, "brand_id") is None


@pytest.mark.parametrize("text", ["", "17", ONE[:-1], "{" + ONE + "}", ONE.replace("-", "")])
def test_an_id_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked_ids([("brand_id[]", ONE), ("brand_id[]", text)], "brand_id")
    assert str(refused.value) == "brand_id[]: must be a GUID."


def test_a_choice_is_one_of_few_and_the_last_one_counts() -> None:
    assert asked_choice([], "platform", ["app", "imessage"]) is None
    query = [("platform", "web"), ("platform", "app")]
    assert asked_choice(query, "platform", ["app", "imessage"]) == "app"


@pytest.mark.parametrize("text", ["", "App", "app ", "web"])
def test_a_choice_of_something_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked_choice([("platform", text)], "platform", ["app", "imessage"])
    assert str(refused.value) == "platform: must be one of app, imessage."


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("22", 22), ("007", 7)])
def test_a_whole_number_is_read_up_to_its_bounds(text: str, number: int) -> None:
    assert asked_whole([("granularity", text)], "granularity", least=0, most=22) == number
    assert asked_whole([], "granularity", least=0, most=22) is None


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "23", "1.0", "1e1", " 1", "1\n", "x", "9" * 40, "\u0663", "NaN", "0x1"]
)
def test_what_is_no_whole_number_in_its_bounds_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked_whole([("granularity", text)], "granularity", least=0, most=22)
    assert str(refused.value) == "granularity: must be a whole number from 0 to 22."
