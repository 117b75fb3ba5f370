"""Cards: the effect of each kind on a purchase, on both sides of the books."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2
import pytest

from huggg.database.doctor import examine
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform
from huggg.payments import fake as fake_processor
from huggg.payments.card import Card
from huggg.payments.cards import add_card, remove_card
from huggg.payments.errors import CardTaken, UnknownCard
from huggg.people.labels import Labels
from huggg.privacy.erase import erase_person
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.cards import FEE_PENCE, PATH, Books, card_order, change_plan, give_card, pay
from tests.support.jobs import everything_due
from tests.support.labels import kept_labels
from tests.support.merchants import Merchant, add_pool_merchant, load
from tests.support.published import LIST_KEYS
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import COFFEE_PENCE, World, build_world

SILENT = {
    "error": "The card processor has not answered yet, and the payment may have happened."
    " Please try again with the same Idempotency-Key."
}
AMOUNT = COFFEE_PENCE + FEE_PENCE


@pytest.fixture
async def books(world: World, settings: Settings) -> Books:
    """A world in which products have a fee, and both sides of its cards."""
    await sql(
        world.platform.database,
        "UPDATE products SET published ="
        " (published::jsonb || jsonb_build_object('handling_fee', $1::int))::json",
        FEE_PENCE,
    )
    return Books(world, settings)


async def holds(world: World) -> None:
    broken = {f.rule: f.rows for f in await examine(world.platform.database) if f.rows}
    assert broken == {}


async def lease_over(world: World) -> None:
    """Let the attempt under way have died: that of the key, and that of the payment."""
    await sql(world.platform.database, "UPDATE idempotency_keys SET lease_until = now() - interval '1s'")
    await everything_due(world.platform.database)


async def test_a_card_pays_price_and_fee_and_the_hugggs_are_worth_the_price(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_ok")
    before = await scalar(world.platform.database, "SELECT sum(available) FROM accounts")
    answer = await pay(world, card, quantity=3, message="Hi")
    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["retail"], data["status"], len(data["hugggs"])) == ("10.50", "successful", 3)
    [entry] = books.ledger()
    assert (entry.amount, entry.charged, entry.refunded) == (3 * AMOUNT, True, False)
    [payment] = await books.payments(card)
    assert (payment["state"], payment["retail"], payment["fee"]) == (
        "charged",
        3 * COFFEE_PENCE,
        3 * FEE_PENCE,
    )
    plans = (payment["plan"], payment["sealed_plan"])
    assert (plans, payment["hugggs"], payment["charge"] is None) == ((None, None), 3, False)
    moved = await sql(
        world.platform.database,
        "SELECT t.kind, d.name AS paid_from, c.kind AS paid_to, t.amount FROM transfers t"
        " JOIN accounts d ON d.id = t.debit_account JOIN accounts c ON c.id = t.credit_account"
        " WHERE t.kind <> 'fund' ORDER BY t.kind",
    )
    assert [tuple(row) for row in moved] == [
        *[("commit", "Paid by card", "commitment", COFFEE_PENCE)] * 3,
        ("fee", "Paid by card", "fees", 3 * FEE_PENCE),
    ]
    assert await scalar(world.platform.database, "SELECT sum(available) FROM accounts") == before
    assert (await world.redeem(data["hugggs"][0])).status_code == 201
    await holds(world)


async def test_the_answer_of_a_card_and_of_a_wallet_are_alike(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_ok")
    by_card = await world.call("POST", f"{PATH}?embed[]=hugggs", world.amara, card_order(world, card))
    by_wallet = await world.call("POST", f"{PATH}?embed[]=hugggs", world.amara, world.order())
    assert list(by_card.json()["data"]) == list(by_wallet.json()["data"])
    [one], [other] = by_card.json()["embedded"]["hugggs"], by_wallet.json()["embedded"]["hugggs"]
    assert {k: v for k, v in one.items() if other[k] != v}.keys() <= {
        *("id", "shortcode", "redeem_code", "transaction_id", "launch_url", "sent_date", "updated_at"),
    }


async def test_another_users_card_is_refused_like_one_that_does_not_exist(books: Books) -> None:
    world = books.world
    await give_card(world, world.cleo, "fake_ok_cleo")
    await give_card(world, world.amara, "pm_elsewhere", processor="stripe")
    async with nothing_moves(world.platform.database):
        for card in ("fake_ok_cleo", "fake_ok_nobody", "pm_elsewhere", "", str(new_id())):
            answer = await pay(world, card)
            assert (answer.status_code, answer.json()) == (403, {"error": "Cannot use this card."})
    assert books.ledger() == []


async def test_rules_refuse_before_anything_is_charged(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_ok")
    async with nothing_moves(world.platform.database):
        unknown = await pay(world, card, new_id())
        refusal = await pay(world, card, receivers=[{"user_id": str(new_id())}])
        late = await pay(world, card, sendDate="2001-01-01")
        client = await world.call("POST", PATH, world.client_token, card_order(world, card))
    assert [answer.status_code for answer in (unknown, refusal, late, client)] == [422, 422, 422, 403]
    assert books.ledger() == []


async def test_a_declined_card_is_told_why_and_leaves_a_failed_transaction(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_declined")
    first = await pay(world, card, key="k", quantity=2, title="June", limit=1)
    assert (first.status_code, first.json()) == (402, {"error": "The card has insufficient funds."})
    [payment] = await books.payments(card)
    assert (payment["state"], payment["status"], payment["hugggs"]) == ("declined", "failed", 0)
    [row] = await sql(
        world.platform.database,
        "SELECT status, retail, quantity, claim_limit FROM transactions",
    )
    assert tuple(row) == ("failed", 700, 2, 1)
    [labels] = (await kept_labels(world.platform)).values()
    assert labels == Labels("June")
    async with nothing_moves(world.platform.database):
        again = await pay(world, card, key="k", quantity=2, title="June", limit=1)
    assert (again.status_code, again.content) == (402, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert [entry.charged for entry in books.ledger()] == [False]
    sent = await world.call("GET", "/api/v2/hugggs/sent", world.amara)
    assert sent.json()["total"] == 0
    await holds(world)


async def test_a_lost_answer_is_asked_for_again_and_charges_once(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_lost")
    first = await pay(world, card, key="k")
    assert (first.status_code, first.json()) == (503, SILENT)
    assert first.headers["retry-after"] == "1"
    assert [entry.charged for entry in books.ledger()] == [True]
    running = await pay(world, card, key="k")
    assert running.status_code == 409  # the key is still the first attempt's
    await lease_over(world)
    again = await pay(world, card, key="k")
    assert again.status_code == 201
    third = await pay(world, card, key="k")
    assert (third.content, third.headers["idempotent-replayed"]) == (again.content, "true")
    assert len(books.ledger()) == 1
    [payment] = await books.payments(card)
    assert (payment["state"], payment["hugggs"]) == ("charged", 1)
    await holds(world)


async def test_a_payment_without_a_retry_is_reconciled_and_answered_all_the_same(books: Books) -> None:
    world = books.world
    for card in ("fake_lost", "fake_silent"):
        await give_card(world, world.amara, card)
        assert (await pay(world, card, key=card)).status_code == 503
    assert [entry.card for entry in books.ledger()] == ["fake_lost"]
    assert await books.reconcile() == 2
    assert [(entry.card, entry.charged) for entry in books.ledger()] == [
        ("fake_lost", True),
        ("fake_silent", True),
    ]
    for card in ("fake_lost", "fake_silent"):
        answer = await pay(world, card, key=card)
        assert (answer.status_code, answer.headers["idempotent-replayed"]) == (201, "true")
        [payment] = await books.payments(card)
        assert [str(payment["state"]), payment["hugggs"]] == ["charged", 1]
    assert await books.reconcile() == 0
    await holds(world)


async def test_without_a_key_what_was_intended_is_finished_too(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_lost")
    assert (await pay(world, card)).status_code == 503
    assert await books.reconcile() == 1
    [payment] = await books.payments(card)
    assert (payment["state"], payment["status"], payment["hugggs"]) == ("charged", "successful", 1)
    await holds(world)


async def test_a_processor_that_stays_away_is_left_to_a_person_before_it_forgets(books: Books) -> None:
    world, database = books.world, books.world.platform.database
    card = await give_card(world, world.amara, "fake_away")
    assert (await pay(world, card, key="k")).status_code == 503
    waits = []
    for _ in range(3):
        assert await books.reconcile() == 1
        waits.append(await scalar(database, "SELECT due_at > now() AND lease_id IS NULL FROM jobs"))
    assert waits == [True] * 3
    await sql(database, "UPDATE payments SET created_at = now() - interval '23 hours'")
    assert await books.reconcile() == 1
    assert await scalar(database, "SELECT given_up_at IS NOT NULL FROM payments") is True
    assert await books.reconcile() == 0
    await lease_over(world)
    assert (await pay(world, card, key="k")).status_code == 503
    assert books.ledger() == []
    broken = [finding.rule for finding in await examine(database) if finding.rows]
    assert broken == ["no payment is left to a person or unsettled for a day"]


async def test_a_slow_card_is_waited_for(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_processor, "SLOW_SECONDS", 0.2)
    card = await give_card(books.world, books.world.amara, "fake_slow")
    assert (await pay(books.world, card)).status_code == 201
    await holds(books.world)


async def test_news_that_comes_twice_changes_nothing(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_twice")
    assert (await pay(world, card, key="k")).status_code == 201
    assert await books.reconcile() == 0
    [payment] = await books.payments(card)
    assert (payment["state"], payment["hugggs"], len(books.ledger())) == ("charged", 1, 1)
    await holds(world)


@pytest.mark.parametrize("card", ["fake_ok", "fake_slow", "fake_lost", "fake_silent", "fake_twice"])
async def test_twenty_at_once_with_one_key_are_one_charge(
    books: Books, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_processor, "SLOW_SECONDS", 0.3)
    await give_card(books.world, books.world.amara, card)
    answers = await asyncio.gather(*(pay(books.world, card, key="k") for _ in range(20)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409, 503}
    await books.reconcile()
    final = await pay(books.world, card, key="k")
    assert final.status_code == 201
    assert {a.content for a in answers if a.status_code == 201} <= {final.content}
    assert [entry.charged for entry in books.ledger()] == [True]
    [payment] = await books.payments(card)
    assert (payment["state"], payment["hugggs"]) == ("charged", 1)
    await holds(books.world)


async def test_many_finishers_at_once_make_one_purchase(books: Books) -> None:
    """A lease that lapsed while its holder was slow: each attempt takes the turn for its own."""
    world, database = books.world, books.world.platform.database
    card = await give_card(world, world.amara, "fake_lost")
    await pay(world, card, key="k")
    for _ in range(5):
        await everything_due(database)
        await asyncio.gather(*(books.reconcile() for _ in range(4)))
    [payment] = await books.payments(card)
    assert (payment["state"], payment["hugggs"], len(books.ledger())) == ("charged", 1, 1)
    await holds(world)


# Charged, and the hugggs cannot be made ------------------------------------------------------


async def eagle(world: World, codes: int) -> Merchant:
    """A merchant whose hugggs come with a code of a pool, with so many left."""
    merchant = await add_pool_merchant(world.platform)
    if codes:
        names = [f"EAGLE-{number:03}-{new_id().hex[-6:].upper()}" for number in range(codes)]
        await load(world.platform, merchant.segments[0], names)
    return merchant


@pytest.mark.parametrize("card", ["fake_ok", "fake_stuck"])
async def test_a_charge_for_nothing_is_given_back(books: Books, card: str) -> None:
    world = books.world
    merchant = await eagle(world, codes=1)
    await give_card(world, world.amara, card)
    answer = await pay(world, card, merchant.product, key="k", quantity=2)
    if card == "fake_stuck":
        assert (answer.status_code, answer.json()) == (503, SILENT)
        [payment] = await books.payments(card)
        assert (payment["state"], payment["status"]) == ("refunding", None)
        await load(world.platform, merchant.segments[0], ["EAGLE-TOO-LATE-77"])
        assert await books.reconcile() == 1
        answer = await pay(world, card, merchant.product, key="k", quantity=2)
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("Fewer than 2 codes are left for segment")
    [entry] = books.ledger()
    assert (entry.charged, entry.refunded) == (True, True)
    [payment] = await books.payments(card)
    assert (payment["state"], payment["status"], payment["hugggs"]) == ("refunded", "failed", 0)
    again = await pay(world, card, merchant.product, key="k", quantity=2)
    assert (again.status_code, again.content) == (409, answer.content)
    await holds(world)


async def test_a_refund_keeps_the_kind_of_its_refusal_until_it_is_answered(books: Books) -> None:
    world = books.world
    merchant = await eagle(world, codes=1)
    await give_card(world, world.amara, "fake_stuck")
    assert (await pay(world, "fake_stuck", merchant.product, key="k", quantity=2)).status_code == 503
    assert await scalar(world.platform.database, "SELECT refusal FROM payments") == "PoolEmpty"
    assert await books.reconcile() == 1
    answer = await pay(world, "fake_stuck", merchant.product, key="k", quantity=2)
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("Fewer than 2 codes are left for segment")
    await holds(world)


async def test_hugggs_that_would_be_over_before_they_are_there_are_not_made(books: Books) -> None:
    """Bought for today, settled after midnight."""
    world, database = books.world, books.world.platform.database
    card = await give_card(world, world.amara, "fake_lost")
    day = await scalar(database, "SELECT (now() AT TIME ZONE 'Europe/London')::date::text")
    assert (await pay(world, card, key="k", expiryDate=day)).status_code == 503
    await change_plan(world, expires_at=datetime.now(UTC) - timedelta(minutes=1))
    assert await books.reconcile() == 1
    answer = await pay(world, card, key="k", expiryDate=day)
    error = {"error": "purchase.expiryDate: was over before the payment was settled."}
    assert (answer.status_code, answer.json()) == (422, error)
    assert [(entry.charged, entry.refunded) for entry in books.ledger()] == [(True, True)]
    await holds(world)


async def test_codes_of_a_pool_come_with_a_purchase_by_card(books: Books) -> None:
    world = books.world
    merchant = await eagle(world, codes=3)
    card = await give_card(world, world.amara, "fake_lost")
    assert (await pay(world, card, merchant.product, quantity=3)).status_code == 503
    await books.reconcile()
    [payment] = await books.payments(card)
    assert payment["hugggs"] == 3
    await holds(world)


async def test_an_agreed_purchase_is_made_though_everything_has_changed(books: Books) -> None:
    world, database = books.world, books.world.platform.database
    card = await give_card(world, world.amara, "fake_silent")
    phone = {"phone_number": "07400 999888"}
    assert (await pay(world, card, receivers=[phone], message="Hi")).status_code == 503
    await sql(
        database,
        "UPDATE products SET published = (published::jsonb ||"
        ' \'{"sale_price": 999, "handling_fee": 99, "active": 0}\')::json WHERE id = $1',
        world.coffee,
    )
    await remove_card(database, reference=card)
    await sql(
        database,
        "INSERT INTO users (id, kind, name, phone_number)"
        " VALUES ($1, 'customer', 'Di', '+447400999888')",
        new_id(),
    )
    assert await books.reconcile() == 1
    [entry] = books.ledger()
    assert entry.amount == AMOUNT
    [row] = await sql(
        database,
        "SELECT h.value, u.name, t.retail FROM hugggs h JOIN users u ON u.id = h.receiver_id"
        " JOIN transactions t ON t.id = h.transaction_id",
    )
    assert tuple(row) == (COFFEE_PENCE, "Di", COFFEE_PENCE)
    await holds(world)


async def test_a_charge_for_a_receiver_who_was_erased_meanwhile_is_refunded(books: Books) -> None:
    world = books.world
    card = await give_card(world, world.amara, "fake_silent")
    receivers = [{"user_id": str(world.cleo.id)}, {"user_id": str(world.bo.id)}]
    assert (await pay(world, card, key="k", quantity=2, receivers=receivers)).status_code == 503
    await erase_person(world.platform.database, world.platform.vault, world.bo.id)
    assert await books.reconcile() == 1
    [entry] = books.ledger()
    assert (entry.charged, entry.refunded) == (True, True)
    answer = await pay(world, card, key="k", quantity=2, receivers=receivers)
    assert (answer.status_code, answer.json()["error"]) == (
        422,
        "purchase.receivers[1].user_id: no such user.",
    )
    await holds(world)


async def test_a_key_that_is_bound_to_a_payment_is_neither_let_go_nor_given_another_answer(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours after the charge: the key waits for the outcome."""
    world = books.world
    card = await give_card(world, world.amara, "fake_ok")
    with monkeypatch.context() as broken:
        broken.setattr("huggg.transactions.settle_payment.fulfil_order", None)
        assert (await pay(world, card, key="k")).status_code == 500
    assert len(books.ledger()) == 1
    assert (await pay(world, card, key="k")).status_code == 409
    assert await books.reconcile() == 1
    answer = await pay(world, card, key="k")
    assert (answer.status_code, answer.headers["idempotent-replayed"]) == (201, "true")
    assert len(books.ledger()) == 1
    await holds(world)


# Where cards are not taken, and whose they are -----------------------------------------------


async def test_where_no_processor_is_configured_cards_are_not_taken(
    settings: Settings, platform: Platform
) -> None:
    async with served(replace(settings, card_processor=None)) as http:
        world = await build_world(platform, http)
        card = await give_card(world, world.amara, "fake_ok")
        async with nothing_moves(platform.database):
            answer = await pay(world, card)
            listed = await world.call("GET", "/api/v2/cards", world.amara)
        assert (await world.call("POST", PATH, world.amara, world.order())).status_code == 201
    error = {"error": "payment.method: cards are not taken here."}
    assert (answer.status_code, answer.json()) == (422, error)
    assert listed.json()["data"] == []


async def cards(world: World, query: str = "") -> httpx2.Response:
    return await world.call("GET", f"/api/v2/cards{query}", world.amara)


async def test_a_user_lists_their_own_cards_twenty_at_a_time(books: Books) -> None:
    world = books.world
    assert (await cards(world)).json()["data"] == []
    for number in range(21):
        await give_card(world, world.amara, f"fake_ok_{number}")
    await give_card(world, world.cleo, "fake_ok_cleo")
    first, second = (await cards(world)).json(), (await cards(world, "?page=2")).json()
    assert list(first) == LIST_KEYS
    assert first["data"][0] == {
        "id": "fake_ok_0",
        "brand": "visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2035,
    }
    assert list(first["data"][0]) == ["id", "brand", "last4", "exp_month", "exp_year"]
    assert [card["id"] for card in second["data"]] == ["fake_ok_20"]
    assert (first["total"], len(first["data"])) == (21, 20)
    client_response = await world.call("GET", "/api/v2/cards", world.client_token)
    assert (client_response.status_code, client_response.json()) == (403, {"error": "Forbidden."})


async def test_an_operator_adds_a_card_to_one_user_and_takes_it_away(books: Books) -> None:
    database, processor = books.world.platform.database, books.fake
    for user, name in ((books.world.amara, "amara@a.example"), (books.world.cleo, "cleo@b.example")):
        await sql(
            database,
            "UPDATE users SET username = $2, password_hash = '' WHERE id = $1",
            user.id,
            name,
        )
    card = Card("fake_ok_amara", None)
    await add_card(
        database, books.world.platform.vault, processor, username="amara@a.example", card=card
    )
    await add_card(
        database, books.world.platform.vault, processor, username="amara@a.example", card=card
    )
    assert len((await cards(books.world)).json()["data"]) == 1
    with pytest.raises(CardTaken, match="is another user's card"):
        await add_card(
            database, books.world.platform.vault, processor, username="cleo@b.example", card=card
        )
    with pytest.raises(UnknownCard, match="No user has the username"):
        await add_card(database, books.world.platform.vault, processor, username="nobody", card=card)
    with pytest.raises(UnknownCard, match="There is no card 4242"):
        await add_card(
            database,
            books.world.platform.vault,
            processor,
            username="amara@a.example",
            card=Card("4242", None),
        )
    assert (await pay(books.world, "fake_ok_amara")).status_code == 201
    await remove_card(database, reference="fake_ok_amara")
    assert (await pay(books.world, "fake_ok_amara")).status_code == 403
    with pytest.raises(UnknownCard):
        await remove_card(database, reference="fake_ok_amara")
    kinds = await sql(
        database, "SELECT kind FROM events WHERE subject_id = $1 ORDER BY id", books.world.amara.id
    )
    assert [row["kind"] for row in kinds] == ["user.created", "card.added", "card.added", "card.removed"]


async def test_a_wallet_pays_no_fee_and_asks_no_processor(books: Books) -> None:
    world = books.world
    [huggg] = await world.buy()
    assert books.ledger() == []
    retail = "SELECT retail FROM transactions WHERE id = $1"
    transaction = UUID(huggg["transaction_id"])
    assert await scalar(world.platform.database, retail, transaction) == COFFEE_PENCE
    await holds(world)
