"""Lost answers, without a database: the rules alone keep the books of both sides equal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from huggg.holds.hold import (
    Hold,
    HoldFacts,
    HoldState,
    decide_confirmation,
    decide_hold,
    own_hold,
    state_of,
)
from huggg.redemptions.errors import AlreadyUnredeemed
from huggg.redemptions.redemption import (
    RedeemedHuggg,
    Redemption,
    Spendable,
    check_reversal,
    decide_redemption,
    decide_unredemption,
    repeat_redemption,
)
from huggg.redemptions.sale import NO_SALE
from huggg.refusal import Refusal
from tests.support.lost_answers import Answer, Message, Network, Sale, Way
from tests.support.values import AMARA, BRISTOL, HARBOUR, NOW, spendable, till

REFUSED = Answer(422)
SECONDS = 120


class Model:
    """A server of one thread: the rules, the rows that they are about, and the kept answers.

    Each of its parts can be left out: see `GUARDS`.
    """

    def __init__(self, lacking: str | None = None) -> None:
        self.redemptions: dict[tuple[UUID, UUID], Redemption] = {}
        self.holds: dict[UUID, Hold] = {}
        self.standing: dict[UUID, UUID] = {}  # holds by huggg
        self.refused: set[tuple[UUID, UUID]] = set()
        self.kept: dict[tuple[Message, UUID], Answer] = {}
        self._lacking = lacking
        self._now = NOW

    async def answer(self, message: Message, sale: Sale) -> Answer:
        """Answer a message, as the route of its way does."""
        self._now += timedelta(seconds=1)
        act = ACTS[sale.way, message]
        if message is not Message.HOLD and sale.way is not Way.KEYED:
            return self._tried(act, sale)
        if (message, sale.id) not in self.kept or self._lacking == "keys":
            self.kept[message, sale.id] = self._tried(act, sale)
        return self.kept[message, sale.id]

    async def lapse(self, huggg: UUID) -> None:
        """Let the hold that stands run out."""
        if huggg in self.standing:
            self._now = max(self._now, self.holds[self.standing[huggg]].ends_at)

    def stands(self, huggg: UUID) -> UUID | None:
        """Name the redemption that stands; there is no second one."""
        live = [
            each.id for (about, _), each in self.redemptions.items() if about == huggg and each.redeemed
        ]
        assert len(live) <= 1
        return live[0] if live else None

    def held_hugggs(self) -> set[UUID]:
        """Name the hugggs that are held still."""
        holds = (self.holds[hold_id] for hold_id in self.standing.values())
        return {hold.huggg_id for hold in holds if hold.ends_at > self._now}

    def _tried(self, act: Callable[[Model, Sale], UUID], sale: Sale) -> Answer:
        try:
            return Answer(201, act(self, sale))
        except Refusal:
            return REFUSED

    def redeem_named(self, sale: Sale) -> UUID:
        """`PUT …/redemptions/{id}`."""
        before = self.redemptions.get((sale.huggg, sale.id))
        if before is not None:
            return repeat_redemption(before, "bristol17", NO_SALE, caller=till()).id
        if (sale.huggg, sale.id) in self.refused:
            raise AlreadyUnredeemed
        try:
            return self.redeem(sale, redemption_id=sale.id)
        except Refusal:
            if self._lacking != "kept refusals":
                self.refused.add((sale.huggg, sale.id))
            raise

    def redeem(self, sale: Sale, *, redemption_id: UUID | None = None) -> UUID:
        """`POST …/redemptions`."""
        facts = self._facts(sale.huggg)
        redemption = decide_redemption(
            facts, BRISTOL, caller=till(), now=self._now, redemption_id=redemption_id
        )
        return self._put(redemption)

    def reverse(self, sale: Sale) -> UUID:
        """`POST …/redemptions/{id}/reversal`."""
        before = self.redemptions.get((sale.huggg, sale.id))
        check_reversal(spendable(id=sale.huggg), before, caller=till(), now=self._now)
        if before is not None:
            return self._taken_back(before) if before.redeemed else before.id
        if self._lacking != "forestalling":
            self.refused.add((sale.huggg, sale.id))
        return sale.id

    def hold(self, sale: Sale) -> UUID:
        """`POST …/holds`."""
        facts = self._facts(sale.huggg)
        placed = decide_hold(
            facts, BRISTOL, seconds=SECONDS, reference=None, caller=till(), now=self._now
        )
        self.holds[placed.id], self.standing[sale.huggg] = placed, placed.id
        return placed.id

    def confirm(self, sale: Sale) -> UUID:
        """`POST …/holds/{hold}/confirmation`."""
        facts = self._held(sale)
        if self._lacking == "ends of holds" and facts.hold is not None and facts.redemption is None:
            hold = changed(facts.hold, reversed_at=None, ends_at=self._now + timedelta(seconds=1))
            facts = changed(facts, hold=hold, standing_id=hold.id)
        redemption = decide_confirmation(facts, caller=till(), now=self._now)
        return redemption.id if redemption is facts.redemption else self._put(redemption)

    def release(self, sale: Sale) -> UUID:
        """`POST …/holds/{hold}/reversal`."""
        facts, hold = own_hold(self._held(sale), till(), now=self._now)
        state = state_of(facts, hold, self._now)
        if state is HoldState.CONFIRMED and facts.redemption is not None:
            if self._lacking != "reversals of confirmations":
                self._taken_back(facts.redemption)
        elif state is HoldState.HELD:
            self.holds[hold.id] = changed(hold, reversed_at=self._now)
            del self.standing[sale.huggg]
        return hold.id

    def take_back(self, sale: Sale) -> UUID:
        """`PATCH …/redemptions/{id}`."""
        return self._unredeem(sale.huggg, sale.id)

    def take_latest_back(self, sale: Sale) -> UUID:
        """`PATCH …/redemptions/latest`."""
        return self._unredeem(sale.huggg, None)

    def _unredeem(self, huggg: UUID, requested: UUID | None) -> UUID:
        of_huggg = [each for (about, _), each in self.redemptions.items() if about == huggg]
        of_huggg.sort(key=lambda each: (each.redeemed, each.created_at))
        known = requested in {each.id for each in of_huggg}
        facts = RedeemedHuggg(frozenset({HARBOUR}), of_huggg[-1] if of_huggg else None, known)
        taken_back = decide_unredemption(facts, requested, caller=till(), now=self._now)
        self.redemptions[huggg, taken_back.id] = taken_back
        return taken_back.id

    def _facts(self, huggg: UUID) -> Spendable:
        hold_id = self.standing.get(huggg)
        until = None if hold_id is None else self.holds[hold_id].ends_at
        return spendable(id=huggg, redemption_id=self.stands(huggg), held_until=until)

    def _held(self, sale: Sale) -> HoldFacts:
        redemptions = (each for each in self.redemptions.values() if each.hold_id == sale.hold_id)
        return HoldFacts(
            AMARA,
            NOW - timedelta(days=1),
            frozenset({HARBOUR}),
            None if sale.hold_id is None else self.holds[sale.hold_id],
            self.standing.get(sale.huggg),
            spent=self.stands(sale.huggg) is not None,
            redemption=next(redemptions, None),
        )

    def _put(self, redemption: Redemption) -> UUID:
        self.redemptions[redemption.huggg_id, redemption.id] = redemption
        self.standing.pop(redemption.huggg_id, None)
        return redemption.id

    def _taken_back(self, redemption: Redemption) -> UUID:
        return self._unredeem(redemption.huggg_id, redemption.id)


ACTS: dict[tuple[Way, Message], Any] = {
    (Way.NAMED, Message.REDEEM): Model.redeem_named,
    (Way.NAMED, Message.REVERSE): Model.reverse,
    (Way.NAMED, Message.TAKE_BACK): Model.take_back,
    (Way.HELD, Message.HOLD): Model.hold,
    (Way.HELD, Message.REDEEM): Model.confirm,
    (Way.HELD, Message.REVERSE): Model.release,
    (Way.KEYED, Message.REDEEM): Model.redeem,
    (Way.KEYED, Message.TAKE_BACK): Model.take_latest_back,
}

GUARDS = ["kept refusals", "forestalling", "keys", "ends of holds", "reversals of confirmations"]


def differences(model: Model, seed: int, *, sales: int, hugggs: int, steps: int = 60) -> set[UUID]:
    """Let sales want hugggs through the network; give the entries that the books do not share."""
    chance = Random(seed)  # noqa: S311 - a test's dice
    ids = [(UUID(int=1 + n % hugggs), UUID(int=100 + n)) for n in range(sales)]
    all_sales = [Sale(huggg, id_, chance.choice(list(Way))) for huggg, id_ in ids]
    asyncio.run(Network(model.answer, all_sales, chance, model.lapse).run(steps))
    tills = {sale.redemption_id for sale in all_sales}
    servers = {model.stands(huggg) for huggg, _ in ids}
    return {each for each in tills ^ servers if each is not None} | model.held_hugggs()


@settings(max_examples=120)
@given(seed=st.integers(0, 2**32), sales=st.integers(1, 6), hugggs=st.integers(1, 3))
def test_any_loss_doubling_and_order_of_messages_ends_in_the_same_books(
    seed: int, sales: int, hugggs: int
) -> None:
    assert differences(Model(), seed, sales=sales, hugggs=hugggs) == set()


@pytest.mark.parametrize("lacking", GUARDS)
def test_without_one_guard_the_books_differ(lacking: str) -> None:
    assert any(_breaks(Model(lacking), seed) for seed in range(400))


def _breaks(model: Model, seed: int) -> bool:
    try:
        return bool(differences(model, seed, sales=6, hugggs=2))
    except AssertionError:  # two redemptions stand
        return True
