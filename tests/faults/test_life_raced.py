"""Every pair of changes of a huggg, decided at the same time on two servers.

Both servers decide at the last instant of the huggg, from the same facts, and record in either order and
at once. Changes that exclude each other have one winner; the others may both be made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations_with_replacement
from uuid import UUID

import pytest

from huggg.database.doctor import examine
from huggg.database.pool import Database
from huggg.database.sessions import connect
from huggg.hugggs.claim import Claimer, insert_claim
from huggg.hugggs.huggg import HugggCodes, State
from huggg.hugggs.lifecycle import TRANSITIONS, Change
from huggg.hugggs.pick import insert_pick
from huggg.hugggs.reference import REDEEM_CODE
from huggg.hugggs.store import queries as of_hugggs
from huggg.hugggs.store import sealed_for
from huggg.hugggs.view import view
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.redemptions.redeem import insert_redemption
from huggg.redemptions.redeem import queries as of_redemptions
from huggg.redemptions.redemption import Redemption
from huggg.server.wiring import build_platform
from huggg.transactions.changes.change import queries as of_changes
from huggg.transactions.changes.moved_message import WITHOUT_MESSAGES
from huggg.transactions.ends.end import TOGETHER_MAX, End, end_hugggs
from huggg.transactions.ends.end import queries as of_ends
from huggg.wallets.top_up import top_up
from tests.conftest import fresh_database, served, settings_for
from tests.support.choices import add_choice
from tests.support.guards import Guard
from tests.support.keys import TEST_KEYS
from tests.support.life import end_yesterday, link_of
from tests.support.sql import scalar, sql
from tests.support.values import huggg as huggg_with
from tests.support.world import World, build_world

MOMENT = timedelta(milliseconds=1)
ITS_DAY = "SELECT expiry_date FROM hugggs WHERE id = $1"


@dataclass(frozen=True)
class Stage:
    """One huggg, its last instant, and the two servers' pools."""

    world: World
    here: Database
    there: Database
    huggg_id: UUID
    shortcode: str
    ends: datetime
    seen_at: datetime  # its last change before both decided
    link: bytes  # its codes as both read them

    @property
    def before(self) -> datetime:
        return self.ends - MOMENT


Recording = Callable[[Stage, Database], Awaitable[bool]]
"""Records a change that was decided at the last instant; tells whether it was made."""


async def _claim(stage: Stage, database: Database) -> bool:
    claimer = Claimer(new_id().bytes, "pos", user_id=stage.world.bo.id)
    claimed = huggg_with(id=stage.huggg_id, assigned_at=stage.before)
    return await insert_claim(database, claimed, claimer, link=stage.link, number=None)


async def _view(stage: Stage, database: Database) -> bool:
    await view(database, huggg_id=stage.huggg_id, client_id="page", link=stage.link, now=stage.before)
    return True


async def _redeem(stage: Stage, database: Database) -> bool:
    at = stage.before
    decided = Redemption(new_id(), stage.huggg_id, stage.world.harbour, "bristol17", None, "pos", at, at)
    return await insert_redemption(database, stage.world.platform.vault, decided, link=stage.link)


async def _pick(stage: Stage, database: Database) -> bool:
    picked = huggg_with(
        id=stage.huggg_id,
        product_id=stage.world.coffee,
        expiry_date=await scalar(database, ITS_DAY, stage.huggg_id),
        expires_at=stage.ends,
        updated_at=stage.before,
    )
    return await insert_pick(database, picked, seen_at=stage.seen_at, caller=Caller("page", None))


async def _change(stage: Stage, database: Database) -> bool:
    day = await scalar(database, ITS_DAY, stage.huggg_id)
    changed = await database.rows(
        of_changes.change,
        ids=[stage.huggg_id],
        sends=False,
        expiry_date=day,
        claim_expiry_date=None,
        send_date=None,
        send_at=None,
        at=stage.before,
        user_id=None,
        client_id=None,
    )
    return len(changed) == 1


async def _move(stage: Stage, database: Database) -> bool:
    """Move to Cleo, from the link that both servers saw."""
    codes = HugggCodes(new_id().hex[:16], "abc123")
    vault = stage.world.platform.vault
    moved = await database.row(
        of_changes.move,
        huggg_id=stage.huggg_id,
        receiver_id=stage.world.cleo.id,
        personal=None,
        phone=None,
        email=None,
        person_key=None,
        codes=vault.seal(codes.packed(), bound_to=sealed_for(stage.huggg_id)),
        fingerprint=vault.fingerprint("shortcode", codes.shortcode),
        redeem_fingerprint=vault.fingerprint(REDEEM_CODE, codes.redeem_code),
        old_fingerprints=vault.fingerprints("shortcode", stage.shortcode),
        voucher_id=None,
        keeps_voucher=True,
        **WITHOUT_MESSAGES,
        seen_at=stage.seen_at,
        slot="",
        channel=None,
        sealed=None,
        delivery_id=new_id(),
        at=stage.before,
        user_id=None,
        client_id=None,
    )
    return moved is not None


def _end(how: End) -> Recording:
    async def record(stage: Stage, database: Database) -> bool:
        at = stage.before if how is End.CANCELLED else stage.ends
        ended = await end_hugggs(database, [stage.huggg_id], how, at=at)
        return ended.count == 1

    return record


async def _send(stage: Stage, database: Database) -> bool:
    sent = await database.rows(of_ends.send, most=TOGETHER_MAX)
    return stage.huggg_id in {row["id"] for row in sent}


RECORDINGS: dict[Change, Recording] = {
    Change.VIEW: _view,
    Change.CLAIM: _claim,
    Change.PICK: _pick,
    Change.REDEEM: _redeem,
    Change.CHANGE: _change,
    Change.MOVE: _move,
    Change.CANCEL: _end(End.CANCELLED),
    Change.EXPIRE: _end(End.EXPIRED),
    Change.RETURN: _end(End.RETURNED),
    Change.SEND: _send,
}
OF_TILLS = {Change.UNREDEEM}
"""Unredeeming has no rival: only it changes a redeemed huggg. `tests/faults/test_storm.py` races two."""

BEFORE: dict[Change, set[State]] = {
    change: {row.before for row in TRANSITIONS if row.change is change} for change in Change
}
AFTER: dict[Change, set[State]] = {
    change: {row.after for row in TRANSITIONS if row.change is change} for change in Change
}
PAIRS = [
    (first, second)
    for first, second in combinations_with_replacement(RECORDINGS, 2)
    if BEFORE[first] & BEFORE[second]
]


BY_LINK = {Change.CLAIM, Change.PICK, Change.REDEEM}
"""The changes by a holder of the link, and by a till to which it was shown."""


def exclude_each_other(first: Change, second: Change) -> bool:
    """Tell whether neither change is possible after the other.

    Two moves start from one link, as all changes by it do, and two picks from one choice.
    """
    follows = AFTER[first] & BEFORE[second] or AFTER[second] & BEFORE[first]
    is_by_link = Change.MOVE in (first, second) and {first, second} <= BY_LINK | {Change.MOVE}
    return is_by_link or {first, second} == {Change.PICK} or not follows


@pytest.fixture(scope="module")
async def servers(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, Database, Database]]:
    """A world on one database, and the pools of two servers."""
    async with fresh_database(postgres, template) as url:
        settings = settings_for(url, tmp_path_factory.mktemp("town"))
        here, there = [await connect(url, connections_max=20) for _ in range(2)]
        async with served(settings) as http:
            world = await build_world(build_platform(settings, here, Vault(TEST_KEYS)), http)
            await top_up(here, wallet_id=world.wallet, amount=1_000_00)
            yield world, here, there
        await here.close()
        await there.close()


async def staged(
    servers: tuple[World, Database, Database], state: State, product: UUID | None = None
) -> Stage:
    world, here, there = servers
    receivers = [{"user_id": str(world.bo.id)}] if state is State.SENT else None
    (huggg,) = await world.buy(product, receivers=receivers)
    huggg_id = UUID(huggg["id"])
    if state is State.CLAIMED:
        path = f"/api/v2/hugggs/{huggg_id}/claim"
        assert (await world.call("POST", path, world.bo)).status_code == 201
    await end_yesterday(here, huggg["id"])
    if state is State.SCHEDULED:
        await sql(here, "UPDATE hugggs SET awaits_sending = true WHERE id = $1", huggg_id)
    ends = await scalar(here, "SELECT expires_at FROM hugggs WHERE id = $1", huggg_id)
    if state in {State.CANCELLED, State.EXPIRED}:  # and the value is due later
        column = f"{state}_at"
        await sql(
            here,
            f"UPDATE hugggs SET {column} = $2, returns_at = $2 WHERE id = $1",  # noqa: S608 - ours
            huggg_id,
            ends,
        )
        kind = f"huggg.{state}"
        await sql(
            here,
            "INSERT INTO events (subject_id, kind, at, data) VALUES ($1, $2, $3, '{\"returned\": 0}')",
            *(huggg_id, kind, ends),
        )
    seen_at = await scalar(here, "SELECT updated_at FROM hugggs WHERE id = $1", huggg_id)
    link = await link_of(here, huggg_id)
    return Stage(world, here, there, huggg_id, huggg["shortcode"], ends, seen_at, link)


async def is_sound(stage: Stage) -> bool:
    return [finding.rule for finding in await examine(stage.here) if finding.rows] == []


@pytest.mark.parametrize(("first", "second"), PAIRS)
async def test_of_two_changes_that_exclude_each_other_one_is_made(
    servers: tuple[World, Database, Database], first: Change, second: Change
) -> None:
    product = await add_choice(servers[0]) if Change.PICK in (first, second) else None
    for state in sorted(BEFORE[first] & BEFORE[second]):
        outcomes = []
        for one, other in ((first, second), (second, first)):
            stage = await staged(servers, state, product)
            earlier = await RECORDINGS[one](stage, stage.here)
            outcomes.append([earlier, await RECORDINGS[other](stage, stage.there)])
        stage = await staged(servers, state, product)
        at_once = (RECORDINGS[first](stage, stage.here), RECORDINGS[second](stage, stage.there))
        outcomes.append(list(await asyncio.gather(*at_once)))
        if exclude_each_other(first, second):
            assert [sum(each) for each in outcomes] == [1, 1, 1], (state, outcomes)
    assert await is_sound(stage)


GUARDS = [
    (Guard(of_redemptions, "redeem", " AND h.expired_at IS NULL"), Change.EXPIRE, Change.REDEEM),
    (
        Guard(of_redemptions, "redeem", "h.cancelled_at IS NULL AND ", ""),
        Change.CANCEL,
        Change.REDEEM,
    ),
    (Guard(of_ends, "end", "       AND h.redemption_id IS NULL\n"), Change.REDEEM, Change.CANCEL),
    (
        Guard(
            of_ends, "end", "WHEN 'cancelled' THEN h.cancelled_at IS NULL AND", "WHEN 'cancelled' THEN"
        ),
        Change.CANCEL,
        Change.CANCEL,
    ),
    (
        Guard(of_ends, "end", "WHEN 'expired' THEN h.cancelled_at IS NULL AND", "WHEN 'expired' THEN"),
        Change.CANCEL,
        Change.EXPIRE,
    ),
    (Guard(of_hugggs, "claim", "       AND assigned_at IS NULL\n"), Change.CLAIM, Change.CLAIM),
    (
        Guard(
            *(of_hugggs, "pick"),
            "       AND h.choice_id = h.product_id\n       AND h.updated_at = :seen_at\n",
            "       AND :seen_at::timestamptz IS NOT NULL\n",
        ),
        *(Change.PICK, Change.PICK),
    ),
]


@pytest.mark.parametrize(("guard", "first", "second"), GUARDS, ids=str)
async def test_without_a_guard_both_are_made(
    world: World, monkeypatch: pytest.MonkeyPatch, guard: Guard, first: Change, second: Change
) -> None:
    database = world.platform.database
    product = await add_choice(world) if first is Change.PICK else None
    stage = await staged((world, database, database), State.UNSENT, product)
    guard.take_away(monkeypatch)
    outcomes = [await RECORDINGS[change](stage, database) for change in (first, second)]
    assert outcomes == [True, True]
    assert first is Change.CLAIM or not await is_sound(stage)


def test_every_change_is_raced() -> None:
    assert set(RECORDINGS) | OF_TILLS == set(Change)
