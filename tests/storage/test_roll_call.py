"""The roll call: no key seals before every process has it, and none looks up without a key in use."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from huggg.database.errors import DatabaseAwayError
from huggg.database.pool import Database
from huggg.keys import adopt as adopting
from huggg.keys import roll_call
from huggg.keys.adopt import KeyNotEverywhereError, adopt_key
from huggg.keys.roll_call import RollCall, answering, key_label
from huggg.kit.codes import KeysInDoubtError, Vault
from tests.support.guards import Guard
from tests.support.sql import scalar, sql
from tests.support.waiting import until

FIRST, SECOND, OTHER = (secrets.token_bytes(32) for _ in range(3))


class File:
    """A key file, as one process sees it."""

    def __init__(self, **keys: bytes) -> None:
        self.keys = {int(name.removeprefix("key_")): key for name, key in keys.items()}

    def __call__(self) -> dict[int, bytes]:
        return dict(self.keys)

    def vault(self) -> Vault:
        return Vault(self.keys, self)


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_call, "CALL_SECONDS", 0.05)
    monkeypatch.setattr(roll_call, "ADOPT_SECONDS", 0.2)
    monkeypatch.setattr(adopting, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(adopting, "TAKEN_UP_SECONDS", 0.0)


@asynccontextmanager
async def two(database: Database, mine: File, yours: File) -> AsyncIterator[tuple[Vault, Vault]]:
    """Two processes that run, each with a key file of its own."""
    ours, theirs = mine.vault(), yours.vault()
    async with answering(database, ours), answering(database, theirs):
        yield ours, theirs


async def in_use(database: Database) -> list[int]:
    return [row["number"] for row in await sql(database, "SELECT number FROM key_checks ORDER BY 1")]


async def has_reported(database: Database, key: bytes) -> bool:
    """Tell whether a process has reported this key as its second one."""
    label = key_label(2, File(key_2=key).vault().checks[2])
    return bool(await scalar(database, "SELECT bool_or($1 = ANY (keys)) FROM processes", label))


async def test_the_first_process_brings_its_keys_and_no_other_does(database: Database) -> None:
    mine, yours = File(key_1=FIRST), File(key_1=FIRST, key_2=SECOND)
    async with two(database, mine, yours) as (ours, theirs):
        assert await in_use(database) == [1]
        assert (ours.newest, theirs.newest) == (1, 1)
        assert (ours.doubt, theirs.doubt) == (None, None)
    assert await sql(database, "SELECT * FROM processes") == []


async def test_a_key_waits_for_every_process_and_names_those_without(database: Database) -> None:
    mine, yours = File(key_1=FIRST, key_2=SECOND), File(key_1=FIRST)
    waiting: list[list[str]] = []
    async with two(database, yours, mine) as (theirs, ours):
        with pytest.raises(
            KeyNotEverywhereError, match=r"^Key 2 is not in use yet\. Without it: .+, process \d+\.$"
        ):
            await adopt_key(database, ours, wait_seconds=0.1, on_waiting=waiting.append)
        assert [len(names) for names in waiting] == [1]
        assert (await in_use(database), ours.newest) == ([1], 1)

        adoption = asyncio.create_task(adopt_key(database, ours, wait_seconds=20))
        yours.keys[2] = OTHER  # as if the rotation had been started there as well
        await until(lambda: has_reported(database, OTHER))
        assert (await in_use(database), ours.newest) == ([1], 1)
        yours.keys[2] = SECOND
        await adoption
        assert await in_use(database) == [1, 2]
        await until(lambda: (ours.newest, theirs.newest) == (2, 2))
        assert theirs.open(ours.seal(b"code", bound_to=b"row"), bound_to=b"row") == b"code"
        await adopt_key(database, ours, wait_seconds=0)  # which is in use already


async def test_without_the_guard_a_process_is_left_behind_and_then_refuses(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = "WHERE NOT EXISTS (SELECT FROM processes_without)"
    Guard(roll_call.queries, "bring_into_use", everywhere).take_away(monkeypatch)
    mine, yours = File(key_1=FIRST, key_2=SECOND), File(key_1=FIRST)
    async with two(database, yours, mine) as (theirs, ours):
        await adopt_key(database, ours, wait_seconds=0)
        assert (await in_use(database), ours.newest) == ([1, 2], 2)
        assert theirs.doubt == "This server lacks key 2 of the database."
        with pytest.raises(KeysInDoubtError):
            theirs.fingerprints("shortcode", "jcsk2df4sphbgl7f")
        yours.keys[2] = SECOND
        await until(lambda: theirs.doubt is None)
        assert theirs.fingerprints("k", "c") == ours.fingerprints("k", "c")


async def test_nothing_is_sealed_before_every_process_has_heard(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll_call, "ADOPT_SECONDS", 3600.0)
    file = File(key_1=FIRST, key_2=SECOND)
    async with two(database, File(key_1=FIRST, key_2=SECOND), file) as (ours, theirs):
        assert ours.newest == theirs.newest == 2  # of the first process that a database meets
    await sql(database, "UPDATE key_checks SET in_use_since = now() WHERE number = 2")
    async with two(database, file, file) as (ours, theirs):
        assert ours.newest == theirs.newest == 1


async def test_a_process_that_does_not_hear_refuses_until_it_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = File(key_1=FIRST).vault()
    call = RollCall(database, vault)
    await call.answer()
    assert vault.doubt is None
    with monkeypatch.context() as late:
        late.setattr(roll_call, "SURE_SECONDS", -1.0)
        await call.answer()
    assert vault.doubt == "This server has not heard for some time which keys are in use."
    with pytest.raises(KeysInDoubtError):
        vault.fingerprints("shortcode", "jcsk2df4sphbgl7f")
    await call.answer()
    assert vault.doubt is None


async def test_a_process_whose_database_is_away_at_its_start_is_in_doubt(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: RollCall) -> None:
        raise DatabaseAwayError

    vault = File(key_1=FIRST).vault()
    with monkeypatch.context() as cut_off:
        cut_off.setattr(RollCall, "answer", away)
        async with answering(database, vault):
            assert vault.doubt == "This server has not heard for some time which keys are in use."
    async with answering(database, vault):
        assert vault.doubt is None
