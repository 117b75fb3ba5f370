"""Groups: one huggg for each person of a crowd; the rest goes back at the first last day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.groups.errors import GroupClosed
from huggg.groups.group import Group, GroupState
from huggg.groups.join import insert_join
from huggg.groups.store import queries
from huggg.hugggs.errors import HugggNotFound
from huggg.transactions.ends.expire import expire_due
from huggg.wallets.top_up import top_up
from tests.support.groups import BROWSER, CROWD, buy_for_group, group_of, join_group
from tests.support.guards import Guard, Guarded, Row, acting, stopped
from tests.support.life import end_yesterday
from tests.support.post_office import post_office
from tests.support.rows import AT, LATER, lie_in_order_of_entry, put, ran
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.waiting import until
from tests.support.world import COFFEE_PENCE, WALLET_PENCE, World

HUGGGS = CROWD * 2 // 3


@pytest.fixture
async def sound(world: World) -> AsyncIterator[World]:
    """A world that is sound at the end, to the penny."""
    yield world
    assert await broken(world) == []


async def broken(world: World) -> list[str]:
    return [finding.rule for finding in await examine(world.platform.database) if finding.rows]


async def state(world: World, group: Group) -> GroupState:
    now = await scalar(world.platform.database, "SELECT now()")
    return (await group_of(world, group.link.code)).state(now)


async def kept(world: World, huggg_id: UUID) -> tuple[object, ...]:
    [row] = await sql(
        world.platform.database,
        "SELECT expires_at - last_instant(claimed_until, 'Europe/London'), next_expires_at,"
        " assigned_at IS NOT NULL, viewed_at = assigned_at, receiver_id IS NOT NULL, assigned_client"
        " FROM hugggs, (SELECT (now() AT TIME ZONE 'Europe/London')::date + 365) AS t (claimed_until)"
        " WHERE id = $1",
        huggg_id,
    )
    return tuple(row)


async def test_a_person_takes_one_huggg_until_the_last_day_to_redeem(sound: World) -> None:
    _, group = await buy_for_group(sound, 2)
    taken = await join_group(sound, group, "dee@example.org")
    assert (await kept(sound, taken.id))[1:] == (None, True, True, True, "gift page")
    assert (await kept(sound, taken.id))[0].total_seconds() == 0  # type: ignore[attr-defined]
    kinds_query = "SELECT kind FROM events WHERE subject_id = $1"
    assert [row["kind"] for row in await sql(sound.platform.database, kinds_query, taken.id)] == [
        "huggg.claimed"
    ]
    mail = (
        "SELECT count(*) FROM deliveries WHERE subject_id = $1 AND kind = 'gift' AND channel = 'email'"
    )
    assert await scalar(sound.platform.database, mail, taken.id) == 1


@pytest.mark.parametrize(
    "again",
    [
        "dee@example.org",
        "DEE@Example.ORG",
        "\uff44ee@example.org",
        "dee+second@example.org",
        " dee@example.org. ",
    ],
)
async def test_however_an_address_is_written_it_leads_to_the_same_huggg(
    sound: World, again: str
) -> None:
    _, group = await buy_for_group(sound, 3)
    first = await join_group(sound, group, "dee@example.org")
    async with nothing_moves(sound.platform.database):
        assert await join_group(sound, group, again) == first
    other = await join_group(sound, group, again, browser="another browser's secret")
    assert other == first
    browsers = "SELECT count(*) FROM claimer_browsers WHERE huggg_id = $1"
    assert await scalar(sound.platform.database, browsers, first.id) == 2
    assert (await join_group(sound, group, "dan@example.org")).id != first.id


async def test_a_person_who_is_a_user_takes_it_as_that_user(sound: World) -> None:
    database = sound.platform.database
    _, group = await buy_for_group(sound, 2)
    _, other = await buy_for_group(sound, 2)
    first, second = [await join_group(sound, each, "dee@example.org") for each in (group, other)]
    receivers = "SELECT count(DISTINCT receiver_id) FROM hugggs WHERE id IN ($1, $2)"
    assert await scalar(database, receivers, first.id, second.id) == 1
    keys = "SELECT count(DISTINCT claimer) FROM hugggs WHERE id IN ($1, $2)"
    assert await scalar(database, keys, first.id, second.id) == 2  # no two links show that it is one


async def test_the_last_huggg_is_taken_and_then_none_is_left(sound: World) -> None:
    transaction, group = await buy_for_group(sound, 2)
    taken = [await join_group(sound, group, f"{name}@example.org") for name in ("dee", "dan")]
    assert await state(sound, group) is GroupState.NONE_LEFT
    async with nothing_moves(sound.platform.database):
        with pytest.raises(GroupClosed):
            await join_group(sound, group, "eve@example.org")
        assert await join_group(sound, group, "dee@example.org") == taken[0]
    shown = await sound.call("GET", f"/api/v2/transactions/{transaction}", sound.amara)
    assert shown.json()["data"]["super_url"].endswith(f"/super/{group.link.code}")


async def test_hugggs_that_were_not_taken_go_back_at_the_last_day_to_claim(sound: World) -> None:
    database = sound.platform.database
    transaction, group = await buy_for_group(sound, 3)
    taken = await join_group(sound, group, "dee@example.org")
    rest = "SELECT id::text FROM hugggs WHERE transaction_id = $1 AND id <> $2"
    for row in await sql(database, rest, transaction, taken.id):
        await end_yesterday(database, row["id"])
    assert await state(sound, group) is GroupState.OVER
    with pytest.raises(GroupClosed):
        await join_group(sound, group, "dan@example.org")
    await asyncio.gather(*(expire_due(database) for _ in range(3)))
    available = "SELECT available FROM accounts WHERE id = $1"
    assert await scalar(database, available, sound.wallet) == WALLET_PENCE - COFFEE_PENCE
    count_query = "SELECT count(*) FROM events WHERE kind = 'huggg.expired'"
    assert await scalar(database, count_query) == 2
    assert await state(sound, group) is GroupState.OVER
    assert await join_group(sound, group, "dee@example.org") == taken


async def test_a_cancelled_group_says_so_and_gives_back_what_is_left(sound: World) -> None:
    transaction, group = await buy_for_group(sound, 3)
    await join_group(sound, group, "dee@example.org")
    path = f"/api/v2/transactions/{transaction}/cancellation"
    answer = await sound.call("POST", path, sound.amara)
    assert (answer.json()["data"]["cancelled"], answer.json()["data"]["returned"]) == (3, "10.50")
    assert answer.json()["data"]["super_url"].endswith(group.link.code)
    assert await state(sound, group) is GroupState.CANCELLED
    with pytest.raises(GroupClosed):
        await join_group(sound, group, "dan@example.org")


async def test_a_scheduled_group_opens_on_its_day(sound: World) -> None:
    database = sound.platform.database
    tomorrow = await scalar(database, "SELECT ((now() AT TIME ZONE 'Europe/London')::date + 1)::text")
    _, group = await buy_for_group(sound, 1, sendDate=tomorrow)
    assert await state(sound, group) is GroupState.SCHEDULED
    with pytest.raises(GroupClosed):
        await join_group(sound, group, "dee@example.org")
    await sql(database, "UPDATE hugggs SET sent_at = now()")
    await join_group(sound, group, "dee@example.org")


async def test_a_huggg_that_its_sender_gave_away_is_not_free(sound: World) -> None:
    _, group = await buy_for_group(sound, 2)
    huggg = await scalar(
        sound.platform.database, "SELECT id::text FROM hugggs ORDER BY position LIMIT 1"
    )
    moved = {"receiver": {"user_id": str(sound.bo.id)}}
    answer = await sound.call("PATCH", f"/api/v2/hugggs/{huggg}", sound.amara, moved)
    assert answer.status_code == 200, answer.text
    assert str((await join_group(sound, group, "dee@example.org")).id) != huggg
    assert await state(sound, group) is GroupState.NONE_LEFT
    claimed = await sound.call("POST", f"/api/v2/hugggs/{huggg}/claim", sound.bo)
    today = await scalar(
        sound.platform.database, "SELECT (now() AT TIME ZONE 'Europe/London')::date + 365"
    )
    assert (claimed.status_code, claimed.json()["data"]["expiry_date"]) == (201, str(today))


async def test_a_link_that_was_never_drawn_finds_nothing(world: World) -> None:
    with pytest.raises(HugggNotFound):
        await group_of(world, "AbCdEfGh1234567")


async def crowd(world: World, group: Group) -> list[object]:
    """Let more people than there are hugggs join at once, each from two tabs."""
    people = [f"person{number}@example.org" for number in range(CROWD)]
    tabs = [join_group(world, group, address) for address in people for _ in range(2)]
    return await asyncio.gather(*tabs, return_exceptions=True)


async def test_a_crowd_shares_the_hugggs_one_each_and_the_rest_learns_that_none_is_left(
    sound: World,
) -> None:
    database = sound.platform.database
    await top_up(database, wallet_id=sound.wallet, amount=CROWD * COFFEE_PENCE)
    transaction, group = await buy_for_group(sound, HUGGGS)
    answers = await crowd(sound, group)
    of_person = [answers[place : place + 2] for place in range(0, len(answers), 2)]
    got = [tabs[0] for tabs in of_person if not isinstance(tabs[0], BaseException)]
    assert all(one == other or type(one) is type(other) is GroupClosed for one, other in of_person)
    assert len({huggg.id for huggg in got}) == len(got) == HUGGGS  # type: ignore[attr-defined]
    claimed = "SELECT count(*), count(DISTINCT claimer) FROM hugggs WHERE assigned_at IS NOT NULL"
    assert [tuple(row) for row in await sql(sound.platform.database, claimed)] == [(HUGGGS, HUGGGS)]
    assert await state(sound, group) is GroupState.NONE_LEFT
    assert transaction == group.transaction_id


async def insert(world: World, group: Group, address: str) -> UUID | None:
    """Record that a person takes a huggg, without the look before."""
    platform = world.platform
    now = await scalar(platform.database, "SELECT now()")
    row = await insert_join(
        platform.database,
        platform.vault,
        group,
        address,
        draw=queries.join,
        browser=BROWSER,
        client_id="gift page",
        now=now,
    )
    return None if row is None else row["id"]


async def test_a_person_who_was_not_found_in_time_takes_no_second_huggg(sound: World) -> None:
    _, group = await buy_for_group(sound, 3)
    assert await insert(sound, group, "dee@example.org") is not None
    async with nothing_moves(sound.platform.database):
        assert await insert(sound, group, "dee+again@example.org") is None


async def test_without_the_index_of_claims_a_person_takes_two(world: World) -> None:
    await sql(world.platform.database, "DROP INDEX one_claim_of_each_number")
    _, group = await buy_for_group(world, 3)
    first, second = [await insert(world, group, "dee@example.org") for _ in range(2)]
    assert None not in (first, second)
    assert first != second
    assert await broken(world) == ["each person has one huggg of a group and its next last day"]


async def all_done_or_waiting(world: World, tasks: list[asyncio.Task[Any]]) -> bool:
    """Tell whether each task has finished or waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    busy = [task for task in tasks if not task.done()]
    return bool(await scalar(world.platform.database, waiting) >= len(busy))


async def two_at_a_locked_huggg(world: World, group: Group) -> list[UUID | None]:
    """Let two people join while another statement has the first huggg of the group locked."""
    database = world.platform.database
    people = [insert(world, group, f"{name}@example.org") for name in ("dee", "dan")]
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM hugggs ORDER BY position LIMIT 1 FOR UPDATE")
        joining = [asyncio.create_task(person) for person in people]
        await until(lambda: all_done_or_waiting(world, joining))
    return await asyncio.gather(*joining)


async def test_people_pass_over_a_huggg_that_is_being_taken(sound: World) -> None:
    _, group = await buy_for_group(sound, 3)
    database = sound.platform.database
    async with database.transaction() as connection:
        locked = await connection.fetchval("SELECT id FROM hugggs ORDER BY position LIMIT 1 FOR UPDATE")
        assert await insert(sound, group, "dee@example.org") not in (None, locked)


async def test_without_its_lock_two_people_take_the_same_huggg_and_its_day_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    Guard(queries, "join", "       FOR UPDATE SKIP LOCKED\n").take_away(monkeypatch)
    _, group = await buy_for_group(world, 3)
    with pytest.raises(asyncpg.NotNullViolationError, match="expiry_date"):
        await two_at_a_locked_huggg(world, group)


async def test_none_is_left_only_after_a_second_look(sound: World) -> None:
    """The last huggg comes back: another statement had it locked, and did not take it."""
    _, group = await buy_for_group(sound, 1)
    database = sound.platform.database
    async with database.transaction() as connection:
        await connection.execute("SELECT FROM hugggs FOR UPDATE")
        joining = asyncio.create_task(join_group(sound, group, "dee@example.org"))
        await until(lambda: all_done_or_waiting(sound, [joining]))
        assert not joining.done()
    assert (await joining).id == await scalar(database, "SELECT id FROM hugggs")


async def test_a_browser_of_the_claimer_alone_is_admitted(sound: World) -> None:
    _, group = await buy_for_group(sound, 1)
    taken = await join_group(sound, group, "dee@example.org", BROWSER)
    browsers = "SELECT count(*) FROM claimer_browsers WHERE huggg_id = $1"
    assert await scalar(sound.platform.database, browsers, taken.id) == 1


AWAITS = {"next_expiry_date": "2026-12-31", "next_expires_at": "2027-01-01T00:00:00Z"}
JOINING: Row = {
    "transaction_id": UUID(int=2),
    "receiver_id": UUID(int=6),
    "personal": b"\1",
    "email": b"\2",
    "person_key": b"\3",
    "claimer": b"\4",
    "browser": b"\5",
    "client_id": "gift page",
    "delivery_id": UUID(int=7),
    "now": datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
}
CASES = [
    Guarded(
        queries.join,
        "hugggs",
        AWAITS,
        JOINING,
        [{"id": 11, "transaction_id": 12, "position": 0}, {"id": 12, "position": 2}],
        {
            "not of a group": {"next_expiry_date": None, "next_expires_at": None},
            "cancelled": {"cancelled_at": AT},
            "noted as expired": {"expired_at": AT},
            "spent": {"redemption_id": 9},
            "given to a receiver": {"receiver_id": 8},
            "scheduled": {"sent_at": LATER},
            "over": {"expires_at": "2026-01-05T09:30:00Z"},
            "held": {"hold_id": 9, "held_until": LATER},
        },
    ),
]


@pytest.mark.parametrize("case", acting(CASES))
async def test_a_statement_acts_on_its_row_only(tables: asyncpg.Connection, case: Guarded) -> None:
    await case.acts_on_its_row_only(tables)


@pytest.mark.parametrize(("case", "by"), stopped(CASES))
async def test_a_statement_is_stopped(tables: asyncpg.Connection, case: Guarded, by: Row) -> None:
    await case.is_stopped(tables, by)


async def test_the_huggg_of_a_person_is_that_of_this_group_and_claim(tables: asyncpg.Connection) -> None:
    claimed = {"claimer": "\\x04", "claim_number": 1, "assigned_at": AT}
    await put(tables, "hugggs", **claimed)
    await put(tables, "hugggs", id=11, transaction_id=12, **claimed)
    await put(tables, "hugggs", id=12, position=2, **{**claimed, "claimer": "\\x05"})
    rows = await ran(tables, queries.taken, transaction_id=UUID(int=2), claimer=b"\4")
    assert [row["id"].int for row in rows] == [1]


async def test_the_first_free_huggg_is_taken_first(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", id=12, position=2, **AWAITS)
    await put(tables, "hugggs", **AWAITS)
    await lie_in_order_of_entry(tables)
    [row] = await ran(tables, queries.join, **JOINING)
    assert row["id"].int == 1


async def test_a_known_person_is_not_registered_again(tables: asyncpg.Connection) -> None:
    await put(tables, "hugggs", **AWAITS)
    await put(tables, "person_keys", person_id=6)
    known = {**JOINING, "personal": None, "email": None, "person_key": None}
    assert len(await ran(tables, queries.join, **known)) == 1
    assert await tables.fetchval("SELECT count(*) FROM users") == 0
    assert await tables.fetchval("SELECT count(*) FROM person_keys") == 1


async def test_the_mail_of_a_person_is_sent_in_the_turn_of_the_sender(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", **AWAITS)
    await put(tables, "transactions", id=2, team_id=5)
    await put(tables, "transactions", id=12, team_id=15)
    await ran(tables, queries.join, **JOINING)
    jobs = await tables.fetch("SELECT kind, customer_id FROM jobs")
    assert [(job["kind"], job["customer_id"].int) for job in jobs] == [("delivery.send", 5)]


async def test_a_buyer_is_not_told_that_all_gifts_of_a_group_left(world: World) -> None:
    _, group = await buy_for_group(world, 2)
    await join_group(world, group, "dee@example.org")
    async with post_office(world.platform) as post:
        await post.round()
        assert [mail["To"] for mail in post.mail.read()] == ["dee@example.org"]
    receipts = "SELECT count(*) FROM deliveries WHERE kind = 'receipt'"
    assert await scalar(world.platform.database, receipts) == 0


async def test_the_mails_that_asked_a_person_are_deleted_and_no_others(
    tables: asyncpg.Connection,
) -> None:
    await put(tables, "hugggs", **AWAITS)
    values = {"kind": "confirmation", "subject_id": 2}
    await put(tables, "deliveries", id=21, **values, slot="04 7")
    await put(tables, "deliveries", id=22, **values, slot="04 8")
    await put(tables, "deliveries", id=23, **values, slot="05 7")
    await put(tables, "deliveries", id=24, **values, slot="0404 7")
    await put(tables, "deliveries", id=25, **{**values, "subject_id": 12}, slot="04 7")
    await put(tables, "deliveries", id=26, **{**values, "kind": "receipt"}, slot="04 7")
    await ran(tables, queries.join, **JOINING)
    left = await tables.fetch("SELECT id FROM deliveries WHERE kind <> 'gift' ORDER BY id")
    assert [row["id"].int for row in left] == [23, 24, 25, 26]
