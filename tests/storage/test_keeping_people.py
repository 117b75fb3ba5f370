"""A team's data about people go some days after the end of each huggg, and nothing else does."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.hugggs.store import load_hugggs, messages_of
from huggg.hugggs.thank import find_thanks, thank
from huggg.identity.team import queries as identity
from huggg.identity.team import set_retention
from huggg.kit.errors import Invalid
from huggg.people.labels import NO_LABELS, Labels
from huggg.people.store import people_of
from huggg.privacy import retention
from huggg.privacy.person import find_person
from huggg.privacy.retention import forget_due, queries
from huggg.transactions.changes.label import label
from huggg.transactions.ends.end import Author
from tests.support.labels import kept_labels
from tests.support.life import lookup_of
from tests.support.rows import put, ran, standing
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import waits_for_lock
from tests.support.world import World

NUMBER = "+447700900123"
NOW = "SELECT (now() - $1::int * interval '1 day')::text"
MONEY = "SELECT sum(available)::text || (SELECT sum(amount) FROM transfers) FROM accounts"

PAST = (
    "UPDATE transactions SET created_at = created_at - $1::int * interval '1 day'",
    "UPDATE redemptions SET created_at = created_at - $1::int * interval '1 day'",
)


async def days_pass(world: World, days: int) -> None:
    for text in PAST:
        await sql(world.platform.database, text, days)


async def text_of(world: World, huggg: dict[str, Any]) -> str:
    platform = world.platform
    [message] = await messages_of(platform.database, platform.vault, [UUID(huggg["id"])])
    return message.message


async def keep(world: World, days: int | None) -> None:
    database = world.platform.database
    team = await scalar(database, "SELECT team_id FROM users WHERE id = $1", world.amara.id)
    await set_retention(database, team, days)


async def test_data_about_people_go_after_the_days_of_their_team_and_money_stays(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    stranger = {"phone_number": NUMBER, "name": "Dee", "message": "For Dee alone"}
    addressed, live = await world.buy(
        receivers=[stranger, {"user_id": str(world.bo.id)}], message="To both", title="Dee and Bo"
    )
    [thanked] = (await load_hugggs(database, vault, [UUID(addressed["id"])])).hugggs
    await thank(database, vault, lookup_of(database, thanked), "Thank you")
    assert (await world.redeem(addressed["redeem_code"])).status_code == 201
    await forget_due(database)
    await keep(world, 30)
    await days_pass(world, 29)
    money = await scalar(database, MONEY)
    async with nothing_moves(database):
        await forget_due(database)
    await days_pass(world, 1)
    await forget_due(database)
    assert list((await kept_labels(world.platform)).values()) == [Labels("Dee and Bo")]
    assert [await text_of(world, huggg) for huggg in (addressed, live)] == ["", "To both"]
    assert await find_thanks(database, vault, thanked.id) is None
    assert (await people_of(database, vault, [UUID(addressed["receiver_id"])])).popitem()[1].name == ""
    with pytest.raises(Invalid, match="There is no person"):
        await find_person(database, vault, NUMBER)
    assert (await people_of(database, vault, [world.bo.id]))[world.bo.id].name == "bo"
    async with nothing_moves(database):
        await forget_due(database)

    await sql(
        database, "UPDATE hugggs SET expires_at = now() - interval '30 days' WHERE id = $1", live["id"]
    )
    await forget_due(database)
    assert await text_of(world, live) == ""
    assert list((await kept_labels(world.platform)).values()) == [NO_LABELS]
    words = "SELECT coalesce(cardinality(word_fingerprints), 0) FROM transactions"
    assert await scalar(database, words) == 0
    assert await scalar(database, MONEY) == money
    rows = await sql(
        database,
        "SELECT kind FROM events WHERE kind IN ('user.erased', 'transaction.forgotten') ORDER BY id",
    )
    assert [row["kind"] for row in rows] == ["user.erased", "transaction.forgotten"]
    broken = {finding.rule for finding in await examine(database) if finding.rows}
    assert not [rule for rule in broken if "people" in rule or "person" in rule or "event" in rule]


async def test_a_receiver_whose_key_is_in_use_is_erased_by_the_next_round(
    world: World, database_url: str
) -> None:
    database, vault = world.platform.database, world.platform.vault
    (huggg,) = await world.buy(receivers=[{"phone_number": NUMBER, "name": "Dee"}])
    assert (await world.redeem(huggg["id"])).status_code == 201
    await keep(world, 0)
    dee = UUID(huggg["receiver_id"])
    buying = await asyncpg.connect(database_url)
    async with buying.transaction():
        await buying.fetch("SELECT FROM person_keys WHERE person_id = $1 FOR KEY SHARE", dee)
        await forget_due(database)
    await buying.close()
    assert (await people_of(database, vault, [dee]))[dee].name == "Dee"
    await forget_due(database)
    assert (await people_of(database, vault, [dee]))[dee].name == ""


async def test_words_that_come_after_their_days_go_too(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    (huggg,) = await world.buy(message="For all", title="Party")
    [gift] = (await load_hugggs(database, vault, [UUID(huggg["id"])])).hugggs
    await keep(world, 30)
    await days_pass(world, 60)
    await sql(database, "UPDATE hugggs SET expires_at = now() - interval '31 days'")
    await forget_due(database)
    await label(
        database, vault, gift.transaction_id, {"title": "For Dee"}, Author(world.amara.id, "shop")
    )
    assert list((await kept_labels(world.platform)).values()) == [Labels("For Dee")]
    await forget_due(database)
    assert list((await kept_labels(world.platform)).values()) == [NO_LABELS]
    await thank(database, vault, lookup_of(database, gift), "Thank you")
    assert await find_thanks(database, vault, gift.id) is not None
    await forget_due(database)
    assert await find_thanks(database, vault, gift.id) is None
    left = "SELECT count(*) FROM transactions WHERE forgotten_at IS NULL"
    assert await scalar(database, left) == 0


async def test_a_huggg_that_is_taken_back_gets_data_that_go_with_its_next_end(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    stranger = {"phone_number": NUMBER, "name": "Dee", "message": "For Dee alone"}
    (huggg,) = await world.buy(receivers=[stranger])
    assert (await world.redeem(huggg["id"])).status_code == 201
    await keep(world, 0)
    await forget_due(database)
    assert (await world.unredeem(huggg["id"])).status_code == 200
    change = {"receiver": {"email": "eve@example.org", "name": "Eve"}}
    path = f"/api/v2/hugggs/{huggg['id']}"
    assert (await world.call("PATCH", path, world.amara, change)).status_code == 200
    eve = await find_person(database, vault, "eve@example.org")
    again = {"email": "eve.b@example.org"}
    assert (await world.call("POST", f"{path}/deliveries", world.amara, again)).status_code == 201
    await forget_due(database)
    assert (await people_of(database, vault, [eve]))[eve].name == "Eve"
    assert (await world.redeem(huggg["id"])).status_code == 201
    await forget_due(database)
    assert (await people_of(database, vault, [eve]))[eve].name == ""
    assert await scalar(database, "SELECT count(*) FROM deliveries WHERE sealed IS NOT NULL") == 0
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def test_a_team_that_keeps_for_ever_loses_nothing(world: World) -> None:
    await world.buy(receivers=[{"phone_number": NUMBER}], message="For Dee")
    await keep(world, 0)
    await keep(world, None)
    await days_pass(world, 4000)
    await sql(world.platform.database, "UPDATE hugggs SET expires_at = now() - interval '10 years'")
    async with nothing_moves(world.platform.database):
        await forget_due(world.platform.database)
    with pytest.raises(Invalid, match="There is no team"):
        await set_retention(world.platform.database, UUID(int=1), 30)


async def test_a_page_ends_and_the_next_begins_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "HUGGGS_AT_ONCE", 2)
    monkeypatch.setattr(retention, "PURCHASES_AT_ONCE", 1)
    for _ in range(2):
        await world.buy(quantity=3, message="For all")
    await keep(world, 0)
    await sql(world.platform.database, "UPDATE hugggs SET expires_at = now() - interval '1 day'")
    await forget_due(world.platform.database)
    left = "SELECT count(*) FROM transactions WHERE forgotten_at IS NULL"
    assert await scalar(world.platform.database, left) == 0


OVER, LIVE = "2026-01-01T09:00:00Z", "2999-01-01T09:00:00Z"
PAGE = {"team_id": UUID(int=7), "keep_days": 0, "after_transaction": UUID(int=0), "most": 9}


async def purchase(
    tables: asyncpg.Connection, number: int, *, team: int, hugggs: dict[int, str]
) -> None:
    """Put a purchase with hugggs that end then, each for a receiver of its own number."""
    row = {"id": number, "team_id": team, "sealed_message": "\\x01", "word_key": 1}
    await put(tables, "transactions", **row)
    for huggg, end in hugggs.items():
        ids = {"id": huggg, "transaction_id": number, "position": huggg, "receiver_id": huggg}
        await put(tables, "hugggs", **ids, expires_at=end, claimer=f"\\x{huggg:02}")
        await put(tables, "users", id=huggg, unknown_recipient=True, personal="\\x01", name="")
        await put(tables, "person_keys", person_id=huggg)
        await put(tables, "own_messages", huggg_id=huggg)
        await put(tables, "thanks", huggg_id=huggg)
        await put(tables, "claimer_browsers", huggg_id=huggg, fingerprint=f"\\x{huggg:02}")
        await put(tables, "passes", id=huggg, huggg_id=huggg)
        await put(tables, "pass_devices", pass_id=huggg)
        await put(tables, "deliveries", subject_id=huggg, id=huggg, sealed="\\x01")


async def kept(tables: asyncpg.Connection) -> dict[str, list[int]]:
    """The hugggs and people about whom each table keeps something."""
    texts = {
        "own_messages": "SELECT huggg_id FROM own_messages WHERE sealed_message <> ''",
        "thanks": "SELECT huggg_id FROM thanks",
        "browsers": "SELECT huggg_id FROM claimer_browsers",
        "phones": "SELECT pass_id FROM pass_devices",
        "deliveries": "SELECT subject_id FROM deliveries WHERE sealed IS NOT NULL",
        "claims": "SELECT id FROM hugggs WHERE length(claimer) = 1",
        "keys": "SELECT person_id FROM person_keys",
        "people": "SELECT id FROM users WHERE erased_at IS NULL",
        "events": "SELECT subject_id FROM events",
    }
    return {name: sorted(row[0].int for row in await tables.fetch(text)) for name, text in texts.items()}


async def test_only_hugggs_of_the_team_that_ended_so_long_ago_are_forgotten(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "teams", id=7, keep_days=0, keep_days_since=OVER)
    await put(tables, "teams", id=8, name="Others")
    await purchase(tables, 1, team=7, hugggs={11: OVER, 12: LIVE})
    await purchase(tables, 2, team=8, hugggs={21: OVER})
    await purchase(tables, 3, team=7, hugggs={31: OVER, 32: OVER, 33: OVER, 34: OVER})
    await put(tables, "hugggs", id=90, transaction_id=1, position=90, receiver_id=31, expires_at=OVER)
    await put(tables, "hugggs", id=91, transaction_id=2, position=91, receiver_id=32, expires_at=OVER)
    await put(tables, "hugggs", id=92, transaction_id=1, position=92, receiver_id=33, expires_at=LIVE)
    await tables.execute("UPDATE users SET unknown_recipient = false WHERE id = $1", UUID(int=34))
    await purchase(tables, 5, team=7, hugggs={51: OVER})
    await tables.execute("UPDATE transactions SET forgotten_at = now() WHERE id = $1", UUID(int=5))
    await put(tables, "users", id=99, unknown_recipient=True)
    await put(tables, "person_keys", person_id=99)
    [first] = await ran(tables, queries.forget_hugggs, **{**PAGE, "most": 1}, after_position=0)
    assert (first["transaction_id"].int, first["position"]) == (1, 11)
    [end] = await ran(tables, queries.forget_hugggs, **PAGE, after_position=0)
    assert (end["transaction_id"].int, end["position"]) == (3, 34)
    assert sorted(person.int for person in end["receiver_ids"]) == [11, 31, 31, 32, 33, 34]
    await ran(tables, queries.forget_people, people_ids=end["receiver_ids"])
    left = [12, 21, 51]
    stay = sorted([*left, 32, 33, 34, 99])
    assert await kept(tables) == {
        **dict.fromkeys(("own_messages", "thanks", "browsers", "phones", "deliveries"), left),
        **dict.fromkeys(("keys", "people"), stay),
        "claims": [huggg for huggg in stay if huggg != 99],
        "events": [11, 31],
    }
    assert await tables.fetchval("SELECT claimer FROM hugggs WHERE id = $1", UUID(int=90)) is None
    before = await standing(tables)
    await ran(tables, queries.forget_hugggs, **PAGE, after_position=0)
    assert await standing(tables) == before
    last = {**PAGE, "after_transaction": UUID(int=3)}
    assert await ran(tables, queries.forget_hugggs, **last, after_position=34) == []


async def test_a_purchase_is_forgotten_once_all_of_its_hugggs_are_over(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "teams", id=7, keep_days=0, keep_days_since=OVER)
    await purchase(tables, 1, team=7, hugggs={11: OVER, 12: LIVE})
    await purchase(tables, 2, team=8, hugggs={21: OVER})
    await purchase(tables, 3, team=7, hugggs={31: OVER})
    await put(tables, "transactions", id=4, team_id=7, status="failed")
    await put(tables, "transactions", id=5, team_id=7, created_at=LIVE)
    for number in (1, 3):
        to = {"kind": "confirmation", "slot": "x", "transaction_id": number, "sealed": "\\x01"}
        await put(tables, "deliveries", subject_id=number, id=100 + number, **to)
    await ran(tables, queries.forget_hugggs, **PAGE, after_position=0)
    for _ in range(2):
        [end] = await ran(tables, queries.forget_purchases, **PAGE)
    assert end["id"].int == 1
    rows = await tables.fetch(
        "SELECT id, sealed_message, word_key, forgotten_at IS NOT NULL AS forgotten FROM transactions"
        " ORDER BY id"
    )
    assert [
        (row["id"].int, row["sealed_message"], row["word_key"], row["forgotten"]) for row in rows
    ] == [
        (1, b"\1", 1, False),
        (2, b"\1", 1, False),
        (3, b"", None, True),
        (4, None, None, True),
        (5, None, None, False),
    ]
    events = await tables.fetch("SELECT subject_id FROM events ORDER BY 1")
    assert [row["subject_id"].int for row in events] == [3, 4]
    confirmed = "SELECT subject_id FROM deliveries WHERE kind = 'confirmation' AND sealed IS NOT NULL"
    assert [row["subject_id"].int for row in await tables.fetch(confirmed)] == [1]
    behind = {**PAGE, "after_transaction": UUID(int=1)}
    for none in ({**PAGE, "most": 0}, behind):
        assert await ran(tables, queries.forget_purchases, **none) == []


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("thanks", {"huggg_id": 31}),
        ("claimer_browsers", {"huggg_id": 31}),
        ("pass_devices", {"pass_id": 31}),
    ],
)
async def test_a_purchase_whose_huggg_gets_data_within_a_round_is_left_to_the_next(
    tables: asyncpg.Connection, table: str, row: dict[str, Any]
) -> None:
    await put(tables, "teams", id=7, keep_days=0, keep_days_since=OVER)
    await purchase(tables, 2, team=7, hugggs={21: LIVE})
    for number in (3, 4):
        await purchase(tables, number, team=7, hugggs={10 * number + 1: OVER})
    forgotten = "SELECT id FROM transactions WHERE forgotten_at IS NOT NULL ORDER BY id"
    left: list[list[int]] = []
    for _ in range(2):
        await ran(tables, queries.forget_hugggs, **PAGE, after_position=0)
        if not left:
            await put(tables, table, **row)
        await ran(tables, queries.forget_purchases, **PAGE)
        left.append([row["id"].int for row in await tables.fetch(forgotten)])
    assert left == [[4], [3, 4]]


async def test_two_workers_forget_a_purchase_once(
    two: tuple[asyncpg.Connection, asyncpg.Connection],
) -> None:
    first, second = two
    await put(first, "teams", id=7, keep_days=0, keep_days_since=OVER)
    await put(first, "transactions", id=1, team_id=7)
    async with first.transaction():
        await ran(first, queries.forget_purchases, **PAGE)
        waits = asyncio.create_task(ran(second, queries.forget_purchases, **PAGE))
        await waits_for_lock(second, beside=first)
    await waits
    assert await first.fetchval("SELECT count(*) FROM events") == 1


async def test_a_retention_is_of_its_team_alone(tables: asyncpg.Connection) -> None:
    await put(tables, "teams", id=7)
    await put(tables, "teams", id=8, name="Others")
    assert len(await ran(tables, identity.set_retention, id=UUID(int=7), keep_days=30)) == 1
    rows = await tables.fetch("SELECT id FROM teams WHERE keep_days = 30")
    assert [row["id"].int for row in rows] == [7]
