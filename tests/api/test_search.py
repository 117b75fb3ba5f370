"""`POST /api/v2/search`: one's own hugggs, by status, product, brand, dates and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huggg.hugggs import word_fingerprints
from huggg.hugggs.word_fingerprints import keep_words
from huggg.hugggs.words import words_of
from tests.support.buyers import Buyer, new_buyer
from tests.support.older_messages import keep_in_clear
from tests.support.published import HUGGG_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import Person, World

SEARCH = "/api/v2/search"


async def search(world: World, caller: Person, **body: Any) -> list[str]:
    """Search; gives the ids that were found."""
    conditions = {name.rstrip("_"): value for name, value in body.items()}
    async with nothing_moves(world.platform.database):
        answer = await world.call("POST", SEARCH, caller, conditions)
    assert answer.status_code == 200, answer.text
    return [huggg["id"] for huggg in answer.json()["data"]]


async def must(world: World, caller: Person, *clauses: Any, **more: Any) -> list[str]:
    return await search(world, caller, query={"bool": {"must": list(clauses)}}, **more)


async def set_at(world: World, huggg: str, column: str, value: str) -> None:
    await sql(world.platform.database, f"UPDATE hugggs SET {column} = {value} WHERE id = $1", huggg)  # noqa: S608


@pytest.fixture
async def buyer(town: World) -> Buyer:
    return await new_buyer(town)


async def one_of_each(town: World, buyer: Buyer) -> dict[str, str]:
    """Buy four coffees and let a different thing become of each."""
    _, hugggs = await buyer.buy(town, quantity=4, message="Have one on me")
    sent, redeemed, expired, cancelled = (huggg["id"] for huggg in hugggs)
    assert (await town.redeem(redeemed)).status_code == 201
    await set_at(town, expired, "expires_at", "now() - interval '1 day'")
    await set_at(town, cancelled, "cancelled_at", "now()")
    return {"sent": sent, "redeemed": redeemed, "expired": expired, "cancelled": cancelled}


async def test_each_status_finds_its_own(town: World, buyer: Buyer) -> None:
    hugggs = await one_of_each(town, buyer)
    for status, huggg in hugggs.items():
        assert await must(town, buyer.person, {"match": {"status": {"query": status}}}) == [huggg]
        assert await must(town, buyer.person, {"term": {"huggg.status": status}}) == [huggg]
    several = {"match": {"status": {"query": "redeemed sent expired", "operator": "or"}}}
    assert set(await must(town, buyer.person, several)) == set(hugggs.values()) - {hugggs["cancelled"]}
    assert set(await search(town, buyer.person)) == set(hugggs.values())


async def test_a_redemption_changes_what_is_found_at_once_and_back(town: World, buyer: Buyer) -> None:
    _, [huggg] = await buyer.buy(town)
    redeemed, sent = ({"term": {"status": status}} for status in ("redeemed", "sent"))
    assert await must(town, buyer.person, redeemed) == []
    await town.redeem(huggg["id"])
    assert await must(town, buyer.person, redeemed) == [huggg["id"]]
    assert await must(town, buyer.person, sent) == []
    await town.unredeem(huggg["id"])
    assert await must(town, buyer.person, sent) == [huggg["id"]]


async def test_hugggs_are_found_as_lists_show_them(town: World, buyer: Buyer) -> None:
    await buyer.buy(town, message="Hello")
    response = await town.call("POST", SEARCH, buyer.person, {})
    listed = await town.call("GET", "/api/v2/hugggs/sent", buyer.person)
    assert list(response.json()) == ["data"]
    assert response.json()["data"] == listed.json()["data"]
    assert list(response.json()["data"][0]) == HUGGG_KEYS


async def test_by_product_and_by_brand(town: World, buyer: Buyer) -> None:
    _, [coffee] = await buyer.buy(town)
    _, [tea] = await buyer.buy(town, town.tea)
    person = buyer.person
    assert await must(town, person, {"term": {"product_id": str(town.coffee)}}) == [coffee["id"]]
    assert await must(town, person, {"term": {"purchase_id": str(town.tea)}}) == [tea["id"]]
    assert await must(town, person, {"term": {"brand_id": str(town.kettle)}}) == [tea["id"]]
    both = {"match": {"product_id": f"{town.coffee} {town.tea}"}}
    assert await must(town, person, both) == [tea["id"], coffee["id"]]
    assert await must(town, person, both, {"term": {"brand_id": str(town.harbour)}}) == [coffee["id"]]
    assert await must(town, person, {"term": {"product_id": str(town.dinner)}}) == []


async def test_by_the_words_of_a_message(town: World, buyer: Buyer) -> None:
    _, [birthday] = await buyer.buy(town, message="Happy birthday, Bo! It's on us.")
    _, [thanks] = await buyer.buy(town, message="Thanks for a happy year")
    _, [_silent] = await buyer.buy(town)
    person = buyer.person
    assert await must(town, person, {"match": {"message": "BIRTHDAY"}}) == [birthday["id"]]
    either = {"match": {"message": "birthday year"}}
    assert await must(town, person, either) == [thanks["id"], birthday["id"]]
    every = {"match": {"message": {"query": "happy year", "operator": "and"}}}
    assert await must(town, person, every) == [thanks["id"]]
    assert await must(town, person, {"match": {"message": "it's & | ! ( ) : *"}}) == [birthday["id"]]
    assert await must(town, person, {"match": {"message": "birth"}}) == []


OWN_WORDS = {
    "Happy birthday\U0001f389": ["Happy", "birthday\U0001f389", "BIRTHDAY", "\U0001f389"],
    "Thanks, O'Brien": ["O'Brien", "O\u2019Brien", "brien"],
    "A \u201cgreat\u201d year": ["\u201cgreat\u201d", "great", '"great"'],
    "birthday/anniversary": ["birthday/anniversary", "anniversary", "birthday"],
    "Only \u00a35 left": ["\u00a35", "5", "\u00a3"],
    "\u091c\u0928\u094d\u092e\u0926\u093f\u0928 \u092e\u0941\u092c\u093e\u0930\u0915": [
        "\u091c\u0928\u094d\u092e\u0926\u093f\u0928",
        "\u092e\u0941\u092c\u093e\u0930\u0915",
    ],
    "\u0e2a\u0e38\u0e02\u0e2a\u0e31\u0e19\u0e15\u0e4c\u0e27\u0e31\u0e19\u0e40\u0e01\u0e34\u0e14": [
        "\u0e2a\u0e38\u0e02\u0e2a\u0e31\u0e19\u0e15\u0e4c\u0e27\u0e31\u0e19\u0e40\u0e01\u0e34\u0e14",
        "\u0e27\u0e31\u0e19\u0e40\u0e01\u0e34\u0e14",
    ],
    "Meet at the cafe\u0301": ["cafe\u0301", "caf\u00e9", "CAF\u00c9"],
    "\u8a95\u751f\u65e5\u304a\u3081\u3067\u3068\u3046": [
        "\u8a95\u751f\u65e5",
        "\u304a\u3081\u3067\u3068\u3046",
    ],
    "x" * 2000: ["x" * 500],
}
"""Messages, and words of theirs, as their authors or others would write them."""


async def test_a_message_is_found_by_its_own_words(town: World, buyer: Buyer) -> None:
    bought = {message: (await buyer.buy(town, message=message))[1][0]["id"] for message in OWN_WORDS}
    for message, words in OWN_WORDS.items():
        for word in words:
            matches = await must(town, buyer.person, {"match": {"message": word}})
            assert bought[message] in matches, (message, word)
        every = {"match": {"message": {"query": message[:500], "operator": "and"}}}
        assert await must(town, buyer.person, every) == [bought[message]]


@pytest.mark.parametrize(
    "word", ["\u0e40\u0e01\u0e25\u0e35\u0e22\u0e14", "birthda", "O'Neill", "\u00a36", "caf", "cafe"]
)
async def test_a_message_is_not_found_by_what_is_no_word_of_it(
    town: World, buyer: Buyer, word: str
) -> None:
    for message in OWN_WORDS:
        await buyer.buy(town, message=message)
    assert await must(town, buyer.person, {"match": {"message": word}}) == []


OLDER = ["happy", "birthday"]
"""The words that an older release listed beside a message; releases before it listed none."""

MOVED = "SELECT count(*) FROM transactions WHERE word_key IS NOT NULL AND sender_id = $1"


@pytest.mark.parametrize("listed", [None, OLDER])
async def test_messages_of_an_older_release_are_found_too(
    town: World, buyer: Buyer, listed: list[str] | None
) -> None:
    other = await new_buyer(town)
    database = town.platform.database
    _, [mine] = await buyer.buy(town, message="Happy birthday\U0001f389")
    await buyer.buy(town, message="!?")
    await buyer.buy(town)
    await other.buy(town, message="Happy year")
    await keep_in_clear(town.platform, words=listed)
    query = {"bool": {"must": [{"match": {"message": "birthday\U0001f389"}}]}}
    response = await town.call("POST", SEARCH, buyer.person, {"query": query})
    assert [huggg["id"] for huggg in response.json()["data"]] == [mine["id"]]
    assert await scalar(database, MOVED, buyer.person.id) == 2
    assert await scalar(database, MOVED, other.person.id) == 0
    assert await keep_words(database, town.platform.vault)
    assert await scalar(database, MOVED, other.person.id) == 1


async def test_messages_that_are_not_moved_yet_are_found_by_the_words_that_an_older_release_kept(
    town: World, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, [older] = await buyer.buy(town, message="Happy birthday")
    await keep_in_clear(town.platform, words=OLDER)
    _, [newer] = await buyer.buy(town, message="Happy birthday, Bo")
    monkeypatch.setattr(word_fingerprints, "BATCHES_MAX", 0)
    every = {"match": {"message": {"query": "happy birthday", "operator": "and"}}}
    for clause in (every, {"match": {"message": "birthday"}}):
        assert await must(town, buyer.person, clause) == [newer["id"], older["id"]]
    await keep_in_clear(town.platform)
    assert await must(town, buyer.person, every) == []


async def test_no_word_of_a_message_is_kept_in_clear_beside_it(town: World, buyer: Buyer) -> None:
    message = "Happy birthday, happy Bo!"
    other = await new_buyer(town)
    for each in (buyer, other):
        await each.buy(town, message=message)
    database = town.platform.database
    theirs_too = [buyer.person.id, other.person.id]
    query = "SELECT * FROM transactions WHERE sender_id = ANY($1) ORDER BY id"
    rows = await sql(database, query, theirs_too)
    beside = [str({**row, "sealed_message": None}).casefold() for row in rows]
    assert [word for word in words_of(message) for text in beside if word in text] == []
    mine, theirs = (row["word_fingerprints"] for row in rows)
    assert mine == sorted(mine), "in an order that tells nothing about that of the words"
    assert len(mine) == len(theirs) == 3
    assert not set(mine) & set(theirs), "what two senders write is not seen to be the same"


async def test_by_dates(town: World, buyer: Buyer) -> None:
    _, [old] = await buyer.buy(town)
    _, [new] = await buyer.buy(town)
    person, now = buyer.person, datetime.now(UTC)
    hours_ago = [str(now - timedelta(hours=hours))[:19] for hours in (5, 10, 15)]
    await set_at(town, old["id"], "created_at", f"'{hours_ago[1]}Z'")
    await set_at(town, old["id"], "updated_at", "'2026-01-07 10:00Z'")
    await set_at(town, old["id"], "expiry_date", "'2026-02-01'")
    between = {"range": {"created_at": {"gte": hours_ago[1], "lt": hours_ago[0]}}}
    assert await must(town, person, between) == [old["id"]]
    assert await must(town, person, {"range": {"created_at": {"lt": hours_ago[1]}}}) == []
    assert await must(town, person, {"range": {"created_at": {"lt": "2026-01-05"}}}) == []
    assert await must(town, person, {"range": {"created_at": {"gt": hours_ago[1]}}}) == [new["id"]]
    two_days = {"gte": str(now.date() - timedelta(days=1)), "lte": str(now.date())}
    assert await must(town, person, {"range": {"created_at": two_days}}) == [new["id"], old["id"]]
    exactly = {"range": {"updated_at": {"gte": "2026-01-07 10:00:00", "lte": "2026-01-07 10:00:00"}}}
    assert await must(town, person, exactly) == [old["id"]]
    assert await must(town, person, {"range": {"expiry_date": {"lte": "2026-02-01"}}}) == [old["id"]]
    assert await must(town, person, {"range": {"sent_date": {"lt": "2020-01-01"}}}) == []
    far = {"gte": "0001-01-01", "lt": "9999-12-31"}
    for name in ("created_at", "updated_at", "expiry_date", "sent_date"):
        assert len(await must(town, person, {"range": {name: far}})) == 2


async def test_in_the_order_asked_for_and_window_by_window(town: World, buyer: Buyer) -> None:
    _, hugggs = await buyer.buy(town, quantity=5)
    ids = [huggg["id"] for huggg in hugggs]
    for place, day in enumerate((3, 1, 5, 2, 4)):
        await set_at(town, ids[place], "updated_at", f"'2026-01-0{day}'")
        await set_at(town, ids[place], "expiry_date", f"'2026-03-0{6 - day}'")
    by_update = [ids[place] for place in (2, 4, 0, 3, 1)]
    person = buyer.person
    assert await search(town, person) == by_update
    assert await search(town, person, sort=[{"huggg.updated_at": {"order": "asc"}}]) == by_update[::-1]
    assert await search(town, person, sort=[{"expiry_date": "asc"}]) == by_update
    assert await search(town, person, sort=[{"created_at": "asc"}]) == ids
    assert await search(town, person, from_=1, size=2) == by_update[1:3]
    assert await search(town, person, from_=4, size=300) == by_update[4:]
    assert await search(town, person, size=0) == []


async def test_no_buyer_finds_the_hugggs_of_another(town: World, buyer: Buyer) -> None:
    await buyer.buy(town, receivers=[{"user_id": str(town.bo.id)}])
    for stranger in (town.cleo, town.bo, town.till):
        assert await search(town, stranger) == []


async def test_an_unknown_part_is_refused_and_a_program_alone_may_not_search(town: World) -> None:
    for body, status, sentence in (
        ({"size": 301}, 422, "size: must be a whole number from 0 to 300."),
        (
            {"query": {"bool": {"should": []}}},
            422,
            "query.bool.should: is not supported; use must.",
        ),
    ):
        answer = await town.call("POST", SEARCH, town.amara, body)
        assert (answer.status_code, answer.json()) == (status, {"error": sentence})
    answer = await town.call("POST", SEARCH, town.client_token, {})
    assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden."})
