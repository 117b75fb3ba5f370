"""Lost answers, without a database: the rules alone keep the books of both sides equal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from huggg.redemptions.errors import AlreadyUnredeemed
from huggg.redemptions.redemption import (
    Redeemed,
    Redemption,
    check_reversal,
    decide_redemption,
    decide_unredemption,
    repeat_redemption,
)
from huggg.redemptions.sale import UNTOLD
from huggg.refusal import Refusal
from tests.support.lost_answers import Message, Network, Sale
from tests.support.values import BRISTOL, HARBOUR, NOW, spendable, till


class Model:
    """A server of one thread: the rules, the redemptions, and the kept refusals."""

    def __init__(self, *, keeps_refusals: bool = True, forestalls: bool = True) -> None:
        self.redemptions: dict[tuple[UUID, UUID], Redemption] = {}
        self.refused: set[tuple[UUID, UUID]] = set()
        self._keeps_refusals = keeps_refusals
        self._forestalls = forestalls
        self._now = NOW

    async def answer(self, message: Message, huggg: UUID, id_: UUID) -> int:
        self._now += timedelta(seconds=1)
        try:
            if message is Message.REDEEM:
                self._redeem(huggg, id_)
            else:
                self._reverse(huggg, id_)
        except Refusal:
            return 422
        return 201

    def stands(self, huggg: UUID) -> UUID | None:
        live = [
            made.id for (about, _), made in self.redemptions.items() if about == huggg and made.redeemed
        ]
        assert len(live) <= 1
        return live[0] if live else None

    def _redeem(self, huggg: UUID, id_: UUID) -> None:
        before = self.redemptions.get((huggg, id_))
        if before is not None:
            repeat_redemption(before, "bristol17", UNTOLD, caller=till())
            return
        if (huggg, id_) in self.refused:
            raise AlreadyUnredeemed
        facts = spendable(id=huggg, redemption_id=self.stands(huggg))
        try:
            made = decide_redemption(facts, BRISTOL, caller=till(), now=self._now, redemption_id=id_)
        except Refusal:
            if self._keeps_refusals:
                self.refused.add((huggg, id_))
            raise
        self.redemptions[huggg, id_] = made

    def _reverse(self, huggg: UUID, id_: UUID) -> None:
        before = self.redemptions.get((huggg, id_))
        check_reversal(spendable(id=huggg), before, caller=till(), now=self._now)
        if before is None:
            if self._forestalls:
                self.refused.add((huggg, id_))
        elif before.redeemed:
            facts = Redeemed(frozenset({HARBOUR}), before, requested_exists=True)
            taken_back = decide_unredemption(facts, id_, caller=till(), now=self._now)
            self.redemptions[huggg, id_] = changed(taken_back)


def differences(model: Model, seed: int, *, sales: int, hugggs: int, steps: int) -> list[Sale]:
    chance = Random(seed)  # noqa: S311 - a test's dice
    asked = [Sale(UUID(int=1 + n % hugggs), UUID(int=100 + n)) for n in range(sales)]
    asyncio.run(Network(model.answer, asked, chance).run(steps))
    return [sale for sale in asked if sale.stands != (model.stands(sale.huggg) == sale.id)]


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), sales=st.integers(1, 6), hugggs=st.integers(1, 3))
def test_any_loss_doubling_and_order_of_messages_ends_in_the_same_books(
    seed: int, sales: int, hugggs: int
) -> None:
    assert differences(Model(), seed, sales=sales, hugggs=hugggs, steps=40) == []


@pytest.mark.parametrize("lacking", ["keeps_refusals", "forestalls"])
def test_without_kept_refusals_or_forestalled_ids_the_books_differ(lacking: str) -> None:
    models = (Model(**{lacking: False}) for _ in range(300))
    found = (differences(model, seed, sales=6, hugggs=2, steps=40) for seed, model in enumerate(models))
    assert any(found)
