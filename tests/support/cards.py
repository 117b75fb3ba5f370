"""Cards for tests, and their payments: in our books, and in the fake processor's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
from msgspec import structs

from huggg.payments.fake import FakeProcessor, LedgerLine
from huggg.payments.payment import Payment
from huggg.payments.processor import Processor
from huggg.payments.store import make_due, unsettled, unsettled_payment
from huggg.settings.settings import Settings
from huggg.transactions.jobs import WORKS
from huggg.transactions.plan import plan_in, seal_plan
from huggg.transactions.settle_payment import Checkout
from tests.support.jobs import everything_due, work_off
from tests.support.sql import sql
from tests.support.world import LAUNCH_URL, Person, World

PATH = "/api/v2/transactions"
FEE_PENCE = 20


async def give_card(
    world: World, owner: Person, reference: str, *, processor: str = "fake", customer: str | None = None
) -> str:
    """Let a user have a card, as `huggg card add` does."""
    await sql(
        world.platform.database,
        "INSERT INTO cards"
        " (id, user_id, processor, customer, brand, last4, exp_month, exp_year, added_at)"
        " VALUES ($1, $2, $3, $4, 'visa', '4242', 12, 2035, clock_timestamp())",
        reference,
        owner.id,
        processor,
        customer,
    )
    return reference


def card_order(world: World, card: str, product: UUID | None = None, **purchase: Any) -> dict[str, Any]:
    """Write the body of a purchase by card."""
    return world.order(product, **purchase) | {"payment": {"method": "card", "reference": card}}


async def open_payment(world: World) -> Payment:
    """Read the one payment that is not settled."""
    database = world.platform.database
    [waiting] = await unsettled(database)
    payment = await unsettled_payment(database, waiting["id"])
    assert payment is not None
    return payment.payment


async def change_plan(world: World, **changes: Any) -> None:
    """Change the plan of the one payment that is not settled."""
    vault, payment = world.platform.vault, await open_payment(world)
    assert payment.buyer_key is not None
    plan = structs.replace(plan_in(vault, payment), **changes)
    sealed = seal_plan(vault, plan, payment_id=payment.id, buyer=payment.buyer_key)
    change = "UPDATE payments SET sealed_plan = $1 WHERE id = $2"
    await sql(world.platform.database, change, sealed, payment.id)


async def pay(
    world: World, card: str, product: UUID | None = None, *, key: str | None = None, **purchase: Any
) -> httpx2.Response:
    """Let Amara buy by card."""
    headers = {} if key is None else {"Idempotency_Key": key}
    body = card_order(world, card, product, **purchase)
    return await world.call("POST", PATH, world.amara, body, **headers)


@dataclass(frozen=True)
class Books:
    """Our side of the cards, and the processor's."""

    world: World
    settings: Settings

    @property
    def fake(self) -> FakeProcessor:
        """The processor, as every server process has it."""
        database = self.world.platform.database

        async def hear(payment_id: UUID) -> None:
            await make_due(database, payment_id)

        return FakeProcessor(self.settings.data_dir, hear)

    def ledger(self, card: str = "") -> list[LedgerLine]:
        """Read the processor's acts on a card, or on all."""
        return [entry for entry in self.fake.ledger() if card in {"", entry.card}]

    async def payments(self, card: str) -> list[dict[str, Any]]:
        """Read our rows of a card's payments."""
        rows = await sql(
            self.world.platform.database,
            "SELECT p.id, p.state, p.retail, p.fee, p.reason, p.refusal, p.plan, p.charge, t.status,"
            " p.sealed_plan,"
            " (SELECT count(*) FROM hugggs h WHERE h.transaction_id = p.transaction_id) AS hugggs"
            " FROM payments p LEFT JOIN transactions t ON t.id = p.transaction_id"
            " WHERE p.card = $1 ORDER BY p.id",
            card,
        )
        return [dict(row) for row in rows]

    async def reconcile(self, processor: Processor | None = None) -> int:
        """Let a worker settle all that is to be settled, everything being due."""
        database = self.world.platform.database
        await everything_due(database)
        checkout = Checkout(self.world.platform, processor or self.fake, LAUNCH_URL)
        [work] = WORKS
        return await work_off(database, work.equipped({"checkout": checkout}))
