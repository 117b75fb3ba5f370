"""Purchases that arrive together: each is whole, each is its buyer's own, and no wallet is overspent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.database.pool import Database
from huggg.identity.caller import Caller, UserKind
from huggg.kit.offload import BULK_FROM
from huggg.people.personal_data import personal_from
from huggg.transactions import insert_purchase
from huggg.transactions.buy_from_wallet import buy_from_wallet
from huggg.transactions.order import Order
from huggg.vouchers.configure import set_issuer
from huggg.vouchers.issuers.issuer import IssuerKind
from tests.faults.dice import dice
from tests.faults.doctor import broken_rules
from tests.support.buyers import Buyer, new_buyer
from tests.support.guards import Guard
from tests.support.labels import kept_labels
from tests.support.merchants import TICKET_PENCE, add_merchant, add_pool_merchant, load
from tests.support.people import number_fingerprint
from tests.support.sql import scalar, sql, statements_ran
from tests.support.world import COFFEE_PENCE, World

MANY = 40
PATH = "/api/v2/transactions?embed[]=hugggs"
SHORT = (402, "Insufficient wallet balance.")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of all statements that are sent from now on."""
    return statements_ran(monkeypatch)


async def post(
    town: World, buyer: Buyer, product: UUID | None = None, key: str | None = None, **purchase: Any
) -> httpx2.Response:
    order = town.order(product, **purchase)
    order["payment"]["reference"] = str(buyer.wallet)
    headers = {} if key is None else {"Idempotency_Key": key}
    return await town.call("POST", PATH, buyer.person, order, **headers)


def outcome(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("error")


async def available(town: World, buyer: Buyer) -> int:
    pence: int = await scalar(
        town.platform.database, "SELECT available FROM accounts WHERE id = $1", buyer.wallet
    )
    return pence


def how_many(options: dict[str, Any]) -> int:
    return options.get("quantity") or len(options["receivers"])


async def test_each_buyer_gets_their_own_order(town: World, statements: list[str]) -> None:
    """Every list of a purchase differs in length from its neighbours', or is not there."""
    platform, database = town.platform, town.platform.database
    pooled, minting = await add_pool_merchant(platform), await add_merchant(platform, 1, segments=0)
    outside = await add_merchant(platform, 3, segments=0)
    await set_issuer(
        database,
        platform.vault,
        platform.outgoing,
        scope_id=outside.brand,
        kind=IssuerKind.HTTP,
        url="http://127.0.0.1:9",
    )
    codes = [f"HERON-{number:04}" for number in range(MANY * 10)]
    await load(platform, pooled.segments[0], codes)
    buyers = [await new_buyer(town) for _ in range(3)]

    def wish(number: int) -> tuple[Buyer, UUID, str | None, dict[str, Any]]:
        quantity = 1 + number % 4
        options: dict[str, Any] = {"message": f"Hello {number}"} if number % 3 else {}
        if number % 2:
            phones = [f"+4478{number:04}{place:04}" for place in range(quantity)]
            options["receivers"] = [{"phone_number": phone} for phone in phones]
        else:
            options["quantity"] = quantity
        products = [town.coffee, pooled.product, minting.product, outside.product, town.dinner]
        product = products[number // 2 % len(products)]
        return buyers[number % 3], product, f"key {number}" if number % 7 else None, options

    wishes = [wish(number) for number in range(MANY)]
    answers = await asyncio.gather(
        *(post(town, buyer, product, key, **options) for buyer, product, key, options in wishes)
    )

    assert {answer.status_code for answer in answers} == {201}
    assert Counter(statements)["buy"] < MANY / 2  # together, as this is about
    assert Counter(statements)["purchase_context"] < MANY / 2
    for (buyer, product, key, options), answer in zip(wishes, answers, strict=True):
        await _is_whole(town, buyer, product, options, answer)
        if key is not None:
            again = await post(town, buyer, product, key, **options)
            assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
    intended = sum(how_many(options) for _, product, _, options in wishes if product == outside.product)
    assert await scalar(database, "SELECT count(*) FROM issuances") == intended > 0
    assert await broken_rules(database) == []


async def _is_whole(
    town: World, buyer: Buyer, product: UUID, options: dict[str, Any], answer: httpx2.Response
) -> None:
    """Compare the answers, and the rows read afterwards, with the orders."""
    bought, hugggs = answer.json()["data"], answer.json()["embedded"]["hugggs"]
    quantity = how_many(options)
    assert len(bought["hugggs"]) == len(hugggs) == quantity
    read = await town.call(
        "GET", f"/api/v2/transactions/{bought['id']}/hugggs?embed[]=message", buyer.person
    )
    assert read.json()["data"] == hugggs  # codes and vouchers opened, and in their places
    assert {huggg["purchase_id"] for huggg in hugggs} == {str(product)}
    messages = {
        message["message"] for message in (read.json().get("embedded") or {}).get("messages", [])
    }
    assert messages == ({options["message"]} if "message" in options else set())
    if "receivers" in options:
        rows = await sql(
            town.platform.database,
            "SELECT p.* FROM hugggs h JOIN people p ON p.id = h.receiver_id"
            " WHERE h.transaction_id = $1 ORDER BY h.position",
            UUID(bought["id"]),
        )
        numbers = [personal_from(town.platform.vault, row).phone_number for row in rows]
        assert numbers == [each["phone_number"] for each in options["receivers"]]
    else:
        assert {huggg["receiver_id"] for huggg in hugggs} == {""}


async def test_tags_stay_with_their_purchase(town: World, statements: list[str]) -> None:
    buyer, database = await new_buyer(town), town.platform.database
    team_id = await scalar(database, "SELECT team_id FROM users WHERE id = $1", buyer.person.id)
    caller = Caller("test-client", buyer.person.id, UserKind.CUSTOMER, team_id=team_id)
    tagged: dict[UUID, tuple[str, ...]] = {}

    async def bought(number: int) -> None:
        tags = tuple(f"tag {number}.{place}" for place in range(number % 5))
        order = Order(buyer.wallet, town.coffee, 1 + number % 3, tags=tags)
        purchase = await buy_from_wallet(database, town.platform.vault, order, caller=caller)
        tagged[purchase.transaction.id] = tags

    await asyncio.gather(*(bought(number) for number in range(MANY)))
    kept = await kept_labels(town.platform)
    assert {order: kept[order].tags for order in tagged} == tagged
    assert len(tagged) == MANY > Counter(statements)["buy"] * 2


async def test_a_wallet_pays_as_far_as_it_can_whoever_else_is_in_the_batch(
    town: World, statements: list[str]
) -> None:
    rich, poor = await new_buyer(town), await new_buyer(town, 3 * COFFEE_PENCE + 10)
    answers = await asyncio.gather(
        *(post(town, buyer) for _ in range(MANY // 2) for buyer in (poor, rich))
    )

    assert Counter(map(outcome, answers[0::2])) == {(201, None): 3, SHORT: MANY // 2 - 3}
    assert Counter(map(outcome, answers[1::2])) == {(201, None): MANY // 2}
    assert await available(town, poor) == 10
    assert await available(town, rich) == 10_000_00 - MANY // 2 * COFFEE_PENCE
    assert Counter(statements)["buy"] < MANY / 2
    assert await broken_rules(town.platform.database) == []


async def test_a_small_purchase_is_not_kept_from_what_a_larger_one_cannot_have(town: World) -> None:
    """The larger one is refused for good; those behind it in the batch ask again, and are paid for."""
    buyer = await new_buyer(town, 4 * COFFEE_PENCE)
    quantities = [1, 4, 1, 4, 1, 4, 1]
    answers = await asyncio.gather(*(post(town, buyer, quantity=each) for each in quantities))
    paid = sum(
        each for each, answer in zip(quantities, answers, strict=True) if answer.status_code == 201
    )
    assert paid == 4
    assert {outcome(answer) for answer in answers} <= {(201, None), SHORT}
    assert await available(town, buyer) == 0


@pytest.mark.parametrize("round_", range(10))
async def test_concurrent_purchases_end_as_if_they_had_come_in_some_order(
    town: World,
    round_: int,  # noqa: ARG001 - other dice each time
) -> None:
    """No money is lost or made, and no buyer was refused a sum that the wallet still had at the end."""
    chance = dice()
    money = chance.randrange(1, 40) * COFFEE_PENCE + chance.randrange(COFFEE_PENCE)
    buyer = await new_buyer(town, money)
    sizes = chance.choices(
        [1, 1, 1, 2, 3, 7, insert_purchase.TOGETHER_MAX, insert_purchase.TOGETHER_MAX + 1], k=20
    )

    async def at_some_time(quantity: int) -> httpx2.Response:
        await asyncio.sleep(chance.random() * 0.02)
        return await post(town, buyer, quantity=quantity)

    answers = await asyncio.gather(*(at_some_time(size) for size in sizes))
    assert {outcome(answer) for answer in answers} <= {(201, None), SHORT}
    outcomes = list(zip(sizes, (answer.status_code for answer in answers), strict=True))
    left = await available(town, buyer)
    assert left == money - sum(size for size, status in outcomes if status == 201) * COFFEE_PENCE
    assert all(size * COFFEE_PENCE > left for size, status in outcomes if status != 201)


async def test_two_purchases_for_the_same_stranger_make_one_user(town: World) -> None:
    """The second of a batch spoils the batch, and only that: all are run again, one by one."""
    buyer, phone = await new_buyer(town), "+447811000001"
    others = [post(town, buyer, receivers=[{"phone_number": f"+44781100{n:04}"}]) for n in range(10, 20)]
    same = [post(town, buyer, receivers=[{"phone_number": phone}]) for _ in range(5)]
    answers = await asyncio.gather(*same, *others)
    assert {answer.status_code for answer in answers} == {201}
    receivers = [answer.json()["embedded"]["hugggs"][0]["receiver_id"] for answer in answers]
    assert len(set(receivers[:5])) == 1
    assert len(set(receivers)) == 11
    assert await broken_rules(town.platform.database) == []


async def test_codes_of_a_pool_are_given_back_by_whoever_could_not_pay(town: World) -> None:
    merchant = await add_pool_merchant(town.platform)
    await load(town.platform, merchant.segments[0], [f"KITE-{number:04}" for number in range(20)])
    buyer = await new_buyer(town, 5 * TICKET_PENCE)
    answers = await asyncio.gather(*(post(town, buyer, merchant.product) for _ in range(20)))
    assert Counter(map(outcome, answers)) == {(201, None): 5, SHORT: 15}
    codes = {
        answer.json()["embedded"]["hugggs"][0]["code"] for answer in answers[:20] if answer.is_success
    }
    assert len(codes) == 5
    reserved = "SELECT count(*) FROM codes WHERE assigned_at IS NULL AND lease_until > now()"
    assert await scalar(town.platform.database, reserved) == 0
    assert await broken_rules(town.platform.database) == []


# Beside a large purchase ---------------------------------------------------------------------


@asynccontextmanager
async def alone_with(database: Database, wallet: UUID) -> AsyncIterator[None]:
    """Keep a wallet to oneself, as a purchase of a hundred thousand does for seconds."""
    async with database.transaction() as connection:
        key = "hashtextextended($1::uuid::text, 0)"
        await connection.execute(f"SELECT pg_advisory_xact_lock({key})", wallet)
        await connection.execute("UPDATE accounts SET available = available WHERE id = $1", wallet)
        yield


async def sessions_waiting(town: World) -> int:
    count: int = await scalar(
        town.platform.database,
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()",
    )
    return count


async def test_no_other_wallet_waits_for_a_large_purchase(town: World) -> None:
    taken, free = await new_buyer(town), await new_buyer(town)
    async with alone_with(town.platform.database, taken.wallet):
        theirs = [asyncio.create_task(post(town, taken)) for _ in range(20)]
        ours = await asyncio.gather(*(post(town, free) for _ in range(20)))
        assert {answer.status_code for answer in ours} == {201}
        assert not any(task.done() for task in theirs)
        assert await sessions_waiting(town) == 0
    assert {answer.status_code for answer in await asyncio.gather(*theirs)} == {201}
    assert await broken_rules(town.platform.database) == []


async def test_without_the_lock_of_large_purchases_batches_wait_for_the_row(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure that the test above would see."""
    asks = "pg_try_advisory_xact_lock_shared(hashtextextended(id::text, 0))"
    Guard(insert_purchase.queries, "buy", asks, "true").take_away(monkeypatch)
    buyer = await new_buyer(town)
    async with alone_with(town.platform.database, buyer.wallet):
        theirs = asyncio.create_task(post(town, buyer))
        while not await sessions_waiting(town):
            assert not theirs.done()
            await asyncio.sleep(0.01)
    assert (await theirs).status_code == 201


async def test_a_buyer_that_shares_that_wallet_waits_no_longer_than_for_any_row(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insert_purchase, "HELD_SECONDS_MAX", 0.2)
    buyer = await new_buyer(town)
    async with alone_with(town.platform.database, buyer.wallet):
        answer = await post(town, buyer, key="once")
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (await post(town, buyer, key="once")).status_code == 201  # nothing had happened
    assert await available(town, buyer) == 10_000_00 - COFFEE_PENCE


LARGE = BULK_FROM


@pytest.mark.parametrize(("quantity", "waits"), [(LARGE, True), (LARGE - 1, False)])
async def test_a_large_purchase_waits_for_batches_that_share_its_wallet(
    town: World,
    quantity: int,
    waits: bool,  # noqa: FBT001
) -> None:
    """And no other does: of those that are neither small nor large, each is one of many."""
    buyer, database = await new_buyer(town), town.platform.database
    async with database.transaction() as connection:
        shared = "SELECT pg_advisory_xact_lock_shared(hashtextextended($1::uuid::text, 0))"
        await connection.execute(shared, buyer.wallet)
        buying = asyncio.create_task(post(town, buyer, quantity=quantity))
        if waits:
            while not await sessions_waiting(town):
                assert not buying.done()
                await asyncio.sleep(0.01)
        else:
            assert (await buying).status_code == 201
    assert (await buying).status_code == 201
    assert await available(town, buyer) == 10_000_00 - quantity * COFFEE_PENCE


async def test_sizes_of_all_kinds_share_a_wallet(town: World) -> None:
    buyer = await new_buyer(town)
    quantities = [
        1,
        insert_purchase.TOGETHER_MAX,
        insert_purchase.TOGETHER_MAX + 1,
        LARGE,
        1,
        LARGE,
        30,
        1,
    ]
    answers = await asyncio.gather(*(post(town, buyer, quantity=each) for each in quantities))
    assert {answer.status_code for answer in answers} == {201}
    assert await available(town, buyer) == 10_000_00 - sum(quantities) * COFFEE_PENCE
    assert await broken_rules(town.platform.database) == []


async def test_receivers_of_a_large_purchase_are_found_and_made(town: World) -> None:
    buyer = await new_buyer(town)
    phones = [f"+44782{number:07}" for number in range(LARGE)]
    known = [{"user_id": str(town.bo.id)}, {"user_id": str(town.cleo.id)}]
    receivers = [*known, *({"phone_number": phone} for phone in phones)]
    first = await post(town, buyer, receivers=receivers)
    second = await post(town, buyer, receivers=receivers)
    assert {first.status_code, second.status_code} == {201}
    receiver_ids, again = (
        [huggg["receiver_id"] for huggg in answer.json()["embedded"]["hugggs"]]
        for answer in (first, second)
    )
    assert receiver_ids == again
    assert receiver_ids[:2] == [str(town.bo.id), str(town.cleo.id)]
    assert len(set(receiver_ids)) == LARGE + 2


async def test_a_buyer_that_gives_up_waiting_for_the_wallet_gives_back_the_codes(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insert_purchase, "HELD_SECONDS_MAX", 0.1)
    merchant, buyer = await add_pool_merchant(town.platform), await new_buyer(town)
    await load(town.platform, merchant.segments[0], ["OSPREY-0001"])
    async with alone_with(town.platform.database, buyer.wallet):
        assert (await post(town, buyer, merchant.product)).status_code == 503
        reserved = "SELECT count(*) FROM codes WHERE assigned_at IS NULL AND lease_until > now()"
        assert await scalar(town.platform.database, reserved) == 0
    answer = await post(town, buyer, merchant.product)
    assert answer.json()["embedded"]["hugggs"][0]["code"] == "OSPREY-0001"


async def test_a_stranger_whom_somebody_is_registering_keeps_no_neighbour_waiting_for_long(
    town: World,
) -> None:
    """Their row is held: the batch fails, and of those that are run alone only theirs does again."""
    buyer, phone = await new_buyer(town), "+447899000001"
    async with town.platform.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO users (id, kind, name, phone_fingerprint)"
            " VALUES (gen_random_uuid(), 'customer', '', $1)",
            number_fingerprint(phone),
        )
        task = asyncio.create_task(post(town, buyer, receivers=[{"phone_number": phone}]))
        others = await asyncio.gather(*(post(town, buyer) for _ in range(10)))
        assert {answer.status_code for answer in others} == {201}
        assert (await task).status_code == 503
    assert (await post(town, buyer, receivers=[{"phone_number": phone}])).status_code == 201
    assert await broken_rules(town.platform.database) == []
