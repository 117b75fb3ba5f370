"""A hold is a promise: an acknowledged hold is confirmed, with any act between two steps of another.

Each act is stopped between its decision and its record, on a pool of its own, and another act runs
meanwhile. Then every hold that a till was promised, and that no till ended, must be confirmed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.sessions import connect
from huggg.holds.confirm import confirm_hold
from huggg.holds.hold import Hold
from huggg.holds.place import place_hold
from huggg.holds.reverse import reverse_hold
from huggg.holds.store import lookup_hold
from huggg.holds.store import queries as of_holds
from huggg.hugggs.lifecycle import Change
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.authenticate import authenticate
from huggg.identity.caller import Caller
from huggg.kit.ids import NIL
from huggg.redemptions.redeem import SpendableLookup, redeem
from huggg.redemptions.redeem import queries as of_redemptions
from huggg.redemptions.unredeem import RedeemedLookup, unredeem
from huggg.refusal import Refusal
from huggg.transactions.changes.change import queries as of_changes
from huggg.transactions.ends.end import queries as of_ends
from tests.faults.doctor import broken_rules
from tests.faults.test_life_raced import MOMENT, RECORDINGS, Stage
from tests.support.buyers import AGE, grow_old
from tests.support.guards import Guard
from tests.support.sql import scalar, sql
from tests.support.world import World


@dataclass
class Till:
    """A till with a pool of its own, and the holds that it was promised."""

    world: World
    database: Database
    caller: Caller
    huggg: UUID
    promised: dict[UUID, Hold]
    shortcode: str = ""
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def hold(self) -> None:
        hold = await place_hold(
            self.database,
            self.world.platform.vault,
            self._interrupted(SpendableLookup(self.database, self.reference, "bristol17")),
            seconds=60,
            reference=None,
            caller=self.caller,
        )
        self.promised[hold.id] = hold

    async def redeem(self) -> None:
        lookup = self._interrupted(SpendableLookup(self.database, self.reference, "bristol17"))
        await redeem(self.database, self.world.platform.vault, lookup, caller=self.caller)

    async def confirm(self) -> None:
        lookup = self._interrupted(lookup_hold(self.database, self.reference, self.latest))
        await confirm_hold(self.database, self.world.platform.vault, lookup, caller=self.caller)
        self.promised.pop(self.latest, None)

    async def reverse(self) -> None:
        lookup = self._interrupted(lookup_hold(self.database, self.reference, self.latest))
        await reverse_hold(self.database, self.world.platform.vault, lookup, caller=self.caller)
        self.promised.pop(self.latest, None)

    async def unredeem(self) -> None:
        lookup = self._interrupted(RedeemedLookup(self.database, self.reference, None))
        await unredeem(self.database, self.world.platform.vault, lookup, None, caller=self.caller)

    async def cancel(self) -> None:
        await self._record(Change.CANCEL)

    async def move(self) -> None:
        await self._record(Change.MOVE)

    async def expire(self) -> None:
        await grow_old(self.world, str(self.huggg))
        await self._record(Change.EXPIRE)

    async def _record(self, change: Change) -> None:
        """Record a change of the sender's or of time, decided before the other act ran."""
        seen_query = "SELECT now() AS at, updated_at, codes FROM hugggs WHERE id = $1"
        [row] = await sql(self.database, seen_query, self.huggg)
        await self._run_meanwhile()
        stage = Stage(
            *(self.world, self.database, self.database, self.huggg, self.shortcode),
            *(row["at"] + MOMENT, row["updated_at"], row["codes"]),
        )
        await RECORDINGS[change](stage, self.database)

    @property
    def reference(self) -> HugggReference:
        return HugggReference(self.huggg, [])

    @property
    def latest(self) -> UUID:
        return next(reversed(self.promised), NIL)

    def _interrupted(self, lookup: Lookup) -> Lookup:
        return Interrupted(lookup, self._run_meanwhile)

    async def _run_meanwhile(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            with suppress(Refusal):
                await meanwhile()


class Interrupted(Lookup):
    """After its first reading, another act runs."""

    def __init__(self, lookup: Lookup, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._lookup, self._meanwhile = lookup, meanwhile

    async def row(self) -> Record:
        row = await self._lookup.row()
        await self._meanwhile()
        return row


@pytest.fixture
async def pools(database_url: str) -> AsyncIterator[list[Database]]:
    opened = [await connect(database_url, connections_max=4) for _ in range(2)]
    yield opened
    for database in opened:
        await database.close()


STARTS = ("free", "held", "spent")
ACTS = ("hold", "confirm", "reverse", "redeem", "unredeem", "cancel", "expire", "move")

OVERTAKEN = """
SELECT e.kind FROM events e JOIN events h ON h.subject_id = e.subject_id
 WHERE h.subject_id = $1 AND h.kind = 'huggg.held' AND h.data ->> 'hold_id' = $2 AND e.id > h.id
   AND e.kind IN ('huggg.moved', 'huggg.cancelled', 'huggg.expired')
"""
"""The changes of a huggg that were made after a till was promised it."""


@pytest.mark.parametrize("act", ACTS)
async def test_a_promise_is_kept_through_every_call_between_and_the_books_agree(
    world: World, pools: list[Database], act: str
) -> None:
    for start in STARTS:
        for meanwhile in ACTS:
            if (start, act, meanwhile) == ("spent", "expire", "unredeem"):
                continue  # it was made old, so its redemption would be from after its last day
            assert await race(world, pools, start, act, meanwhile) == [], (start, act, meanwhile)
    assert await broken_rules(world.platform.database) == []


async def race(world: World, pools: list[Database], start: str, act: str, meanwhile: str) -> list[str]:
    """Run an act, and another between its steps; gives the promises that were broken."""
    [bought] = await world.buy(receivers=[{"user_id": str(world.bo.id)}])
    platform = world.platform
    caller = await authenticate(platform.database, platform.vault, f"Bearer {world.till.token}")
    huggg, shortcode = UUID(bought["id"]), bought["shortcode"]
    one, other = [Till(world, pool, caller, huggg, {}, shortcode) for pool in pools]
    other.promised = one.promised
    if start != "free":
        await one.hold()
    if start == "spent":
        await one.confirm()
    one.meanwhile = getattr(other, meanwhile)
    with suppress(Refusal, asyncpg.PostgresError):
        await getattr(one, act)()
    broken = []
    for hold in list(one.promised.values()):
        broken += [row["kind"] for row in await sql(one.database, OVERTAKEN, huggg, str(hold.id))]
        lookup = lookup_hold(platform.database, one.reference, hold.id)
        try:
            await confirm_hold(platform.database, platform.vault, lookup, caller=caller)
        except Refusal as refusal:
            broken.append(str(refusal))
    lives_on = "SELECT expired_at IS NULL AND expires_at < now() FROM hugggs WHERE id = $1"
    while await scalar(one.database, lives_on, huggg):
        await grow_old(world, bought["id"], -AGE)
    return broken


LIVE = "coalesce(h.held_until <= a.at, true)"
CONFIRMS = "h.hold_id = a.hold_id AND h.held_until > a.at"
AGAIN = "ALTER TABLE hugggs DROP CONSTRAINT nothing_is_spent_while_held"
"""The schema says it a second time, and stops a statement that lost its guard."""

HOLES: list[tuple[str, Guard, tuple[str, str, str]]] = [
    (
        "a redemption overtakes a hold",
        Guard(of_redemptions, "redeem", f" AND {LIVE}"),
        ("free", "redeem", "hold"),
    ),
    (
        "a hold overtakes a hold",
        Guard(of_holds, "place", f"AND {LIVE}"),
        ("free", "hold", "hold"),
    ),
    (
        "a spent huggg is held",
        Guard(of_holds, "place", "AND num_nonnulls(h.redemption_id) = 0"),
        ("free", "hold", "redeem"),
    ),
    (
        "a reversed hold is confirmed",
        Guard(of_redemptions, "redeem", CONFIRMS, "a.hold_id IS NOT NULL"),
        ("held", "confirm", "reverse"),
    ),
    (
        "a cancellation overtakes a hold",
        Guard(of_ends, "end", "AND coalesce(h.held_until <= :at::timestamptz, true)"),
        ("free", "cancel", "hold"),
    ),
    (
        "a huggg expires while it is held",
        Guard(of_ends, "end", "AND coalesce(h.held_until <= :at::timestamptz, true)"),
        ("held", "expire", "unredeem"),
    ),
    (
        "a move overtakes a hold",
        Guard(of_changes, "move", "AND coalesce(h.held_until <= :at, true)"),
        ("free", "move", "hold"),
    ),
]


@pytest.mark.parametrize(("guard", "pair"), [hole[1:] for hole in HOLES], ids=[h[0] for h in HOLES])
async def test_without_the_guard_a_promise_is_broken(
    world: World,
    pools: list[Database],
    monkeypatch: pytest.MonkeyPatch,
    guard: Guard,
    pair: tuple[str, str, str],
) -> None:
    assert await race(world, pools, *pair) == []
    assert await broken_rules(world.platform.database) == []
    guard.take_away(monkeypatch)
    await sql(world.platform.database, AGAIN)
    broken: list[Any] = await race(world, pools, *pair)
    assert broken or await broken_rules(world.platform.database) != []
