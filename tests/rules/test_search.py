"""The query language of search: its accepted forms, and how other texts are refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.database.queries import Statement
from huggg.hugggs.conditions import OF_HUGGGS, OF_PURCHASES, Words, id_bounds
from huggg.hugggs.query import STATUSES, RangeBound, Search, WordCondition, read_search
from huggg.hugggs.search import filters_of
from huggg.hugggs.statuses import STATUSES as STATES
from huggg.hugggs.ways import ORDERS, WALK, SearchStatements
from huggg.hugggs.word_fingerprints import searched_fingerprints
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import first_id_at

ONE = UUID("00000000-0000-4000-8000-000000000001")
TWO = UUID("00000000-0000-4000-8000-000000000002")

VAULT = Vault({1: bytes(32)})
WORDS = Words(VAULT, ONE, older=False)


def read(**body: Any) -> Search:
    return read_search(msgspec.json.encode({name.rstrip("_"): value for name, value in body.items()}))


def must(*clauses: Any) -> Search:
    return read(query={"bool": {"must": list(clauses)}})


def test_nothing_asked_is_everything_newest_change_first() -> None:
    assert read_search(b"") == Search()
    assert read(query={"match_all": {}}) == Search()
    assert must() == Search()


STATUS = {"query": "redeemed sent", "operator": "or"}


def test_the_requests_of_the_known_client_are_understood() -> None:
    body = {
        "from": 0,
        "size": 300,
        "query": {
            "bool": {"must": [{"match": {"status": {"query": "redeemed sent", "operator": "or"}}}]}
        },
        "sort": [{"huggg.updated_at": {"order": "desc"}}],
    }
    assert read_search(msgspec.json.encode(body)) == Search(
        size=300, statuses=frozenset({"redeemed", "sent"}), order_by="updated_at", descending=True
    )


def test_fields_are_the_same_with_and_without_huggg_before_them() -> None:
    for name in ("status", "huggg.status"):
        assert must({"term": {name: "sent"}}).statuses == frozenset({"sent"})
        assert must({"term": {name: {"value": "sent"}}}).statuses == frozenset({"sent"})
        assert must({"match": {name: "sent"}}).statuses == frozenset({"sent"})


def test_of_two_conditions_both_hold() -> None:
    both = must({"match": {"status": "sent expired"}}, {"match": {"status": "expired redeemed"}})
    assert both.statuses == frozenset({"expired"})
    assert (
        must({"match": {"status": {"query": "sent expired", "operator": "and"}}}).statuses == frozenset()
    )
    ids = must({"match": {"purchase_id": f"{ONE} {TWO}"}}, {"term": {"huggg.product_id": str(TWO)}})
    assert ids.product_ids == frozenset({TWO})


def test_messages_are_matched_by_words() -> None:
    search = must(
        {"match": {"message": "Happy birthday, Bo!"}}, {"match": {"message": {"query": "tea"}}}
    )
    assert search.texts == [
        WordCondition((("happy",), ("birthday",), ("bo",)), every=False),
        WordCondition((("tea",),), every=False),
    ]
    every = must({"match": {"message": {"query": "O'Brien & £5", "operator": "and"}}})
    assert every.texts == [WordCondition((("o", "brien"), ("£", "5")), every=True)]


def page(search: Search, words: Words = WORDS) -> tuple[Statement, dict[str, Any]]:
    return SearchStatements(search, words, sender_id=ONE).page(WALK)


def test_a_written_word_that_splits_is_found_only_where_all_of_its_parts_are() -> None:
    search = must({"match": {"message": "O'Brien tea £5 cake"}})
    statement, values = page(search)
    one_of = "t.word_fingerprints && $4::bigint[]"
    all_of = "t.word_fingerprints @> ${}::bigint[]"
    assert f"({one_of} OR {all_of.format(5)} OR {all_of.format(6)})" in statement.sql
    assert list(values.values())[3:] == [
        condition
        for words in (["tea", "cake"], ["o", "brien"], ["£", "5"])
        for condition in found_by(words)
    ]
    search = must({"match": {"message": {"query": "tea O'Brien tea", "operator": "and"}}})
    statement, values = page(search)
    assert f"SELECT {all_of.format(4)} FROM" in statement.sql
    assert list(values.values())[3:] == found_by(["tea", "o", "brien"])


def test_words_are_looked_for_under_every_key_and_in_clear_while_older_messages_are_moved() -> None:
    both, every = Vault({1: bytes(32), 2: b"2" * 32}), {"query": "tea cake", "operator": "and"}
    search = must({"match": {"message": "tea"}}, {"match": {"message": every}})
    statement, values = page(search, Words(both, ONE, older=True))
    older = found_by(["tea"])[0]
    newer = found_by(["tea"], vault=Vault({2: b"2" * 32}))[0]
    assert list(values.values())[3:5] == [[*newer, *older], ["tea"]]
    assert "(t.word_fingerprints && $4::bigint[] OR t.words && $5::text[])" in statement.sql
    assert list(values.values())[5:] == [*found_by(["tea", "cake"], vault=both), ["tea", "cake"]]
    assert (
        "@> $6::bigint[] OR t.word_fingerprints @> $7::bigint[] OR t.words @> $8::text[]"
        in statement.sql
    )


def found_by(words: list[str], *, vault: Vault = VAULT) -> list[list[int]]:
    return searched_fingerprints(vault, words, sender_id=ONE)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "bounds"),
    [
        ({"gte": "2026-01-05"}, [(">=", utc("2026-01-05"))]),
        ({"gt": "2026-01-05"}, [(">=", utc("2026-01-06"))]),
        ({"lt": "2026-01-05"}, [("<", utc("2026-01-05"))]),
        ({"lte": "2026-01-05"}, [("<", utc("2026-01-06"))]),
        ({"gt": "2026-01-05 09:00:00"}, [(">", utc("2026-01-05 09:00:00"))]),
        ({"lte": "2026-01-05T09:00:00Z"}, [("<=", utc("2026-01-05 09:00:00"))]),
        ({"lte": "2026-01-05T09:00:00.5+01:00"}, [("<=", utc("2026-01-05 08:00:00.5"))]),
        (
            {"gte": "2026-01-01", "lt": "2027-01-01"},
            [(">=", utc("2026-01-01")), ("<", utc("2027-01-01"))],
        ),
        ({"lte": "9999-12-31"}, [("<=", utc("9999-12-31"))]),
    ],
)
def test_a_day_in_a_range_is_the_whole_day(condition: dict[str, str], bounds: list[Any]) -> None:
    for name in ("created_at", "updated_at", "sent_date"):
        search = must({"range": {f"huggg.{name}": condition}})
        assert search.bounds == [RangeBound(name, operator, value) for operator, value in bounds]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31 23:59:59-12:00"])
def test_an_instant_that_the_calendar_has_in_its_own_zone_alone_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"created_at\.gte: must be like 2026-01-05"):
        must({"range": {"created_at": {"gte": text}}})


def test_text_that_is_no_id_matches_nothing_and_spoils_no_others() -> None:
    assert must({"term": {"product_id": "coffee"}}).product_ids == frozenset()
    assert must({"match": {"brand_id": f"coffee {ONE}"}}).brand_ids == frozenset({ONE})


def test_a_last_day_is_compared_as_a_day() -> None:
    search = must({"range": {"expiry_date": {"gte": "2026-01-05", "lt": "2026-02-01"}}})
    assert search.bounds == [
        RangeBound("expiry_date", ">=", date(2026, 1, 5)),
        RangeBound("expiry_date", "<", date(2026, 2, 1)),
    ]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("created_at", ("created_at", False)),
        (["huggg.expiry_date"], ("expiry_date", False)),
        ([{"updated_at": "asc"}], ("updated_at", False)),
        ({"huggg.created_at": {"order": "desc"}}, ("created_at", True)),
        ([{"created_at": {}}], ("created_at", False)),
    ],
)
def test_a_sort_is_one_field_with_or_without_a_direction(sort: Any, order: tuple[str, bool]) -> None:
    if isinstance(sort, str):
        sort = [sort]
    search = read(sort=sort)
    assert (search.order_by, search.descending) == order


CLAUSE = "query.bool.must[0]"

REFUSED = [
    ({"size": 301}, "size: must be a whole number from 0 to 300."),
    ({"size": -1}, "size: must be a whole number from 0 to 300."),
    ({"from": "one"}, "from: must be a whole number from 0 to 10000."),
    ({"from": 9_990, "size": 11}, "from: with size it may reach 10000 at most; narrow the query."),
    ({"aggs": {}}, "aggs: is not known; use from, size, query, sort."),
    ({"query": {}}, "query: must be an object with exactly one key."),
    ({"query": {"match": {}, "term": {}}}, "query: must be an object with exactly one key."),
    ({"query": {"match": {"status": "sent"}}}, "query.match: is not supported; use bool, match_all."),
    ({"query": {"match_all": {"boost": 1}}}, "query.match_all.boost: is not supported."),
    ({"query": {"bool": []}}, "query.bool: must be an object."),
    ({"query": {"bool": {"should": []}}}, "query.bool.should: is not supported; use must."),
    ({"query": {"bool": {"must": [{}] * 21}}}, "query.bool.must: may have 20 clauses at most."),
    ({"sort": []}, "sort: must name exactly one field."),
    ({"sort": ["created_at", "updated_at"]}, "sort: must name exactly one field."),
    ({"sort": [5]}, "sort[0]: must be an object with exactly one key."),
    (
        {"sort": ["huggg.status"]},
        "sort[0].huggg.status: is not supported; use created_at, expiry_date, updated_at.",
    ),
    ({"sort": [{"created_at": "up"}]}, "sort[0].created_at.order: must be asc or desc."),
    ({"sort": [{"created_at": []}]}, "sort[0].created_at.order: must be asc or desc."),
    ({"sort": [{"created_at": {"order": {}}}]}, "sort[0].created_at.order: must be asc or desc."),
    (
        {"sort": [{"created_at": {"mode": "min"}}]},
        "sort[0].created_at.mode: is not supported; use order.",
    ),
]

REFUSED_CLAUSES = [
    (5, f"{CLAUSE}: must be an object with exactly one key."),
    ({"prefix": {}}, f"{CLAUSE}.prefix: is not supported; use match, term, range."),
    ({"match": {}}, f"{CLAUSE}.match: must be an object with exactly one key."),
    ({"match": {"status": 5}}, f"{CLAUSE}.match.status: must be text of at most 500 characters."),
    ({"match": {"status": ""}}, f"{CLAUSE}.match.status: has no words."),
    (
        {"match": {"status": "lost"}},
        f"{CLAUSE}.match.status: 'lost' is not one of cancelled, expired, redeemed, sent.",
    ),
    (
        {"match": {"status": {"query": "sent", "operator": "xor"}}},
        f'{CLAUSE}.match.status.operator: must be "or" or "and".',
    ),
    (
        {"match": {"status": {"query": "sent", "boost": 2}}},
        f"{CLAUSE}.match.status.boost: is not supported; use query, operator.",
    ),
    (
        {"match": {"shortcode": "x"}},
        f"{CLAUSE}.match.shortcode: is not supported; use status, product_id, brand_id, message.",
    ),
    (
        {"match": {"status": {"query": "sent", "operator": []}}},
        f'{CLAUSE}.match.status.operator: must be "or" or "and".',
    ),
    (
        {"x" * 900_000: {}},
        f"{CLAUSE}.{'x' * 60}: is not supported; use match, term, range.",
    ),
    ({"term": {"y" * 900_000: 5}}, f"{CLAUSE}.term.{'y' * 60}: must be text of at most 500 characters."),
    ({"match": {"message": "!?"}}, f"{CLAUSE}.match.message: has no words."),
    ({"match": {"message": "a\0b"}}, f"{CLAUSE}.match.message: must not contain NUL."),
    ({"term": {"message": "tea"}}, f"{CLAUSE}.term.message: is not supported; use match."),
    (
        {"range": {"status": {"gt": "a"}}},
        f"{CLAUSE}.range.status: is not supported; use created_at, sent_date, updated_at, expiry_date.",
    ),
    ({"range": {"created_at": {}}}, f"{CLAUSE}.range.created_at: needs gt, gte, lt or lte."),
    ({"range": {"created_at": "2026"}}, f"{CLAUSE}.range.created_at: must be an object."),
    (
        {"range": {"created_at": {"gte": "now-1d"}}},
        f"{CLAUSE}.range.created_at.gte: must be like 2026-01-05 or 2026-01-05 09:00:00.",
    ),
    (
        {"range": {"created_at": {"gte": "2026-02-30"}}},
        f"{CLAUSE}.range.created_at.gte: must be a day like 2026-01-05.",
    ),
    (
        {"range": {"expiry_date": {"gte": "2026-01-05 09:00:00"}}},
        f"{CLAUSE}.range.expiry_date.gte: must be a day like 2026-01-05.",
    ),
    (
        {"range": {"created_at": {"format": "yyyy"}}},
        f"{CLAUSE}.range.created_at.format: is not supported; use gt, gte, lt, lte.",
    ),
]


@pytest.mark.parametrize(("body", "sentence"), REFUSED)
def test_an_unknown_part_is_named(body: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_search(msgspec.json.encode(body))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(("clause", "sentence"), REFUSED_CLAUSES)
def test_a_clause_that_is_not_understood_is_named_by_its_place(clause: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        must(clause)
    assert str(refusal.value) == sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["status", "message", "created_at", "huggg.expiry_date", "brand_id"]) | st.text()


@given(
    kind=st.sampled_from(["match", "term", "range", "prefix"]),
    name=NAMES,
    condition=JSON,
    sort=JSON,
)
def test_anything_at_all_is_understood_or_refused_in_one_line(
    kind: str, name: str, condition: Any, sort: Any
) -> None:
    body: dict[str, Any] = {"query": {"bool": {"must": [{kind: {name: condition}}]}}}
    if isinstance(sort, list | dict):
        body["sort"] = sort
    sentence = ""
    try:
        read_search(msgspec.json.encode(body))
    except Invalid as refusal:
        sentence = str(refusal)
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_a_statement_has_the_conditions_that_were_asked_for_and_no_other() -> None:
    search = must({"term": {"status": "sent"}}, {"range": {"updated_at": {"gte": "2026-01-05"}}})
    statement, values = page(search)
    assert list(values.values()) == [20, 0, utc("2026-01-05"), ONE]
    assert "h.updated_at >= $3::timestamptz" in statement.sql
    assert "tsvector" not in statement.sql
    assert "transactions" not in statement.sql
    assert "asked_" not in statement.sql


def test_every_condition_and_order_of_the_language_has_its_sql() -> None:
    assert set(ORDERS) == {"created_at", "updated_at", "expiry_date"}
    assert set(STATES) == STATUSES
    assert set(OF_HUGGGS | OF_PURCHASES) == {
        *("product_ids", "brand_ids", "picked_product_ids", "picked_brand_ids"),
        *("all_words", "any_word"),
        *("all_older_words", "any_older_word"),
        *("id", "created_at", "updated_at", "sent_date", "expiry_date"),
    }


def test_a_bound_of_purchase_is_one_of_ids_a_day_wider() -> None:
    """The clock of a server that makes ids may differ from the database's."""
    search = must({"range": {"created_at": {"gte": "2026-01-05 09:00:00", "lt": "2026-01-06 09:00:00"}}})
    assert id_bounds(search.bounds) == [
        ("id", ">=", first_id_at(utc("2026-01-04 09:00:00").timestamp())),
        ("id", "<", first_id_at(utc("2026-01-07 09:00:00").timestamp())),
    ]
    sent = must({"range": {"sent_date": {"gte": "2026-01-05", "lt": "2026-01-06"}}})
    assert id_bounds(sent.bounds) == [("id", "<", first_id_at(utc("2026-01-07").timestamp()))]
    assert id_bounds(must({"range": {"updated_at": {"lt": "2026-01-06"}}}).bounds) == []


def test_a_cursor_goes_on_with_the_search_that_it_is_of_and_no_other() -> None:
    ids = [str(UUID(int=n)) for n in range(10)]
    several = [must({"match": {"product_id": " ".join(each)}}) for each in (ids, ids[::-1])]
    assert filters_of(several[0]) == filters_of(several[1])
    assert filters_of(replace(several[0], offset=20, size=5)) == filters_of(several[0])
    others = [
        must(),
        must({"match": {"message": "tea"}}),
        must({"term": {"status": "sent"}}),
        read(sort=["created_at"]),
    ]
    assert len({filters_of(each) for each in (several[0], *others)}) == 5
