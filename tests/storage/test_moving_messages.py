"""Texts of an older release are sealed under the keys of people while servers run, and none is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from msgspec import structs

from huggg.database.doctor import examine
from huggg.database.meter import NoMeter
from huggg.hugggs.store import load_hugggs, messages_of
from huggg.hugggs.thank import find_thanks, older_thanks_sealed_for, thank
from huggg.hugggs.word_fingerprints import keep_words
from huggg.identity.seal_people import GONE_SECONDS
from huggg.keys import roll_call
from huggg.kit.ids import NIL
from huggg.people import READS_SEALED_MESSAGES
from huggg.people.labels import Labels
from huggg.people.person_key import seal_for
from huggg.people.store import person_keys
from huggg.people.store import queries as note_move
from huggg.privacy.erase import erase_person
from huggg.transactions import move_messages as moving
from huggg.transactions.move_messages import UnreadableTexts, move_messages, queries
from huggg.transactions.plan import plan_in
from tests.support.cards import give_card, open_payment, pay
from tests.support.guards import Guard, Row
from tests.support.labels import kept_labels, label_in_clear
from tests.support.life import lookup_of
from tests.support.older_messages import keep_in_clear
from tests.support.rows import LATER, put, ran
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

LABELS = Labels("For Dee", ("Dee",), "HR")

IN_CLEAR = "SELECT count(*) FROM transactions WHERE message IS NOT NULL"

Story = Callable[[World], Awaitable[None]]
Bought = dict[str, Any]


async def from_before(world: World, message: str, **purchase: Any) -> Bought:
    """Buy, and keep the message as an older release does."""
    (huggg,) = await world.buy(message=message, **purchase)
    await keep_in_clear(world.platform)
    return huggg


async def move(world: World) -> None:
    await keep_words(world.platform.database, world.platform.vault)
    await seal_texts(world)


async def seal_texts(world: World) -> UnreadableTexts:
    unreadable = UnreadableTexts(NoMeter())
    await move_messages(world.platform.database, world.platform.vault, unreadable)
    return unreadable


async def text(world: World, huggg: Bought) -> str:
    platform = world.platform
    [message] = await messages_of(platform.database, platform.vault, [UUID(huggg["id"])])
    return message.message


async def left_in_clear(world: World) -> list[Any]:
    rule = "no text and no person is left in clear after the move"
    [rows] = [each.rows for each in await examine(world.platform.database) if each.rule == rule]
    return rows


async def messages_are_sealed_for_sender_and_receiver(world: World) -> None:
    database = world.platform.database
    shared = await from_before(world, "For all")
    addressed = await from_before(world, "Dear Bo", receivers=[{"phone_number": "07700 900123"}])
    assert await text(world, shared) == "For all"
    await move(world)
    assert await scalar(database, IN_CLEAR) == 0
    assert [await text(world, each) for each in (shared, addressed)] == ["For all", "Dear Bo"]
    async with nothing_moves(database):
        await move(world)
    await sql(database, "DELETE FROM person_keys WHERE person_id = $1", UUID(addressed["receiver_id"]))
    assert [await text(world, each) for each in (shared, addressed)] == ["For all", ""]
    await sql(database, "DELETE FROM person_keys WHERE person_id = $1", world.amara.id)
    assert await text(world, shared) == ""


async def the_column_stays_while_an_older_server_runs(world: World) -> None:
    database = world.platform.database
    await sql(database, "INSERT INTO processes VALUES (gen_random_uuid(), 'till-1', '{1:01}', now())")
    huggg = await from_before(world, "For all")
    await move(world)
    assert await scalar(database, "SELECT message FROM transactions") == "For all"
    assert await scalar(database, "SELECT sealed_message IS NOT NULL FROM transactions")
    assert await text(world, huggg) == "For all"
    assert await left_in_clear(world) == []
    gone = "UPDATE processes SET seen_at = now() - $1 * interval '1 second'"
    await sql(database, gone, GONE_SECONDS + 1)
    await move(world)
    assert await scalar(database, IN_CLEAR) == 0
    assert await text(world, huggg) == "For all"


async def a_message_that_is_erased_meanwhile_stays_erased(world: World) -> None:
    """Its sender is erased between the look-up of the move and its record."""
    database = world.platform.database
    huggg = await from_before(world, "For all")
    [row] = await database.rows(queries.messages_to_seal, after=NIL, most=9)
    await erase_person(database, world.platform.vault, world.amara.id)
    late = {"ids": [row["id"]], "sealed": [b"late"], "receiver_ids": [None]}
    await database.rows(queries.seal_messages, **late)
    assert await scalar(database, "SELECT sealed_message FROM transactions") == b""
    assert await text(world, huggg) == ""


async def one_without_fingerprints_keeps_its_text(world: World) -> None:
    """A search finds its words by the text, until they have fingerprints."""
    database = world.platform.database
    await from_before(world, "For all")
    await seal_texts(world)
    assert await scalar(database, "SELECT message FROM transactions") == "For all"


async def a_text_that_comes_after_the_move_is_reported(world: World) -> None:
    await move(world)
    assert await left_in_clear(world) == []
    await from_before(world, "Late")
    [row] = await left_in_clear(world)
    assert row["found_in"] == "transactions"
    await move(world)
    assert await left_in_clear(world) == []


async def own_messages_and_thanks_get_the_keys_of_both(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    receivers = [{"phone_number": "07700 900123", "message": "For Bo alone"}]
    (huggg,) = await world.buy(receivers=receivers)
    huggg_id, receiver = UUID(huggg["id"]), UUID(huggg["receiver_id"])
    [known] = (await load_hugggs(database, vault, [huggg_id])).hugggs
    await thank(database, vault, lookup_of(database, known), "Thank you")
    key = (await person_keys(database, [receiver]))[receiver]
    older = seal_for(vault, b"For Bo alone", key, bound_to=b"own_messages.message\0" + huggg_id.bytes)
    await sql(database, "UPDATE own_messages SET message = $1, sealed_message = NULL", older)
    thanks = vault.seal(b"Thank you", bound_to=older_thanks_sealed_for(huggg_id))
    await sql(database, "UPDATE thanks SET text = $1, sealed = NULL, person_id = NULL", thanks)
    for _ in range(2):
        assert await text(world, huggg) == "For Bo alone"
        kept = await find_thanks(database, vault, huggg_id)
        assert kept is not None
        assert kept.text == "Thank you"
        await move(world)
    assert await scalar(database, "SELECT message IS NULL FROM own_messages")
    assert await scalar(database, "SELECT person_id FROM thanks") == receiver
    for person in (world.amara.id, receiver):
        sealed = await scalar(
            database, "DELETE FROM person_keys WHERE person_id = $1 RETURNING key", person
        )
        assert await text(world, huggg) == ""
        kept = await find_thanks(database, vault, huggg_id)
        assert kept is not None
        assert kept.text == ""
        await sql(database, "INSERT INTO person_keys VALUES ($1, $2)", person, sealed)


async def a_plan_is_sealed_and_still_read(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    card = await give_card(world, world.amara, "fake_lost")
    assert (await pay(world, card, message="Have one!")).status_code == 503
    plan = plan_in(vault, await open_payment(world))
    older = "UPDATE payments SET plan = $1::text::json, sealed_plan = NULL"
    await sql(database, older, msgspec.json.encode(plan).decode())
    for _ in range(2):
        assert plan_in(vault, await open_payment(world)) == plan
        await move(world)
    assert await scalar(database, "SELECT plan IS NULL AND sealed_plan IS NOT NULL FROM payments")


async def labels_are_sealed_once_no_older_server_runs(world: World) -> None:
    """A label that an older server changes meanwhile, beside sealed ones, is the one that holds."""
    platform, database = world.platform, world.platform.database
    await world.buy()
    await sql(database, "INSERT INTO processes VALUES (gen_random_uuid(), 'till-1', '{1:01}', now())")
    await label_in_clear(platform, LABELS)
    await move(world)
    assert list((await kept_labels(platform)).values()) == [LABELS]
    assert await scalar(database, "SELECT sealed_labels IS NULL FROM transactions")
    await sql(database, "DELETE FROM processes")
    for changed in (LABELS, structs.replace(LABELS, reason_code="IT")):
        await sql(database, "UPDATE transactions SET reason_code = $1", changed.reason_code)
        await move(world)
        assert await scalar(database, "SELECT num_nonnulls(title, reason_code) FROM transactions") == 0
        assert list((await kept_labels(platform)).values()) == [changed]
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def labels_that_are_sealed_meanwhile_stay(world: World) -> None:
    database = world.platform.database
    await world.buy(title="New")
    await sql(database, "UPDATE transactions SET sealed_labels = 'kept'")
    order = await scalar(database, "SELECT id FROM transactions")
    assert await database.rows(queries.seal_labels, ids=[order], sealed=[b"late"]) == []
    assert await scalar(database, "SELECT sealed_labels FROM transactions") == b"kept"


async def one_that_is_not_sealed_yet_keeps_its_text_too(world: World) -> None:
    database = world.platform.database
    await from_before(world, "For all")
    await keep_words(database, world.platform.vault)
    async with nothing_moves(database):
        await database.rows(queries.clear_messages, most=9)


async def texts_that_do_not_open_are_passed_over_and_told(world: World) -> None:
    """Of three purchases the first is broken: the two others are sealed, and it is left as it is."""
    platform, database, vault = world.platform, world.platform.database, world.platform.vault
    receivers = [{"phone_number": "07700 900123", "message": "For Bo alone"}]
    bought = [(await world.buy(receivers=receivers, title="Old"))[0] for _ in range(3)]
    ids = [UUID(huggg["id"]) for huggg in bought]
    for huggg in (await load_hugggs(database, vault, ids)).hugggs:
        await thank(database, vault, lookup_of(database, huggg), "Thank you")
        thanks = vault.seal(b"Thank you", bound_to=older_thanks_sealed_for(huggg.id))
        await sql(
            database, "UPDATE thanks SET text = $2, sealed = NULL WHERE huggg_id = $1", huggg.id, thanks
        )
    older = "UPDATE own_messages SET message = $2, sealed_message = NULL WHERE huggg_id = $1"
    for huggg_id, purchase in zip(ids, bought, strict=True):
        receiver = UUID(purchase["receiver_id"])
        key = (await person_keys(database, [receiver]))[receiver]
        bound_to = b"own_messages.message\0" + huggg_id.bytes
        await sql(database, older, huggg_id, seal_for(vault, b"For Bo alone", key, bound_to=bound_to))
    await label_in_clear(platform, LABELS)
    broken = UUID(bought[0]["transaction_id"])
    for breaks, row_id in (
        ("UPDATE thanks SET text = 'x' WHERE huggg_id = $1", ids[0]),
        ("UPDATE own_messages SET message = 'x' WHERE huggg_id = $1", ids[0]),
        ("UPDATE transactions SET sealed_labels = 'x' WHERE id = $1", broken),
    ):
        await sql(database, breaks, row_id)
    assert (await seal_texts(world)).ids == {ids[0], broken}
    for in_clear in (
        "SELECT huggg_id FROM thanks WHERE sealed IS NULL",
        "SELECT huggg_id FROM own_messages WHERE sealed_message IS NULL",
    ):
        assert [row["huggg_id"] for row in await sql(database, in_clear)] == [ids[0]]
    assert [row["id"] for row in await left_in_clear(world)] == [broken]


STORIES: list[Story] = [
    messages_are_sealed_for_sender_and_receiver,
    the_column_stays_while_an_older_server_runs,
    a_message_that_is_erased_meanwhile_stays_erased,
    one_without_fingerprints_keeps_its_text,
    a_text_that_comes_after_the_move_is_reported,
    own_messages_and_thanks_get_the_keys_of_both,
    a_plan_is_sealed_and_still_read,
    one_that_is_not_sealed_yet_keeps_its_text_too,
    labels_are_sealed_once_no_older_server_runs,
    labels_that_are_sealed_meanwhile_stay,
    texts_that_do_not_open_are_passed_over_and_told,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_texts_of_an_older_release_move(story: Story, world: World) -> None:
    await story(world)


GUARDS = [
    (Guard(queries, "seal_messages", "t.sealed_message IS NULL", "true"), 2),
    (Guard(queries, "clear_messages", "(word_key IS NOT NULL OR status <> 'successful')", "true"), 3),
    (Guard(queries, "clear_messages", " AND sealed_message IS NOT NULL"), 7),
    (
        Guard(
            queries,
            "seal_labels",
            "t.title IS NOT NULL OR t.reason_code IS NOT NULL OR t.tags <> '{}'",
            "true",
        ),
        9,
    ),
    (Guard(queries, "progress", "NOT :mark::text = ANY (keys)", ":mark::text IS NULL"), 1),
    (
        Guard(
            queries,
            "progress",
            "seen_at > now() - :gone_seconds::float8 * interval '1 second'",
            ":gone_seconds::float8 > 0",
        ),
        1,
    ),
]


@pytest.mark.parametrize(("guard", "story"), [pytest.param(*case, id=str(case[0])) for case in GUARDS])
async def test_without_the_guard_they_would_not(
    guard: Guard, story: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.take_away(monkeypatch)
    with pytest.raises(AssertionError):
        await STORIES[story](world)


async def test_they_are_moved_in_batches_and_a_round_has_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await from_before(world, "For all")
    monkeypatch.setattr(moving, "BATCH", 2)
    monkeypatch.setattr(moving, "BATCHES_MAX", 2)
    left = []
    for _ in range(2):
        await move(world)
        left.append(await scalar(world.platform.database, IN_CLEAR))
    assert left == [1, 0]


async def test_each_process_says_that_it_reads_sealed_messages(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    async with roll_call.answering(database, vault):
        rows = await sql(database, "SELECT keys FROM processes")
    assert [READS_SEALED_MESSAGES in row["keys"] for row in rows] == [True for _ in rows]


async def test_each_open_payment_gets_its_own_plan_and_a_settled_one_none(
    tables: asyncpg.Connection,
) -> None:
    settled = {
        "state": "declined",
        "settled_at": LATER,
        "plan": None,
        "refusal": "Invalid",
        "reason": "no",
    }
    for number, row in enumerate(({}, {}, settled, {}), start=1):
        await put(tables, "payments", id=number, transaction_id=number, **row)
    await tables.execute("UPDATE payments SET sealed_plan = 'kept' WHERE id = $1", UUID(int=4))
    payment_ids = [UUID(int=number) for number in (3, 2, 1, 4)]
    sealed = [b"three", b"two", b"one", b"four"]
    assert len(await ran(tables, queries.seal_plans, ids=payment_ids, sealed=sealed)) == 2
    kept = await tables.fetch("SELECT sealed_plan FROM payments ORDER BY id")
    assert [row["sealed_plan"] for row in kept] == [b"one", b"two", None, b"kept"]


async def test_a_move_is_noted_once_and_when_nothing_of_it_is_left(tables: asyncpg.Connection) -> None:
    await put(tables, "transactions", message="Hi")
    done = []
    for name in ("messages", "people", "people"):
        await ran(tables, note_move.note_move, name=name, unreadable=[])
        done.append([row["name"] for row in await tables.fetch("SELECT name FROM moves")])
    assert done == [[], ["people"], ["people"]]


async def test_columns_are_cleared_in_batches_of_messages_that_are_sealed(
    tables: asyncpg.Connection,
) -> None:
    both = {"message": "Hi", "sealed_message": "\\x01", "word_key": 1}
    rows: list[Row] = [both, both, both, {**both, "message": None}, {**both, "sealed_message": None}]
    for number, row in enumerate((*rows, {**both, "word_key": None}), start=1):
        await put(tables, "transactions", id=number, **row)
    counted = [(await ran(tables, queries.clear_messages, most=2))[0]["count"] for _ in range(3)]
    assert counted == [2, 1, 0]
    left = await tables.fetch("SELECT id FROM transactions WHERE message IS NOT NULL ORDER BY id")
    assert [row["id"].int for row in left] == [5, 6]
