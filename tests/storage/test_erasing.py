"""Erasing a person leaves money, counts and events, and no way to read or find the person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.hugggs.message_text import purchase_message
from huggg.hugggs.store import load_hugggs, messages_of
from huggg.hugggs.thank import thank
from huggg.kit.errors import Invalid
from huggg.kit.idempotency import answer_sealed_for
from huggg.notifications.confirm import Confirmation, queue_confirmation
from huggg.notifications.delivery import Channel
from huggg.notifications.wishes import keep_contact
from huggg.people.store import people_of
from huggg.privacy.erase import erase_person
from huggg.privacy.export import UNSHOWN, export_person
from huggg.privacy.person import find_person, queries, show_person
from tests.support.guards import Guard
from tests.support.life import lookup_of
from tests.support.people_at_large import plant
from tests.support.rows import AT, LATER, put, ran
from tests.support.silence import moved, nothing_moves, snapshot
from tests.support.sql import scalar, sql
from tests.support.world import World

ANSWERS_KEPT = 5  # of two orders, one refused and two payments
PHONE, SPELLED = "+447700900123", "07700 900 123"

Story = Callable[[World], Awaitable[None]]


async def receiver_of(world: World, *, message: str = "Dear Rosalind") -> UUID:
    (huggg,) = await world.buy(receivers=[{"phone_number": PHONE}], message=message)
    return UUID(huggg["receiver_id"])


async def messages(world: World) -> list[str | None]:
    """The messages of all purchases, the earliest first."""
    rows = await sql(world.platform.database, "SELECT * FROM purchase_messages ORDER BY transaction_id")
    return [purchase_message(world.platform.vault, row) for row in rows]


async def huggg_text(world: World, huggg: dict[str, Any]) -> str:
    platform = world.platform
    [message] = await messages_of(platform.database, platform.vault, [UUID(huggg["id"])])
    return message.message


async def a_receiver_is_erased(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    receiver = await receiver_of(world)
    others = await world.buy(
        receivers=[{"phone_number": PHONE}, {"user_id": str(world.cleo.id)}], message="To both"
    )
    assert await find_person(database, vault, SPELLED) == receiver
    before = await snapshot(database)
    erased = await erase_person(database, world.platform.vault, receiver)
    assert (erased["logins"], erased["messages"]) == (0, 1)
    assert set(moved(before, await snapshot(database))) == {
        *("users", "person_keys", "transactions", "events")
    }
    assert (await people_of(database, vault, [receiver]))[receiver].phone_number is None
    with pytest.raises(Invalid, match="There is no person"):
        await find_person(database, vault, PHONE)
    assert await messages(world) == ["", "To both"]
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
    row = await erase_person(database, world.platform.vault, world.amara.id)
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
            await erase_person(database, world.platform.vault, world.amara.id)


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
            await erase_person(database, world.platform.vault, world.amara.id)


async def other_people_stay(world: World) -> None:
    """No other person loses a message, a log-in or a key."""
    database, vault = world.platform.database, world.platform.vault
    receiver = await receiver_of(world)
    (shared,) = await world.buy(message="A link to share")
    await erase_person(database, world.platform.vault, receiver)
    assert await messages(world) == ["", "A link to share"]
    assert await huggg_text(world, shared) == "A link to share"
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
        Guard(
            queries,
            "erase",
            "t.sender_id = e.id OR t.id IN (SELECT id FROM purchases_for_person)",
            "true",
        ),
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


async def test_the_phones_that_have_passes_of_a_receiver_go(tables: asyncpg.Connection) -> None:
    await put(tables, "users", id=1)
    for huggg, people in {1: (3, 1), 2: (1, 3)}.items():
        ids = {"id": huggg, "transaction_id": huggg, "sender_id": people[0], "receiver_id": people[1]}
        await put(tables, "hugggs", **ids)
        await put(tables, "passes", id=10 + huggg, huggg_id=huggg)
        await put(tables, "pass_devices", pass_id=10 + huggg)
    await put(tables, "pass_devices", pass_id=1)
    await ran(tables, queries.erase, id=UUID(int=1), fingerprints=[])
    phones = await tables.fetch("SELECT pass_id FROM pass_devices ORDER BY 1")
    assert [row["pass_id"].int for row in phones] == [1, 12]


async def test_the_phones_that_had_passes_before_a_move_go_with_the_huggg_s_former_people(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "users", id=1)
    for huggg, sender in {1: 1, 2: 3, 3: 3}.items():
        ids = {"id": huggg, "transaction_id": huggg, "sender_id": sender, "receiver_id": 4}
        await put(tables, "hugggs", **ids)
        await put(tables, "moved_links", fingerprint=f"\\x{huggg:02}", huggg_id=huggg)
        await put(tables, "deliveries", subject_id=huggg, id=huggg, person_id=1 if huggg == 2 else 4)
        for sequence in (0, 1):
            number = 10 * huggg + sequence
            await put(tables, "passes", id=number, huggg_id=huggg, sequence=sequence)
            await put(tables, "pass_devices", pass_id=number)
    await ran(tables, queries.erase, id=UUID(int=1), fingerprints=[])
    phones = await tables.fetch("SELECT pass_id FROM pass_devices ORDER BY 1")
    assert [row["pass_id"].int for row in phones] == [11, 21, 30, 31]


GONE_BEFORE: dict[str, dict[str, Any]] = {
    "hugggs": {"id": 2704, "transaction_id": 27, "position": 2704, "sender_id": 1},
    "own_messages": {"huggg_id": 2704, "message": None, "sealed_message": "\\x"},
}
"""A huggg whose own message was erased with its receiver."""


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
    await put(tables, "transactions", id=27, sender_id=1, sealed_message="\\x", word_key=1)
    for huggg, sender in {2701: 1, 2702: 3, 2703: 3}.items():
        ids = {"id": huggg, "transaction_id": 27, "position": huggg, "sender_id": sender}
        await put(tables, "hugggs", **ids, receiver_id=1 if huggg == 2702 else 11)
        await put(tables, "own_messages", huggg_id=huggg)
        await put(tables, "claimer_browsers", huggg_id=huggg, fingerprint=f"\\x{huggg}")
        known: dict[int, dict[str, Any]]
        known = {2701: {"person_id": 1}, 2702: {"address_fingerprint": "\\x01"}}
        to = known.get(huggg, {})
        await put(tables, "deliveries", subject_id=huggg, id=huggg, sealed="\\x01", **to)
    for table, row in GONE_BEFORE.items():
        await put(tables, table, **row)
    [row] = await ran(tables, queries.erase, id=UUID(int=1), fingerprints=[b"\1"])
    assert (row["logins"], row["messages"]) == (1, 4)  # two of purchases, two of hugggs
    addressed = await tables.fetch("SELECT subject_id FROM deliveries WHERE sealed IS NOT NULL")
    assert [row["subject_id"].int for row in addressed] == [2703]
    admitted = await tables.fetch("SELECT huggg_id FROM claimer_browsers ORDER BY 1")
    assert [row["huggg_id"].int for row in admitted] == [2701, 2703]
    own = await tables.fetch("SELECT huggg_id FROM own_messages WHERE sealed_message = '' ORDER BY 1")
    assert [row["huggg_id"].int for row in own] == [2701, 2702, 2704]
    left = {
        table: {row[0].int for row in await tables.fetch(f"SELECT {column} FROM {table}")}  # noqa: S608
        for table, column in (("person_keys", "person_id"), ("cards", "user_id"), ("thanks", "huggg_id"))
    }
    assert left == {"person_keys": {11}, "cards": {11}, "thanks": {11}}
    erased = await tables.fetch("SELECT id FROM users WHERE erased_at IS NOT NULL")
    assert [row["id"].int for row in erased] == [1]
    texts = await tables.fetch("SELECT id, message, sealed_message FROM transactions")
    texts_by_id = {row["id"].int: (row["message"], row["sealed_message"]) for row in texts}
    gone, kept = (None, b""), ("Hi", None)
    others = {26: (None, None), 27: gone}
    assert texts_by_id == {21: gone, 22: kept, 23: kept, 24: kept, 25: gone} | others
    assert await tables.fetchval("SELECT count(*) FROM transactions WHERE word_key IS NULL") == 2
    live = await tables.fetch("SELECT id FROM sessions WHERE revoked_at IS NULL")
    assert [row["id"].int for row in live] == [11]
    before = await tables.fetchval(
        "SELECT revoked_at = $1::text::timestamptz FROM sessions WHERE id = $2", AT, UUID(int=2)
    )
    assert before
    keys = await tables.fetch("SELECT id FROM api_keys WHERE revoked_at IS NULL")
    assert [row["id"].int for row in keys] == [11]


async def test_labels_and_claims_go_with_their_person_and_no_others(tables: asyncpg.Connection) -> None:
    await put(tables, "users", id=1)
    labelled: dict[int, dict[str, Any]] = {
        31: {"title": "For Dee"},
        32: {"reason_code": "HR"},
        33: {"tags": "{Dee}"},
        34: {"sealed_labels": "\\x01"},
        35: {"sealed_labels": "\\x01", "sender_id": 3},
        36: {"sealed_labels": "\\x"},
    }
    for number, row in labelled.items():
        await put(tables, "transactions", **{"id": number, "sender_id": 1, **row})
    claims: dict[int, dict[str, Any]] = {
        41: {"receiver_id": 1},
        42: {"receiver_id": 11},
        43: {"receiver_id": 1, "claimer": None},
    }
    for number, row in claims.items():
        ids = {"id": number, "transaction_id": 50, "position": number, "claimer": f"\\x{number}"}
        await put(tables, "hugggs", **{**ids, **row})
    [row] = await ran(tables, queries.erase, id=UUID(int=1), fingerprints=[b"\1"])
    assert row["messages"] == 0
    orders = await tables.fetch(
        "SELECT title, tags, reason_code, sealed_labels FROM transactions ORDER BY id"
    )
    gone: tuple[Any, ...] = (None, [], None, b"")
    assert [tuple(order) for order in orders] == [gone] * 4 + [(None, [], None, b"\1"), gone]
    kept = await tables.fetch(
        "SELECT claimer = sha256(uuid_send(id)) AS is_gone, claimer FROM hugggs ORDER BY id"
    )
    assert [row["is_gone"] for row in kept] == [True, False, None]
    assert kept[1]["claimer"] == b"\x42"


async def test_a_key_that_was_revoked_before_keeps_its_moment(tables: asyncpg.Connection) -> None:
    await put(tables, "users", id=1)
    await put(tables, "api_keys", user_id=1, revoked_at=AT)
    await ran(tables, queries.erase, id=UUID(int=1), fingerprints=[b"\1"])
    assert await tables.fetchval("SELECT revoked_at = $1::text::timestamptz FROM api_keys", AT)


async def test_an_export_is_all_that_is_kept_on_a_person(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    receiver = {"email": "Dee@Example.org", "name": "Dee", "message": "For Dee alone"}
    labels: dict[str, Any] = {"title": "For Dee", "deliveryMethod": "email", "message": "Dear Rosalind"}
    (huggg,) = await world.buy(receivers=[receiver], **labels)
    dee = UUID(huggg["receiver_id"])
    await keep_contact(world.platform, "dee@example.org", Channel.EMAIL, unwanted=["reminder"])
    confirmation = Confirmation(
        subject_id=UUID(huggg["id"]),
        slot="claim",
        transaction_id=UUID(huggg["transaction_id"]),
        address="dee@example.org",
        link="https://launch.test/yes",
    )
    await queue_confirmation(database, vault, confirmation)
    [known] = (await load_hugggs(database, vault, [UUID(huggg["id"])])).hugggs
    await thank(database, vault, lookup_of(database, known), "Thank you")
    export = await export_person(database, vault, dee)
    assert export["person"]["email"] == "Dee@Example.org"
    assert export["person"] == await show_person(database, vault, dee)
    counts = ("purchases", "received", "claimed", "thanks", "deliveries")
    assert [export["person"][name] for name in counts] == [0, 1, 0, 1, 1]
    assert [each["message"] for each in export["received"]] == ["For Dee alone"]
    assert [(each["text"], each["is_writer"]) for each in export["thanks"]] == [("Thank you", True)]
    assert [(each["kind"], each["address"]) for each in export["deliveries"]] == [
        ("gift", "Dee@Example.org"),
        ("confirmation", "dee@example.org"),
    ]
    assert [wish["unwanted"] for wish in export["wishes"]] == [["reminder"]]
    buyer = await export_person(database, vault, world.amara.id)
    assert (buyer["person"]["name"], buyer["person"]["purchases"]) == ("amara", 1)
    [purchase] = buyer["purchases"]
    assert (purchase["message"], purchase["word_fingerprints"]) == ("Dear Rosalind", 2)
    assert (purchase["title"], purchase["tags"], purchase["reason_code"]) == ("For Dee", (), None)
    assert [(each["text"], each["is_writer"]) for each in buyer["thanks"]] == [("Thank you", False)]
    assert "transaction.successful" in {event["kind"] for event in buyer["events"]}
    assert not {*UNSHOWN} & {*purchase, *export["received"][0]} - {"message"}

    await erase_person(database, vault, dee)
    erased = await export_person(database, vault, dee)
    assert [each["message"] for each in erased["received"]] == [""]
    assert [each["address"] for each in erased["deliveries"]] == [None]
    assert (erased["thanks"], erased["wishes"]) == ([], [])
    left = "SELECT count(*) FROM deliveries WHERE num_nonnulls(sealed, address_fingerprint) > 0"
    assert await scalar(database, left) == 0
    assert await scalar(database, "SELECT count(*) FROM contacts") == 1


async def test_no_kept_answer_and_no_event_names_a_person(world: World) -> None:
    """Answers are kept for a month: an erased person is not in one."""
    database, vault = world.platform.database, world.platform.vault
    people = await plant(world)
    answers = await sql(database, "SELECT caller, key, answer FROM idempotency_keys")
    opened = [
        vault.open(row["answer"], bound_to=answer_sealed_for(row["caller"], row["key"]))
        for row in answers
        if row["answer"] is not None
    ]
    assert len(opened) == ANSWERS_KEPT
    events = await sql(database, "SELECT data FROM events")
    kept = [*map(str, opened), *(row["data"] for row in events)]
    assert [fact for fact in people if any(fact in text for text in kept)] == []
