"""People of an older release are sealed while servers run, and no server loses sight of a user."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.database.pool import Database
from huggg.identity import seal_people as sealing
from huggg.identity.caller import UserKind
from huggg.identity.create import create_user, find_user
from huggg.identity.errors import NameTaken
from huggg.identity.passwords import Passwords
from huggg.identity.seal_people import GONE_SECONDS, queries, seal_people
from huggg.keys import roll_call
from huggg.keys.rotate import rotate_keys
from huggg.kit import chores
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.people import READS_SEALED_PEOPLE
from huggg.people.personal_data import PersonalData
from huggg.people.store import people_of
from tests.support.guards import Guard
from tests.support.keys import TEST_KEYS
from tests.support.people import number_fingerprint
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import World

AMY, PHONE = "Amy@acorn.example", "+447700900123"

IN_CLEAR = """
SELECT count(*) FROM users WHERE personal IS NULL OR name <> '' OR username IS NOT NULL
                              OR username_key IS NOT NULL OR phone_number IS NOT NULL
"""

Story = Callable[[Database, Vault], Awaitable[None]]


async def from_before(
    database: Database, username: str | None = None, phone_number: str | None = None
) -> UUID:
    """Register a user as an older release does."""
    user_id = new_id()
    await sql(
        database,
        "INSERT INTO users (id, kind, name, username, password_hash, phone_number, created_at)"
        " VALUES ($1, 'customer', 'Amy', $2, left($2, 0), $3, clock_timestamp())",
        user_id,
        username,
        phone_number,
    )
    return user_id


async def older_server(database: Database) -> UUID:
    """Let a server of an older release answer the roll call."""
    server = new_id()
    await sql(database, "INSERT INTO processes VALUES ($1, 'till-1', '{1:01}', now())", server)
    return server


async def users_are_sealed_and_found(database: Database, vault: Vault) -> None:
    amy = await from_before(database, AMY)
    receiver = await from_before(database, phone_number=PHONE)
    await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 0
    assert await people_of(database, vault, [amy, receiver]) == {
        amy: PersonalData("Amy", AMY),
        receiver: PersonalData("Amy", phone_number=PHONE),
    }
    assert await find_user(database, vault, "AMY@acorn.example.") == amy
    query = "SELECT id FROM users WHERE phone_fingerprint = $1"
    assert await scalar(database, query, number_fingerprint(PHONE)) == receiver
    async with nothing_moves(database):
        await seal_people(database, vault)


async def columns_stay_while_an_older_server_runs(database: Database, vault: Vault) -> None:
    server = await older_server(database)
    amy = await from_before(database, AMY, PHONE)
    await seal_people(database, vault)
    assert (await people_of(database, vault, [amy]))[amy] == PersonalData("Amy", AMY, PHONE)
    older = "SELECT user_named($1, $1) = id AND phone_number = $2 FROM users"
    assert await scalar(database, older, AMY, PHONE)
    gone = "UPDATE processes SET seen_at = now() - $2 * interval '1 second' WHERE id = $1 RETURNING 1"
    await sql(database, gone, server, GONE_SECONDS + 1)
    await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 0


async def two_of_one_username_are_both_found(database: Database, vault: Vault) -> None:
    first, later = await from_before(database, AMY), await from_before(database, AMY.lower())
    await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 0
    assert await find_user(database, vault, AMY) == first
    assert await find_user(database, vault, AMY.upper()) == first
    assert await find_user(database, vault, AMY.lower()) == later
    rule = "every username is one persons however it is written"
    [rows] = [each.rows for each in await examine(database) if each.rule == rule]
    assert [row["user_id"] for row in rows] == [later]


async def one_that_got_a_username_meanwhile_keeps_it(database: Database, vault: Vault) -> None:
    """An older server registers a user that this release has already, sealed."""
    first = await from_before(database, AMY)
    await seal_people(database, vault)
    later = await from_before(database, AMY.lower())
    await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 0
    assert await find_user(database, vault, AMY) == first
    assert await find_user(database, vault, AMY.lower()) == later


async def one_that_got_a_number_meanwhile_keeps_it(database: Database, vault: Vault) -> None:
    first = await from_before(database, phone_number=PHONE)
    await seal_people(database, vault)
    later = await from_before(database, phone_number=PHONE)
    await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 0
    people = await people_of(database, vault, [first, later])
    assert [people[user_id].phone_number for user_id in (first, later)] == [PHONE, PHONE]
    query = "SELECT id FROM users WHERE phone_fingerprint = $1"
    assert await scalar(database, query, number_fingerprint(PHONE)) == first


async def nonsense_is_found_by_its_exact_spelling(database: Database, vault: Vault) -> None:
    odd = await from_before(database, "amy@")
    await seal_people(database, vault)
    assert await find_user(database, vault, "amy@") == odd
    with pytest.raises(Invalid):
        await find_user(database, vault, "AMY@")


async def a_user_that_another_server_sealed_is_left_alone(database: Database, vault: Vault) -> None:
    amy = await from_before(database, AMY)
    await seal_people(database, vault)
    async with nothing_moves(database):
        stale = {"ids": [amy], "personals": [b"stale"], "exact": [b"x"], "folded": [b"x"]}
        await database.rows(queries.seal_people, **stale, keys=["x"], phones=[b"x"])


async def one_that_is_not_sealed_yet_keeps_its_columns(database: Database, _: Vault) -> None:
    await from_before(database, AMY)
    values = {"mark": READS_SEALED_PEOPLE, "gone_seconds": GONE_SECONDS, "most": 9}
    async with nothing_moves(database):
        await database.rows(queries.empty_columns, **values)


STORIES: list[Story] = [
    users_are_sealed_and_found,
    columns_stay_while_an_older_server_runs,
    two_of_one_username_are_both_found,
    one_that_got_a_username_meanwhile_keeps_it,
    one_that_got_a_number_meanwhile_keeps_it,
    nonsense_is_found_by_its_exact_spelling,
    a_user_that_another_server_sealed_is_left_alone,
    one_that_is_not_sealed_yet_keeps_its_columns,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_people_of_an_older_release_move(story: Story, database: Database, vault: Vault) -> None:
    await story(database, vault)


GUARDS = [
    (Guard(queries, "seal_people", "WHERE u.personal IS NULL"), STORIES[6]),
    (Guard(queries, "seal_people", " OR o.username_key = i.key"), STORIES[2]),
    (Guard(queries, "seal_people", "o.username_fingerprint = i.folded OR "), STORIES[3]),
    (Guard(queries, "seal_people", " AND o.id <> u.id"), STORIES[0]),
    (Guard(queries, "seal_people", "o.phone_fingerprint = i.phone", "false"), STORIES[4]),
    (Guard(queries, "empty_columns", "personal IS NOT NULL AND "), STORIES[7]),
    (Guard(queries, "empty_columns", "NOT :mark::text = ANY (keys)", ":mark::text IS NULL"), STORIES[1]),
    (
        Guard(
            queries,
            "empty_columns",
            "seen_at > now() - :gone_seconds::float8 * interval '1 second'",
            ":gone_seconds::float8 > 0",
        ),
        STORIES[1],
    ),
]


@pytest.mark.parametrize(("guard", "story"), [pytest.param(*case, id=str(case[0])) for case in GUARDS])
async def test_without_the_guard_they_would_not(
    guard: Guard, story: Story, database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.take_away(monkeypatch)
    with pytest.raises((AssertionError, Invalid, asyncpg.CheckViolationError)):
        await story(database, vault)


async def test_they_are_moved_in_batches_and_a_round_has_an_end(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        await from_before(database)
    monkeypatch.setattr(sealing, "BATCH", 2)
    monkeypatch.setattr(sealing, "BATCHES_MAX", 2)
    left = []
    for _ in range(3):
        await seal_people(database, vault)
        left.append(await scalar(database, IN_CLEAR))
    assert left == [3, 0, 0]


async def test_columns_are_emptied_in_batches(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await from_before(database)
    monkeypatch.setattr(chores, "BATCH", 2)
    monkeypatch.setattr(chores, "BATCHES_MAX", 2)
    await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 1


async def test_a_server_of_this_release_keeps_no_columns(database: Database, vault: Vault) -> None:
    await from_before(database, AMY)
    async with roll_call.answering(database, vault):
        await seal_people(database, vault)
    assert await scalar(database, IN_CLEAR) == 0


async def test_a_username_that_is_not_sealed_yet_is_taken(database: Database, vault: Vault) -> None:
    await from_before(database, AMY)
    with pytest.raises(NameTaken):
        await create_user(
            database,
            vault,
            Passwords(),
            kind=UserKind.CUSTOMER,
            name="Amy",
            username=AMY,
            password="correct horse battery",
        )


async def test_receivers_are_found_by_number_before_they_are_sealed_and_after(world: World) -> None:
    database, vault = world.platform.database, world.platform.vault
    receiver = await from_before(database, phone_number=PHONE)
    for _ in range(2):
        (huggg,) = await world.buy(receivers=[{"phone_number": "07700 900123"}])
        assert huggg["receiver_id"] == str(receiver)
        await seal_people(database, vault)


async def test_people_are_found_under_the_key_that_a_rotation_brings(world: World) -> None:
    database = world.platform.database
    amy = await from_before(database, AMY)
    later = await from_before(database, AMY.lower())
    await seal_people(database, world.platform.vault)
    (huggg,) = await world.buy(receivers=[{"phone_number": PHONE}])
    new_key = secrets.token_bytes(32)
    both, alone = Vault({**TEST_KEYS, 2: new_key}), Vault({2: new_key})
    await rotate_keys(database, both)
    assert await find_user(database, alone, "AMY@acorn.example") == amy
    assert await find_user(database, alone, AMY.lower()) == later
    receiver = UUID(huggg["receiver_id"])
    query = "SELECT id FROM users WHERE phone_fingerprint = ANY($1)"
    assert await scalar(database, query, alone.fingerprints("phone number", PHONE)) == receiver
    people = await people_of(database, alone, [receiver, amy])
    assert people == {receiver: PersonalData(phone_number=PHONE), amy: PersonalData("Amy", AMY)}


def test_a_server_that_is_gone_for_the_roll_call_is_gone_for_sealing() -> None:
    assert GONE_SECONDS == roll_call.GONE_SECONDS


async def test_each_process_says_that_it_reads_sealed_people(database: Database, vault: Vault) -> None:
    async with roll_call.answering(database, vault):
        kept = await scalar(database, "SELECT keys FROM processes")
    assert kept[-1] == READS_SEALED_PEOPLE
