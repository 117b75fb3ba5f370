"""Load: clients that buy and redeem under idempotency keys, and remember the answers.

An act that was answered 201 is *acknowledged*: it must outlive every fault of the server. An act without
an answer may have happened or not; its client sends it again with the same key, and it must have
happened once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from huggg.database.pool import Database
from huggg.kit.ids import new_id
from huggg.wallets.top_up import top_up
from tests.faults.dice import dice
from tests.faults.doctor import broken_rules
from tests.faults.lines import Line, dial, redemption_of, request
from tests.support.processes import Server
from tests.support.world import COFFEE_PENCE, World

GONE = (OSError, EOFError)
"""The sight of a client whose server died, or is not there."""

CLIENTS = 8
ATTEMPTS_MAX = 150
PAUSE_SECONDS = 0.2  # between attempts; a reservation that died with its server blocks its key for ten


@dataclass(slots=True)
class Act:
    """One request that shall have one effect, and its client's knowledge of that effect."""

    content: bytes
    kind: str
    acknowledged: str | None = None  # the id of the redemption or transaction
    answer: bytes = b""


async def prepare(world: World, *, redemptions: int, purchases: int) -> list[Act]:
    """Write requests to buy and to redeem in a mixed order, and make the rows that they need."""
    pence = (redemptions + purchases) * COFFEE_PENCE
    await top_up(world.platform.database, wallet_id=world.wallet, amount=pence)
    hugggs = await world.buy(quantity=redemptions)
    till = [
        Act(redemption_of(huggg["id"], world.till, key=str(new_id())), "redemptions") for huggg in hugggs
    ]
    body = world.order(receivers=[{"user_id": str(world.bo.id)}], message="Have a good one!")
    shop = [
        Act(
            request("POST", "/api/v2/transactions", world.amara, body, key=str(new_id())), "transactions"
        )
        for _ in range(purchases)
    ]
    acts = [*till, *shop]
    dice().shuffle(acts)
    return acts


class Driving:
    """Many clients at work on the same list, until it ends or no server answers any more."""

    def __init__(self, server: Server, acts: Iterable[Act]) -> None:
        self._acts = list(acts)
        self._todo = iter(self._acts)
        self._clients = [asyncio.create_task(_client(server, self._todo)) for _ in range(CLIENTS)]

    async def until_acknowledged(self, count: int) -> None:
        """Wait until so many more acts were answered 201."""
        before = len(acknowledged(self._acts))
        while len(acknowledged(self._acts)) < before + count:
            assert not all(client.done() for client in self._clients), "The load ended too early."
            await asyncio.sleep(0.001)

    async def ended(self) -> None:
        await asyncio.gather(*self._clients)


def acknowledged(acts: Iterable[Act], kind: str = "") -> set[str]:
    """Name the effects that must be in the database."""
    return {act.acknowledged for act in acts if act.acknowledged and act.kind.startswith(kind)}


def unacknowledged(acts: Iterable[Act]) -> list[Act]:
    return [act for act in acts if act.acknowledged is None]


async def settle(server: Server, acts: Iterable[Act]) -> None:
    """Send every act again with its key until it is acknowledged; acknowledged ones must be so again."""
    todo = iter(list(acts))

    async def client() -> None:
        line = await dial(server)
        try:
            for act in todo:
                for _ in range(ATTEMPTS_MAX):
                    if await _attempt(line, act):
                        break
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await line.hang_up()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def check_nothing_lost(database: Database, acts: Iterable[Act]) -> None:
    """See that all that was acknowledged is there, and nothing in halves."""
    for kind in ("redemptions", "transactions"):
        assert acknowledged(acts, kind) <= await _present(database, kind)
    assert await broken_rules(database) == []


async def check_one_effect_each(database: Database, acts: Iterable[Act]) -> None:
    """See that after all settled there is one effect for every act, and no other."""
    assert unacknowledged(acts) == []
    assert acknowledged(acts, "redemptions") == await _present(database, "redemptions")
    one_that_made_the_hugggs = 1
    bought = await _present(database, "transactions")
    assert acknowledged(acts, "transactions") <= bought
    assert len(bought) == len(acknowledged(acts, "transactions")) + one_that_made_the_hugggs
    assert await broken_rules(database) == []


async def _client(server: Server, todo: Iterator[Act]) -> None:
    """Take the next act and do it, over a new connection when the last one broke."""
    while True:
        try:
            line = await dial(server)
        except OSError:
            return
        try:
            for act in todo:
                await _attempt(line, act)
        except GONE:
            continue
        else:
            return
        finally:
            await line.hang_up()


async def _attempt(line: Line, act: Act) -> bool:
    answer = await line.ask(act.content)
    if answer.status == 201:
        assert act.acknowledged in {None, answer.data["id"]}
        assert act.answer in {b"", answer.body}
        act.acknowledged, act.answer = answer.data["id"], answer.body
        return True
    assert answer.status in {409, 503}, answer
    return False


async def _present(database: Database, table: str) -> set[str]:
    async with database.transaction() as connection:
        return {str(row["id"]) for row in await connection.fetch(f"SELECT id FROM {table}")}  # noqa: S608
