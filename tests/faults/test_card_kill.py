"""Kill -9 between any two phases of a purchase by card: the next attempt finishes it, and the card is
charged once, for hugggs that are there, or given its money back.

The server kills itself at a chosen step (`launch.py`); then a server without such a wish starts on the
same database, and its reconciler does the rest. The fake processor's acts are in a ledger of its own.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from huggg.database.pool import Database
from huggg.kit.idempotency import StillRunning
from huggg.payments.payment import payment_named
from huggg.payments.processor import Charged
from huggg.payments.store import lease_payment
from huggg.refusal import Unavailable
from huggg.settings.settings import Settings
from huggg.transactions import insert_purchase, settle_payment
from tests.faults.doctor import broken_rules
from tests.faults.launch import GUARDS, dying, without
from tests.faults.lines import Answer, all_at_once, dial, lines_to, request
from tests.support.cards import Books, card_order, give_card, pay
from tests.support.jobs import everything_due
from tests.support.merchants import Merchant, add_pool_merchant, load
from tests.support.processes import Server, fleet, serving
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, LAUNCH_URL, World

CARD = "fake_ok_amara"
KEY = "order 1"
RECONCILED_SECONDS_MAX = 30.0
GONE = (OSError, EOFError)

UNSETTLED = "SELECT count(*) FROM payments WHERE settled_at IS NULL"


@pytest.fixture
def books(world: World, settings: Settings) -> Books:
    return Books(world, settings)


@pytest.mark.parametrize("key", [KEY, None], ids=["with a key", "without"])
@pytest.mark.parametrize(
    "phase", ["before intending", "after intending", "after charging", "after recording"]
)
async def test_killed_between_any_two_phases_a_card_is_charged_once_for_hugggs_that_are_there(
    books: Books, environment: dict[str, str], tmp_path: Path, phase: str, key: str | None
) -> None:
    content = await coffee(books.world, CARD, key=key)
    await killed_at(phase, environment, tmp_path, content)

    intended = phase != "before intending"
    async with serving(environment, tmp_path) as server:
        await reconciled(books.world)
        if key is not None:
            answer = await answered(server, content)
            assert answer.status == 201
            assert answer.headers.get("idempotent-replayed") == ("true" if intended else None)
    is_purchase = intended or key is not None
    assert await became(books) == ([("charged", "successful", 1)] if is_purchase else [])
    assert [(entry.amount, entry.refunded) for entry in books.ledger()] == (
        [(COFFEE_PENCE, False)] if is_purchase else []
    )
    await agree(books)


@pytest.mark.parametrize(
    "phase", ["after charging", "after deciding to refund", "after refunding", "after failing"]
)
async def test_killed_while_giving_back_a_card_gets_its_money_and_its_buyer_the_reason(
    books: Books, environment: dict[str, str], tmp_path: Path, phase: str
) -> None:
    merchant = await add_pool_merchant(books.world.platform)
    content = await coffee(books.world, CARD, merchant)
    await killed_at(phase, environment, tmp_path, content)
    if phase != "after charging":  # too late: that it is given back is decided
        await load(books.world.platform, merchant.segments[0], ["EAGLE-77X1-TOO-LATE"])

    async with serving(environment, tmp_path) as server:
        await reconciled(books.world)
        answer = await answered(server, content)
    assert (answer.status, str(answer.error)[:18]) == (409, "No codes are left ")
    assert await became(books) == [("refunded", "failed", 0)]
    assert [(entry.charged, entry.refunded) for entry in books.ledger()] == [(True, True)]
    await agree(books)


async def test_killed_again_and_again_it_still_ends_well(
    books: Books, environment: dict[str, str], tmp_path: Path
) -> None:
    content = await coffee(books.world, CARD)
    for phase in ("after intending", "after charging", "after charging", "after recording"):
        await killed_at(phase, environment, tmp_path, content)
        await leases_over(books.world)
    async with serving(environment, tmp_path) as server:
        assert (await answered(server, content)).status == 201
    assert await became(books) == [("charged", "successful", 1)]
    assert len(books.ledger()) == 1
    await agree(books)


async def test_two_servers_that_both_think_it_is_their_turn_make_one_purchase(
    books: Books, environment: dict[str, str], tmp_path: Path
) -> None:
    """One is slow, its lease lapses, and the reconciler of the other takes the payment up."""
    content = await coffee(books.world, "fake_slow_amara")
    async with fleet(environment, tmp_path, 2) as servers:
        asking = asyncio.create_task(answer_of(servers[0], content))
        while await scalar(books.world.platform.database, UNSETTLED) == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await everything_due(books.world.platform.database)
        assert (await asking).status in {201, 503}
        await reconciled(books.world)
        assert (await answered(servers[1], content)).status == 201
    assert await became(books) == [("charged", "successful", 1)]
    assert len(books.ledger()) == 1
    await agree(books)


async def test_twenty_at_once_through_two_servers_are_one_charge(
    books: Books, environment: dict[str, str], tmp_path: Path
) -> None:
    content = await coffee(books.world, CARD)
    async with fleet(environment, tmp_path, 2) as servers, lines_to(servers, 20) as lines:
        answers = await all_at_once(lines, [content] * 20)
        assert {answer.status for answer in answers} <= {201, 409}
        last = await answered(servers[0], content)
    assert {answer.body for answer in answers if answer.status == 201} == {last.body}
    assert await became(books) == [("charged", "successful", 1)]
    assert len(books.ledger()) == 1
    await agree(books)


# Each guard is shown to matter ---------------------------------------------------------------


async def test_with_a_fresh_key_for_each_try_a_card_is_charged_twice_and_it_shows(
    books: Books, environment: dict[str, str], tmp_path: Path
) -> None:
    content = await coffee(books.world, CARD)
    await killed_at("after charging", environment, tmp_path, content)
    async with serving(environment, tmp_path, command=without("payment key")):
        await reconciled(books.world)
    assert [entry.charged for entry in books.ledger()] == [True, True]
    with pytest.raises(AssertionError):
        await agree(books)


@pytest.mark.parametrize("guards", ["statement", "constraint", "none"])
async def test_a_slow_finisher_gives_hugggs_for_nothing_only_without_both_guards(
    books: Books, monkeypatch: pytest.MonkeyPatch, guards: str
) -> None:
    """Charged, then slow; meanwhile another found no codes and gave back; then codes came."""
    world, database = books.world, books.world.platform.database
    merchant = await add_pool_merchant(world.platform)
    await give_card(world, world.amara, "fake_silent_amara")
    assert (await pay(world, "fake_silent_amara", merchant.product)).status_code == 503
    payment_id = await scalar(database, "SELECT id FROM payments")
    leased = await lease_payment(database, payment_id, processor="fake")
    assert leased is not None
    checkout = settle_payment.Checkout(world.platform, books.fake, LAUNCH_URL)
    charged = await checkout.processor.charge(settle_payment._charge(leased.payment))
    assert isinstance(charged, Charged)
    await checkout.processor.refund(leased.payment.processor_key, charged.reference)
    await sql(
        database,
        "UPDATE payments SET state = 'refunding', charge = $1, refusal = 'PoolEmpty', reason = 'None'",
        charged.reference,
    )
    await load(world.platform, merchant.segments[0], ["EAGLE-77X1-TOO-LATE"])

    if guards != "statement":
        whole = insert_purchase.queries.buy
        monkeypatch.setattr(insert_purchase.queries, "buy", whole)  # put back by the fixture
        GUARDS["unsettled"].take_away()
    if guards == "none":
        await sql(database, "ALTER TABLE payments DROP CONSTRAINT only_what_failed_has_a_reason")
        await settle_payment._complete(checkout, leased.payment, charged)
        assert await became(books) == [("charged", "successful", 1)]
        with pytest.raises(AssertionError):
            await agree(books)
        return
    stopped = Unavailable if guards == "statement" else asyncpg.CheckViolationError
    with pytest.raises(stopped):
        await settle_payment._complete(checkout, leased.payment, charged)
    assert await books.reconcile() == 1
    assert await became(books) == [("refunded", "failed", 0)]
    await agree(books)


# Parts that the stories share ----------------------------------------------------------------


async def coffee(
    world: World, card: str, merchant: Merchant | None = None, *, key: str | None = KEY
) -> bytes:
    """Give Amara a card, and write her purchase by it."""
    product = merchant.product if merchant else None
    body = card_order(world, await give_card(world, world.amara, card), product)
    return request("POST", "/api/v2/transactions", world.amara, body, key=key)


async def killed_at(phase: str, environment: dict[str, str], folder: Path, content: bytes) -> None:
    """Send a purchase to a server that dies of it, and see that it did.

    It runs no worker, which would take up a due payment and die of it before the server is ready.
    """
    alone = environment | {"HUGGG_WORKER": "apart"}
    async with serving(alone, folder, command=dying(phase)) as server:
        with suppress(*GONE):
            await answer_of(server, content)
        await server.ended()
        assert server.process.returncode == -9, server.log_text()


async def answer_of(server: Server, content: bytes) -> Answer:
    line = await dial(server)
    try:
        return await line.ask(content)
    finally:
        await line.hang_up()


async def answered(server: Server, content: bytes) -> Answer:
    """Send a request until it is answered for good, as a client with a key does."""
    until = time.monotonic() + RECONCILED_SECONDS_MAX
    while True:
        answer = await answer_of(server, content)
        if answer.status != 503 and answer.error != StillRunning.sentence:
            return answer
        assert time.monotonic() < until, answer
        await asyncio.sleep(0.2)


async def reconciled(world: World) -> None:
    """Let the leases of the dead be over, and wait until a server has settled their payments."""
    await leases_over(world)
    until = time.monotonic() + RECONCILED_SECONDS_MAX
    while await scalar(world.platform.database, UNSETTLED) > 0:
        assert time.monotonic() < until, "It was never settled."
        await asyncio.sleep(0.05)


async def leases_over(world: World) -> None:
    database = world.platform.database
    await sql(
        database,
        "UPDATE idempotency_keys SET lease_until = now() - interval '1s' WHERE status IS NULL",
    )
    await everything_due(database)


async def became(books: Books) -> list[tuple[str, str, int]]:
    """Give the outcome of each payment, its transaction, and the number of its hugggs."""
    cards = await sql(books.world.platform.database, "SELECT DISTINCT card FROM payments")
    payments = [payment for row in cards for payment in await books.payments(row["card"])]
    return [(payment["state"], payment["status"], payment["hugggs"]) for payment in payments]


async def agree(books: Books) -> None:
    """Hold the processor's ledger against our books, and our books against our rules."""
    database: Database = books.world.platform.database
    for refunded, state in ((False, "charged"), (True, "refunded")):
        theirs = {
            (payment_named(entry.key), entry.amount)
            for entry in books.ledger()
            if entry.charged and entry.refunded == refunded
        }
        rows = await sql(
            database, "SELECT id, retail + fee AS amount FROM payments WHERE state = $1", state
        )
        assert theirs == {(row["id"], row["amount"]) for row in rows}
    assert await scalar(database, UNSETTLED) == 0
    assert await broken_rules(database) == []
