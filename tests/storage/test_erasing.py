"""Erasing a person leaves money, counts and events, and no way to read or find the person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.kit.errors import Invalid
from huggg.people.store import people_of
from huggg.privacy.erase import erase_person
from huggg.privacy.person import export_person, find_person, queries, show_person
from tests.support.guards import Guard
from tests.support.people import number_fingerprint
from tests.support.rows import AT, LATER, put, ran
from tests.support.silence import moved, nothing_moves, snapshot
from tests.support.sql import scalar, sql
from tests.support.world import World

PHONE, SPELLED = "+447700900123", "07700 900 123"

Story = Callable[[World], Awaitable[None]]


async def receiver_of(world: World, *, message: str = "Dear Rosalind") -> UUID:
    (huggg,) = await world.buy(receivers=[{"phone_number": PHONE}], message=message)
    return UUID(huggg["receiver_id"])


async def a_receiver_is_erased(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    receiver = await receiver_of(world)
    others = await world.buy(
        receivers=[{"phone_number": PHONE}, {"user_id": str(world.cleo.id)}], message="To both"
    )
    assert await find_person(database, vault, SPELLED) == receiver
    before = await snapshot(database)
    erased = await erase_person(database, receiver)
    assert (erased["logins"], erased["messages"]) == (0, 1)
    assert set(moved(before, await snapshot(database))) == {
        *("users", "person_keys", "transactions", "events")
    }
    assert (await people_of(database, vault, [receiver]))[receiver].phone_number is None
    with pytest.raises(Invalid, match="There is no person"):
        await find_person(database, vault, PHONE)
    kept = await sql(database, "SELECT message FROM transactions ORDER BY created_at")
    assert [row["message"] for row in kept] == ["", "To both"]
    assert await receiver_of(world) != receiver
    assert others[0]["receiver_id"] == str(receiver)
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def a_buyer_is_erased_with_all_ways_in(world: World) -> None:
    database = world.platform.database
    await world.buy(message="From Amara")
    await sql(
        database,
        "INSERT INTO cards VALUES ('pm_1', $1, 'fake', NULL, 'visa', '4242', 1, 2030, now())"
        " RETURNING 1",
        world.amara.id,
    )
    money = "SELECT sum(available) FROM accounts"
    before = await scalar(database, money)
    row = await erase_person(database, world.amara.id)
    assert row["messages"] == 1
    assert row["logins"] >= 1
    assert await scalar(database, money) == before
    assert (await world.call("GET", "/api/v2/auth/me", world.amara)).status_code == 401
    assert await scalar(database, "SELECT count(*) FROM cards WHERE user_id = $1", world.amara.id) == 0
    keys = "SELECT count(*) FROM person_keys WHERE person_id = $1"
    assert await scalar(database, keys, world.amara.id) == 0
    assert [finding.rule for finding in await examine(database) if finding.rows] == []
    async with nothing_moves(database):
        with pytest.raises(Invalid, match="is erased already"):
            await erase_person(database, world.amara.id)


async def a_person_with_an_open_payment_is_not_erased(world: World) -> None:
    database = world.platform.database
    await sql(
        database,
        "INSERT INTO payments (id, transaction_id, user_id, client_id, processor, card, retail, fee,"
        " plan, created_at, next_at) VALUES (gen_random_uuid(), gen_random_uuid(), $1, 'shop', 'fake',"
        " 'pm_1', 350, 0, '{}', now(), now()) RETURNING 1",
        world.amara.id,
    )
    async with nothing_moves(database):
        with pytest.raises(Invalid, match="is not settled"):
            await erase_person(database, world.amara.id)


async def other_people_stay(world: World) -> None:
    """No other person loses a message, a log-in or a key."""
    database, vault = world.platform.database, world.platform.vault
    receiver = await receiver_of(world)
    (shared,) = await world.buy(message="A link to share")
    await erase_person(database, receiver)
    kept = "SELECT message FROM transactions WHERE id = $1"
    assert await scalar(database, kept, UUID(shared["transaction_id"])) == "A link to share"
    assert (await world.call("GET", "/api/v2/auth/me", world.amara)).status_code == 200
    assert (await people_of(database, vault, [world.amara.id]))[world.amara.id].name == "amara"


STORIES: list[Story] = [
    a_receiver_is_erased,
    a_buyer_is_erased_with_all_ways_in,
    a_person_with_an_open_payment_is_not_erased,
    other_people_stay,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_erasing(story: Story, world: World) -> None:
    await story(world)


GUARDS = [
    (Guard(queries, "erase", "AND u.erased_at IS NULL"), STORIES[1]),
    (Guard(queries, "erase", "p.user_id = :id AND p.settled_at IS NULL", "false"), STORIES[2]),
    (Guard(queries, "erase", "o.receiver_id IS DISTINCT FROM e.id", "false"), STORIES[0]),
    (
        Guard(queries, "erase", "t.sender_id = e.id OR t.id IN (SELECT id FROM addressed)", "true"),
        STORIES[3],
    ),
]


@pytest.mark.parametrize(("guard", "story"), [pytest.param(*case, id=str(case[0])) for case in GUARDS])
async def test_without_the_guard_it_would_not(
    guard: Guard, story: Story, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.take_away(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await story(world)


async def test_only_what_is_the_persons_own_goes(tables: asyncpg.Connection) -> None:
    for person in (1, 11):
        await put(tables, "users", id=person)
        await put(tables, "person_keys", person_id=person)
        await put(tables, "cards", id=f"pm_{person}", user_id=person)
        await put(tables, "sessions", id=person, user_id=person)
        await put(tables, "api_keys", id=person, user_id=person, fingerprint=f"\\x{person:02}")
        await put(tables, "thanks", huggg_id=person)
    await put(tables, "sessions", id=2, user_id=1, revoked_at=AT)
    await put(tables, "payments", user_id=11)
    settled = {"state": "charged", "charge": "ch_1", "settled_at": LATER, "plan": None}
    await put(tables, "payments", id=9, transaction_id=9, user_id=1, **settled)
    for number, receivers in {21: (1, 1), 22: (1, 11), 23: (11,), 24: (1, None)}.items():
        await put(tables, "transactions", id=number, sender_id=3, message="Hi", word_key=1)
        for place, receiver in enumerate(receivers):
            huggg = receiver if number in (21, 23) and place == 0 else 100 * number + place
            ids = {"id": huggg, "transaction_id": number, "position": place, "receiver_id": receiver}
            await put(tables, "hugggs", **ids)
    await put(tables, "transactions", id=25, sender_id=1, message="Hi", word_key=1)
    await put(tables, "transactions", id=26, sender_id=1, message=None, word_key=1)
    [row] = await ran(tables, queries.erase, id=UUID(int=1))
    assert (row["logins"], row["messages"]) == (1, 2)
    left = {
        table: {row[0].int for row in await tables.fetch(f"SELECT {column} FROM {table}")}  # noqa: S608
        for table, column in (("person_keys", "person_id"), ("cards", "user_id"), ("thanks", "huggg_id"))
    }
    assert left == {"person_keys": {11}, "cards": {11}, "thanks": {11}}
    erased = await tables.fetch("SELECT id FROM users WHERE erased_at IS NOT NULL")
    assert [row["id"].int for row in erased] == [1]
    messages = dict(await tables.fetch("SELECT id, message FROM transactions"))
    told = {number.int: message for number, message in messages.items()}
    assert told == {21: "", 22: "Hi", 23: "Hi", 24: "Hi", 25: "", 26: None}
    assert await tables.fetchval("SELECT count(*) FROM transactions WHERE word_key IS NULL") == 2
    live = await tables.fetch("SELECT id FROM sessions WHERE revoked_at IS NULL")
    assert [row["id"].int for row in live] == [11]
    before = await tables.fetchval(
        "SELECT revoked_at = $1::text::timestamptz FROM sessions WHERE id = $2", AT, UUID(int=2)
    )
    assert before
    keys = await tables.fetch("SELECT id FROM api_keys WHERE revoked_at IS NULL")
    assert [row["id"].int for row in keys] == [11]


async def test_a_key_that_was_revoked_before_keeps_its_moment(tables: asyncpg.Connection) -> None:
    await put(tables, "users", id=1)
    await put(tables, "api_keys", user_id=1, revoked_at=AT)
    await ran(tables, queries.erase, id=UUID(int=1))
    assert await tables.fetchval("SELECT revoked_at = $1::text::timestamptz FROM api_keys", AT)


async def test_an_export_is_all_that_is_kept_on_a_person(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    receiver = await receiver_of(world)
    assert (
        await scalar(
            database, "SELECT id FROM users WHERE phone_fingerprint = $1", number_fingerprint(PHONE)
        )
        == receiver
    )
    told = await export_person(database, vault, receiver)
    assert told["person"]["phone_number"] == PHONE
    assert told["person"] == await show_person(database, vault, receiver)
    assert [huggg["message"] for huggg in told["received"]] == ["Dear Rosalind"]
    buyer = await export_person(database, vault, world.amara.id)
    assert (buyer["person"]["name"], buyer["person"]["purchases"]) == ("amara", 1)
    assert [purchase["message"] for purchase in buyer["purchases"]] == ["Dear Rosalind"]
    assert "transaction.successful" in {event["kind"] for event in buyer["events"]}
