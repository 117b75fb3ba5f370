"""Person keys: one for each person, the same on every server, and none for an erased person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.people.person_key import new_person_key, open_for, seal_for
from huggg.people.store import ensure_person_keys, person_keys, queries
from tests.support.guards import Guard
from tests.support.rows import put, ran
from tests.support.sql import sql

ROW = b"a row"

Two = tuple[asyncpg.Connection, asyncpg.Connection]
Story = Callable[[Database, Vault], Awaitable[None]]


async def older_user(database: Database) -> UUID:
    """Register a user without a key, as an older release does."""
    user_id = new_id()
    new = "INSERT INTO users (id, kind, name) VALUES ($1, 'customer', 'Amara') RETURNING 1"
    await sql(database, new, user_id)
    return user_id


async def test_a_person_keeps_the_key_that_was_drawn_first(database: Database, vault: Vault) -> None:
    amara, ben = await older_user(database), await older_user(database)
    first = await ensure_person_keys(database, vault, [amara])
    sealed = seal_for(vault, b"Have one on me.", first[amara], bound_to=ROW)
    both = await ensure_person_keys(database, vault, [amara, ben])
    assert both[amara] == first[amara]
    assert open_for(vault, sealed, both[amara], bound_to=ROW) == b"Have one on me."
    assert await person_keys(database, [amara, ben, new_id()]) == both


async def test_processes_that_draw_at_once_get_one_key(database: Database, vault: Vault) -> None:
    amara = await older_user(database)
    drawn = await asyncio.gather(*(ensure_person_keys(database, vault, [amara]) for _ in range(8)))
    assert len({keys[amara].sealed for keys in drawn}) == 1


async def erased_gets_no_key(database: Database, vault: Vault) -> None:
    amara = await older_user(database)
    await sql(database, "UPDATE users SET erased_at = now() WHERE id = $1", amara)
    assert await ensure_person_keys(database, vault, [amara]) == {}


async def only_users_get_keys(database: Database, vault: Vault) -> None:
    amara, stranger = await older_user(database), new_id()
    assert set(await ensure_person_keys(database, vault, [amara, stranger])) == {amara}


async def erased_meanwhile_gets_no_key(database: Database, vault: Vault) -> None:
    """A process draws a key while another transaction erases the person."""
    amara = await older_user(database)
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET erased_at = now() WHERE id = $1", amara)
        drawing = asyncio.create_task(ensure_person_keys(database, vault, [amara]))
        await waits_or_is_done(database, drawing)
    assert await drawing == {}


async def waits_or_is_done(database: Database, task: asyncio.Task[object]) -> None:
    waiting = (
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    while not task.done() and not await sql(database, waiting):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


STORIES = [erased_gets_no_key, only_users_get_keys, erased_meanwhile_gets_no_key]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_an_erased_person_gets_no_other_key(
    story: Story, database: Database, vault: Vault
) -> None:
    await story(database, vault)


GUARDS = [
    (Guard(queries, "keep_person_keys", " AND erased_at IS NULL"), erased_gets_no_key),
    (
        Guard(queries, "keep_person_keys", "JOIN living_users l ON l.id = d.person_id"),
        only_users_get_keys,
    ),
    (Guard(queries, "keep_person_keys", "FOR SHARE"), erased_meanwhile_gets_no_key),
]


@pytest.mark.parametrize(("guard", "story"), [pytest.param(*each, id=str(each[0])) for each in GUARDS])
async def test_each_guard_of_drawing_matters(
    guard: Guard, story: Story, database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard.take_away(monkeypatch)
    with pytest.raises(AssertionError):
        await story(database, vault)


async def test_a_key_that_is_kept_is_never_replaced(database: Database, vault: Vault) -> None:
    amara = await older_user(database)
    before = await ensure_person_keys(database, vault, [amara])
    other = new_person_key(vault, amara)
    await database.rows(queries.keep_person_keys, person_ids=[amara], keys=[other.sealed])
    assert await person_keys(database, [amara]) == before


async def test_keys_are_kept_in_the_order_of_the_people(two: Two) -> None:
    """While another process keeps the first one's key, this one has kept none of the others."""
    one, other = two
    for person_id in (1, 2):
        await put(one, "users", id=person_id)
    people = [UUID(int=person_id) for person_id in (2, 1)]
    async with one.transaction():
        await put(one, "person_keys", person_id=1)
        values = {"person_ids": people, "keys": [b"two", b"one"]}
        waits = asyncio.create_task(ran(other, queries.keep_person_keys, **values))
        await asyncio.sleep(0.1)
        await put(one, "person_keys", person_id=2)
    await waits
    kept = await one.fetch("SELECT key FROM person_keys ORDER BY person_id")
    assert [row["key"] for row in kept] == [b"\1", b"\1"]
