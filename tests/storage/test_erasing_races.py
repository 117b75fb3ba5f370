"""A person who is erased beside a purchase or a move: the key is used before, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.database.queries import Statement
from huggg.groups.store import queries as of_groups
from huggg.hugggs.store import queries as of_hugggs
from huggg.notifications.store import queries as of_messages
from huggg.payments.store import queries as of_payments
from huggg.privacy.erase import erase_person
from huggg.privacy.person import queries as of_people
from huggg.privacy.retention import queries as of_retention
from huggg.transactions import complete_purchase
from huggg.transactions.changes.change import queries as of_changes
from huggg.transactions.insert_purchase import queries as of_purchases
from huggg.vouchers import at_purchase
from tests.storage.test_delivery_guards import LIVE, again
from tests.storage.test_ends import moving
from tests.storage.test_groups import AWAITS, JOINING
from tests.storage.test_payment_guards import INTENT
from tests.storage.test_purchase_guards import by_card, open_wallets, purchase
from tests.support.guards import Guard
from tests.support.rows import AT, LATER, put, ran, standing
from tests.support.sql import scalar
from tests.support.waiting import waits_for_lock
from tests.support.world import World

Two = tuple[asyncpg.Connection, asyncpg.Connection]

PERSON = UUID(int=0x51)
FRIEND = UUID(int=0x52)
PHONE = "+447700900123"
ERASE = "DELETE FROM person_keys WHERE person_id = $1"

NOT_NEW = {"personal": None, "email": None, "person_key": None}
ACTS: dict[str, tuple[Statement, dict[str, Any]]] = {
    "buy": (of_purchases.buy, purchase(people=2) | {"person_id": [PERSON, FRIEND]}),
    "intend": (
        of_payments.intend,
        {**INTENT, "user_id": PERSON, "key_caller": None, "key": None, "key_attempt": None},
    ),
    "move": (of_changes.move, moving(receiver_id=PERSON)),
    "deliver again": (of_messages.deliver_again, again(person_id=PERSON)),
    "join": (of_groups.join, {**JOINING, **NOT_NEW, "receiver_id": PERSON}),
    "thank": (
        of_hugggs.thank,
        {
            "huggg_id": UUID(int=1),
            "link": b"\1",
            "people_ids": [PERSON, FRIEND],
            "person_id": PERSON,
            "sealed": b"\1",
            "for_older_servers": b"\1",
            "now": datetime.fromisoformat(LATER),
        },
    ),
    "label": (
        of_changes.label,
        {
            "transaction_id": UUID(int=1),
            "sealed": b"\1",
            "buyer_id": PERSON,
            "seen_at": datetime.fromisoformat(AT),
            "user_id": None,
            "client_id": None,
        },
    ),
}
"""Each statement that seals data under the key of a person whom it found before, or names the person."""


@pytest.fixture(params=ACTS)
def act(request: pytest.FixtureRequest) -> tuple[Statement, dict[str, Any]]:
    return ACTS[request.param]


async def lay_out(tables: asyncpg.Connection) -> None:
    """Put a wallet, a purchase, its huggg that can be sent, moved or taken, and two people."""
    await open_wallets(tables)
    await put(tables, "hugggs", **{**LIVE, **AWAITS})
    await put(tables, "deliveries", slot="0")
    await put(tables, "transactions")
    for person in (PERSON, FRIEND):
        await put(tables, "person_keys", person_id=person.int)


async def test_of_an_erased_person_nothing_is_recorded(
    tables: asyncpg.Connection, act: tuple[Statement, dict[str, Any]]
) -> None:
    statement, values = act
    await lay_out(tables)
    await put(tables, "person_keys", person_id=1)
    await tables.execute(ERASE, PERSON)
    before = await standing(tables)
    assert await ran(tables, statement, **values) == []
    assert await standing(tables) == before
    await put(tables, "person_keys", person_id=PERSON.int)
    assert len(await ran(tables, statement, **values)) == 1


async def test_an_erasure_that_is_under_way_is_waited_for(
    two: Two, act: tuple[Statement, dict[str, Any]]
) -> None:
    statement, values = act
    erasing, acting = two
    await lay_out(erasing)
    async with erasing.transaction():
        await erasing.execute(ERASE, PERSON)
        waits = asyncio.create_task(ran(acting, statement, **values))
        await waits_for_lock(acting, beside=erasing)
    assert await waits == []


async def test_an_erasure_waits_for_those_that_use_the_key_and_not_for_others(two: Two) -> None:
    buying, erasing = two
    await lay_out(buying)
    people = {"people_ids": [FRIEND, PERSON, UUID(int=0x53), UUID(int=0x55)]}
    await put(buying, "person_keys", person_id=0x53)
    await put(buying, "person_keys", person_id=0x54)
    async with buying.transaction():
        assert len(await ran(buying, *ACTS["buy"][:1], **ACTS["buy"][1])) == 1
        assert len(await ran(erasing, of_people.hold_person, id=UUID(int=0x53))) == 1
        async with erasing.transaction():
            rows = await ran(erasing, of_retention.hold_people, **people)
            assert sorted((row["id"].int, row["is_free"]) for row in rows) == [
                (0x51, False),
                (0x52, False),
                (0x53, True),
                (0x55, True),
            ]
            left = await buying.fetch("SELECT person_id FROM person_keys FOR UPDATE SKIP LOCKED")
            assert sorted(row["person_id"].int for row in left) == [0x51, 0x52, 0x54]
        waits = asyncio.create_task(ran(erasing, of_people.hold_person, id=PERSON))
        await waits_for_lock(erasing, beside=buying)
    assert len(await waits) == 1


async def test_a_change_holds_the_keys_of_its_people_alone(two: Two) -> None:
    changing, erasing = two
    await lay_out(changing)
    async with changing.transaction():
        assert len(await ran(changing, of_changes.hold_keys, people_ids=[PERSON])) == 1
        left = await erasing.fetch("SELECT person_id FROM person_keys FOR UPDATE SKIP LOCKED")
        assert [row["person_id"] for row in left] == [FRIEND]


async def test_two_purchases_use_a_key_at_the_same_time(two: Two) -> None:
    one, other = two
    await lay_out(one)
    values = purchase(2, people=1, account_id=UUID(int=0x31)) | {"person_id": [PERSON]}
    async with one.transaction():
        assert len(await ran(one, ACTS["buy"][0], **ACTS["buy"][1])) == 1
        assert len(await ran(other, of_purchases.buy, **values)) == 1


async def test_of_a_batch_only_the_purchase_for_an_erased_person_is_not_made(
    tables: asyncpg.Connection,
) -> None:
    await open_wallets(tables)
    await put(tables, "payments", id=4)
    await put(tables, "person_keys", person_id=PERSON.int)
    batch = [
        purchase(1, people=1) | {"person_id": [PERSON]},
        purchase(2, people=2) | {"person_id": [PERSON, FRIEND]},
        purchase(3),
        by_card(4, people=1) | {"person_id": [FRIEND]},
        purchase(5, people=1, account_id=UUID(int=0x31)) | {"person_id": [PERSON]},
    ]
    together = {name: [part for each in batch for part in each[name]] for name in batch[0]}
    assert sorted(row["n"] for row in await ran(tables, of_purchases.buy, **together)) == [1, 3, 5]


# The same from outside ---------------------------------------------------------------------------------


def erased_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch, person_id: UUID) -> None:
    """Have a person erased once a purchase is decided, and before it is recorded."""
    issue = at_purchase.vouchers_at_purchase

    async def erase_and_issue(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(complete_purchase, "vouchers_at_purchase", issue)
        await erase_person(world.platform.database, world.platform.vault, person_id)
        return await issue(*args, **more)

    monkeypatch.setattr(complete_purchase, "vouchers_at_purchase", erase_and_issue)


async def a_receiver_is_another_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = {"phone_number": PHONE, "name": "Dee", "message": "For Dee alone"}
    (before,) = await world.buy(receivers=[receiver])
    erased = UUID(before["receiver_id"])
    erased_meanwhile(world, monkeypatch, erased)
    (huggg,) = await world.buy(receivers=[receiver])
    assert huggg["receiver_id"] != str(erased)
    database = world.platform.database
    count_query = "SELECT count(*) FROM deliveries WHERE person_id = $1 AND sealed IS NOT NULL"
    assert await scalar(database, count_query, erased) == 0
    assert await scalar(database, "SELECT count(*) FROM transactions") == 2
    assert [finding.rule for finding in await examine(database) if finding.rows] == []


async def a_buyer_buys_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    erased_meanwhile(world, monkeypatch, world.amara.id)
    answer = await world.call("POST", "/api/v2/transactions", world.amara, world.order(message="Hello"))
    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failed."})
    assert await scalar(world.platform.database, "SELECT count(*) FROM transactions") == 0


Story = Callable[[World, pytest.MonkeyPatch], Awaitable[None]]
STORIES: list[Story] = [a_receiver_is_another_person, a_buyer_buys_nothing]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_person_who_is_erased_while_a_purchase_is_made(
    story: Story, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story(world, monkeypatch)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_without_the_guard_it_is_made(
    story: Story, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guard(of_purchases, "buy", " AND n NOT IN (SELECT n FROM keyless_purchases)").take_away(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await story(world, monkeypatch)
