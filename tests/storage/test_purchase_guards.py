"""The guards of the statement that buys: wallets, cards, keys, codes, turns."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.transactions.insert_purchase import queries
from tests.support.guards import Row
from tests.support.rows import AT, lie_in_order_of_entry, put, ran, standing

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FUTURE = "2099-01-01T00:00:00Z"
WALLET, COMMITMENT, OTHER_WALLET, BRAND = (UUID(int=n) for n in (0x21, 0x22, 0x31, 0x41))
FUNDING, FEES = (UUID(f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 4))
NOBODY = UUID(int=0)
Two = tuple[asyncpg.Connection, asyncpg.Connection]

PARTS = (
    *(
        "voucher_fingerprint",
        "newcomer_id",
        "newcomer_personal",
        "newcomer_key",
        "newcomer_phone",
        "voucher_id",
        "voucher_code",
    ),
    *("voucher_expiry", "minted_code", "issuance_id"),
    "newcomer_email",
    *(f"delivery_{name}" for name in ("id", "huggg_id", "person_id", "channel", "sealed", "batch_id")),
    *("own_huggg_id", "own_person_id", "own_message"),
    "person_id",
)


def purchase(number: int = 1, **more: Any) -> Row:
    """Buy one huggg for £3.50 from the wallet; `number` tells purchases of one batch apart."""
    one: Row = {
        "transaction_id": UUID(int=0x1000 + number),
        "sender_id": UUID(int=3),
        "team_id": None,
        "client_id": "shop",
        "account_id": WALLET,
        "commitment_id": COMMITMENT,
        "payment_id": None,
        "charge": None,
        "alone": False,
        "product_id": UUID(int=4),
        "brand_id": BRAND,
        "from_pool": False,
        "value": 350,
        "retail": 350,
        "sealed_labels": None,
        "sealed_message": None,
        "message_receiver_id": None,
        "word_fingerprints": None,
        "word_key": None,
        "theme_id": "default",
        "delivery_method": None,
        "claim_limit": None,
        "expiry_date": date(2027, 1, 5),
        "expires_at": datetime(2027, 1, 6, tzinfo=UTC),
        "next_expiry_date": None,
        "next_expires_at": None,
        "sent_at": NOW,
        "at": NOW,
        "key_caller": None,
        "key": None,
        "key_attempt": None,
        "key_status": None,
        "key_answer": None,
        "group_fingerprint": None,
        "group_sealed": None,
        "unshown": None,
        "choice_id": None,
        "quantity": 1,
        "vouchers": 0,
        "minted": 0,
        "intended": 0,
        "newcomers": 0,
        "deliveries": 0,
        "messages": 0,
        "people": 0,
        "huggg_id": UUID(int=0x2000 + number),
        "receiver_id": None,
        "codes": b"\1",
        "message_id": None,
        "fingerprint": bytes([number]),
        "redeem_fingerprint": b"\6",
        "transfer_id": UUID(int=0x3000 + number),
    }
    parts = {name: [more.pop(name)] if name in more else [] for name in PARTS}
    return {name: [value] for name, value in {**one, **more}.items()} | parts


def by_card(number: int = 1, **more: Any) -> Row:
    payment = {"payment_id": UUID(int=number), "charge": f"ch_{number}"}
    return purchase(number, account_id=FUNDING, **{**payment, **more})


def from_pool(number: int = 1, **more: Any) -> Row:
    code = {"vouchers": 1, "voucher_fingerprint": b"\7", "voucher_id": UUID(int=8)}
    sealed = {"voucher_code": b"\5", "voucher_expiry": None}
    return purchase(number, from_pool=True, **{**code, **sealed, **more})


async def buy(tables: asyncpg.Connection, *batch: Row) -> list[tuple[int, bool]]:
    together = {name: [part for each in batch for part in each[name]] for name in batch[0]}
    return sorted(tuple(row) for row in await ran(tables, queries.buy, **together))


async def open_wallets(tables: asyncpg.Connection, available: int = 1000) -> None:
    wallet = {"kind": "wallet", "team_id": 1, "commitment_id": 0x22, "available": available}
    for id_ in (0x31, 0x21):
        await put(tables, "accounts", **{**wallet, "id": id_})


async def left(tables: asyncpg.Connection) -> dict[UUID, int]:
    return dict(await tables.fetch("SELECT id, available FROM accounts WHERE kind = 'wallet'"))


TRANSFERS = """
SELECT huggg_id, debit_account, credit_account, amount, kind FROM transfers ORDER BY kind, huggg_id
"""


async def test_only_the_wallet_that_was_asked_pays(tables: asyncpg.Connection) -> None:
    await open_wallets(tables)
    assert await buy(tables, purchase()) == [(1, True)]
    assert await left(tables) == {WALLET: 650, OTHER_WALLET: 1000}
    assert await tables.fetch(TRANSFERS) == [(UUID(int=0x2001), WALLET, COMMITMENT, 350, "commit")]
    assert await tables.fetch("SELECT kind FROM events") == [("transaction.successful",)]


async def test_a_wallet_pays_in_turn_while_there_is_enough(tables: asyncpg.Connection) -> None:
    await open_wallets(tables, available=700)
    three = [purchase(number) for number in (1, 2, 3)]
    other = purchase(4, account_id=OTHER_WALLET)
    assert await buy(tables, *three, other) == [(1, True), (2, True), (4, True)]
    assert await left(tables) == {WALLET: 0, OTHER_WALLET: 350}


async def test_a_buyer_that_cannot_pay_gets_nothing_and_no_answer(tables: asyncpg.Connection) -> None:
    await open_wallets(tables, available=349)
    before = await standing(tables)
    assert await buy(tables, purchase()) == []
    assert await standing(tables) == before


async def test_a_card_that_paid_gets_its_hugggs_and_pays_for_handling(
    tables: asyncpg.Connection,
) -> None:
    await open_wallets(tables)
    for number in (1, 2, 3):
        await put(tables, "payments", id=number, transaction_id=number, fee=20 if number == 1 else 0)
    assert await buy(tables, by_card(1), by_card(2), purchase(4)) == [(1, True), (2, True), (3, True)]
    assert await left(tables) == {WALLET: 650, OTHER_WALLET: 1000}
    states = await tables.fetch("SELECT id, state, charge FROM payments ORDER BY id")
    assert states == [
        (UUID(int=1), "charged", "ch_1"),
        (UUID(int=2), "charged", "ch_2"),
        (UUID(int=3), "intended", None),
    ]
    assert await tables.fetch(TRANSFERS) == [
        (UUID(int=0x2001), FUNDING, COMMITMENT, 350, "commit"),
        (UUID(int=0x2002), FUNDING, COMMITMENT, 350, "commit"),
        (UUID(int=0x2004), WALLET, COMMITMENT, 350, "commit"),
        (NOBODY, FUNDING, FEES, 20, "fee"),
    ]


async def test_a_purchase_decided_to_be_refunded_is_not_made(tables: asyncpg.Connection) -> None:
    await put(tables, "payments", state="refunding", charge="ch_1", refusal="Invalid", reason="late")
    before = await standing(tables)
    assert await buy(tables, by_card()) == []
    assert await standing(tables) == before


# Keys ----------------------------------------------------------------------------------------------

KEY: Row = {"caller": "amara", "key": "k1", "attempt": 7}
OTHER_KEYS: list[Row] = [{**KEY, "caller": "bo"}, {**KEY, "key": "k2"}]
UNDER_KEY: Row = {
    "key_caller": "amara",
    "key": "k1",
    "key_attempt": UUID(int=7),
    "key_status": 201,
    "key_answer": b"\2",
}


@pytest.mark.parametrize("pays", [purchase, by_card])
async def test_the_answer_is_kept_under_the_key_that_was_reserved_and_no_other(
    tables: asyncpg.Connection, pays: Any
) -> None:
    await open_wallets(tables)
    await put(tables, "payments")
    for key in [*OTHER_KEYS, KEY]:
        await put(tables, "idempotency_keys", **key)
    assert await buy(tables, pays(**UNDER_KEY), purchase(2)) == [(1, True), (2, True)]
    answered = await tables.fetch("SELECT caller, key FROM idempotency_keys WHERE status = 201")
    assert answered == [("amara", "k1")]


@pytest.mark.parametrize(
    "lost",
    [{"attempt": 8}, {"status": 402, "answer": "\\x01"}, {"caller": "bo"}, {"key": "k2"}],
    ids=str,
)
async def test_without_its_key_nothing_is_bought_but_what_others_buy(
    tables: asyncpg.Connection, lost: Row
) -> None:
    await open_wallets(tables)
    await put(tables, "idempotency_keys", **{**KEY, **lost})
    assert await buy(tables, purchase(1, **UNDER_KEY), purchase(2)) == [(2, True)]
    assert await left(tables) == {WALLET: 650, OTHER_WALLET: 1000}


# Codes ---------------------------------------------------------------------------------------------

RESERVED: Row = {
    "brand_id": 0x41,
    "fingerprint": "\\x07",
    "huggg_id": 0x2001,
    "lease_until": FUTURE,
    "segment_id": 5,
}
ANOTHER: list[Row] = [
    {**RESERVED, "brand_id": 0x51},
    {**RESERVED, "fingerprint": "\\x08", "huggg_id": 0x2009},
]


async def test_the_code_that_was_drawn_is_handed_out_and_no_other(tables: asyncpg.Connection) -> None:
    await open_wallets(tables)
    for code in [*ANOTHER, RESERVED]:
        await put(tables, "codes", **code)
    assert await buy(tables, from_pool(), purchase(2)) == [(1, True), (2, True)]
    assigned = "SELECT brand_id, fingerprint FROM codes WHERE assigned_at IS NOT NULL"
    assert await tables.fetch(assigned) == [(BRAND, b"\7")]
    assert await tables.fetch("SELECT huggg_id, id FROM vouchers") == [(UUID(int=0x2001), UUID(int=8))]


@pytest.mark.parametrize(
    "lost",
    [
        {"huggg_id": 0x2009},
        {"lease_until": None, "assigned_at": AT},
        {"fingerprint": "\\x09"},
        {"brand_id": 0x51},
    ],
    ids=["drawn by another", "handed out", "another code", "another brand"],
)
async def test_without_its_code_nothing_is_bought_but_what_others_buy(
    tables: asyncpg.Connection, lost: Row
) -> None:
    await open_wallets(tables)
    await put(tables, "codes", **{**RESERVED, **lost})
    await put(tables, "codes", **{**RESERVED, "fingerprint": "\\x17", "huggg_id": 0x2002})
    second = from_pool(2, voucher_fingerprint=b"\x17", voucher_id=UUID(int=18))
    assert await buy(tables, from_pool(1), second) == [(2, True)]
    assert await left(tables) == {WALLET: 650, OTHER_WALLET: 1000}


async def test_the_code_of_a_purchase_that_is_not_paid_for_stays_reserved(
    tables: asyncpg.Connection,
) -> None:
    await open_wallets(tables, available=350)
    await put(tables, "codes", **RESERVED)
    dear = from_pool(1, retail=700)
    assert await buy(tables, dear, purchase(2, account_id=OTHER_WALLET)) == [(2, True)]
    assert await tables.fetch("SELECT FROM codes WHERE assigned_at IS NOT NULL") == []


async def test_a_minted_code_is_not_looked_for_among_drawn_codes(tables: asyncpg.Connection) -> None:
    await open_wallets(tables)
    minted = from_pool(1, minted=1, minted_code=b"\6", voucher_expiry=NOW)
    assert await buy(tables, {**minted, "from_pool": [False]}) == [(1, True)]
    assert await tables.fetch("SELECT huggg_id, code FROM codes") == [(UUID(int=0x2001), b"\6")]


# Turns ---------------------------------------------------------------------------------------------


async def test_a_buyer_whose_wallet_a_bulk_purchase_holds_is_told_so_and_does_not_wait(two: Two) -> None:
    alone, buying = two
    await open_wallets(alone)
    async with alone.transaction():
        assert await buy(alone, purchase(1, alone=True)) == [(1, True)]
        other = purchase(3, account_id=OTHER_WALLET)
        assert await buy(buying, purchase(2), other) == [(1, False), (2, True)]


async def test_a_card_waits_for_no_wallet(two: Two) -> None:
    alone, buying = two
    await open_wallets(alone)
    await put(alone, "payments")
    async with alone.transaction():
        await alone.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0)) FROM accounts"
            " WHERE id = $1 FOR UPDATE",
            FUNDING,
        )
        assert await buy(buying, by_card(1, alone=True), purchase(2)) == [(1, True), (2, True)]


async def test_a_purchase_holds_no_wallet_but_its_own(two: Two) -> None:
    holding, buying = two
    await open_wallets(holding)
    async with holding.transaction():
        await holding.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", OTHER_WALLET)
        assert await buy(buying, purchase()) == [(1, True)]


async def test_a_buyer_that_waited_for_a_wallet_sees_its_rest(two: Two) -> None:
    first, second = two
    await open_wallets(first, available=350)
    async with first.transaction():
        assert await buy(first, purchase(1)) == [(1, True)]
        waiting = await has_begun(buy(second, purchase(2)))
    assert await waiting == []
    assert await left(first) == {WALLET: 0, OTHER_WALLET: 350}


async def test_a_call_that_waited_for_its_key_sees_that_it_was_taken_over(two: Two) -> None:
    taking_over, buying = two
    await open_wallets(taking_over)
    await put(taking_over, "idempotency_keys", **KEY)
    async with taking_over.transaction():
        await taking_over.execute("UPDATE idempotency_keys SET attempt = $1", UUID(int=8))
        waiting = await has_begun(buy(buying, purchase(1, **UNDER_KEY)))
    assert await waiting == []


async def test_a_call_that_waited_for_its_code_sees_that_another_drew_it(two: Two) -> None:
    drawing, buying = two
    await open_wallets(drawing)
    await put(drawing, "codes", **RESERVED)
    async with drawing.transaction():
        await drawing.execute("UPDATE codes SET huggg_id = $1", UUID(int=9))
        waiting = await has_begun(buy(buying, from_pool()))
    assert await waiting == []


async def has_begun(waiting: Any) -> asyncio.Task[Any]:
    """Let a statement come as far as it can."""
    task = asyncio.create_task(waiting)
    await asyncio.sleep(0.2)
    assert not task.done()
    return task


# A purchase by card that comes to nothing ----------------------------------------------------------

FAILED: Row = {
    "payment_id": UUID(int=1),
    "state": "intended",
    "refusal": "CardDeclined",
    "reason": "declined",
    "account_id": FUNDING,
    "product_id": UUID(int=4),
    "quantity": 1,
    "retail": 350,
    "sealed_labels": None,
    "sealed_message": None,
    "theme_id": "default",
    "delivery_method": None,
    "claim_limit": None,
    "key_caller": "amara",
    "key": "k1",
    "key_status": 402,
    "key_answer": b"\2",
    "effect_id": None,
}


async def test_a_payment_fails_alone_and_answers_its_own_key(tables: asyncpg.Connection) -> None:
    for key in [*OTHER_KEYS, KEY]:
        await put(tables, "idempotency_keys", **key)
    for number in (2, 1):
        await put(tables, "payments", id=number, transaction_id=number)
    assert await ran(tables, queries.fail, **FAILED) == [(UUID(int=1),)]
    answered = await tables.fetch("SELECT caller, key FROM idempotency_keys WHERE status = 402")
    assert answered == [("amara", "k1")]
    assert await tables.fetch("SELECT id FROM payments WHERE state = 'intended'") == [(UUID(int=2),)]


async def test_a_payment_that_was_decided_otherwise_does_not_fail(tables: asyncpg.Connection) -> None:
    await put(tables, "payments", state="refunding", charge="ch_1", refusal="Invalid", reason="late")
    before = await standing(tables)
    assert await ran(tables, queries.fail, **FAILED) == []
    assert await standing(tables) == before


# The order of locks ------------------------------------------------------------------------------------

STRANGER = "INSERT INTO users (id, kind, name, phone_fingerprint) VALUES ($1, 'customer', '', $2)"
FIRST_PHONE, LATER_PHONE = b"\1", b"\2"


async def test_wallets_are_locked_in_the_order_of_their_ids(two: Two) -> None:
    """While the first of them pays for another batch, this one has none of the others."""
    first, second = two
    await open_wallets(first)
    lock = "SELECT FROM accounts WHERE id = $1 FOR UPDATE"
    async with second.transaction():
        await lie_in_order_of_entry(second)
        async with first.transaction():
            await first.execute(lock, WALLET)
            batch = (purchase(1, account_id=OTHER_WALLET), purchase(2))
            waits = asyncio.create_task(buy(second, *batch))
            await asyncio.sleep(0.1)
            assert len(await first.fetch(f"{lock} SKIP LOCKED", OTHER_WALLET)) == 1
        assert await waits == [(1, True), (2, True)]


async def test_keys_are_locked_in_their_order(two: Two) -> None:
    first, second = two
    await open_wallets(first)
    keys = [{"key_caller": "amara", "key": key, "key_attempt": UUID(int=1)} for key in ("k2", "k1")]
    for key in keys:
        await put(first, "idempotency_keys", key=key["key"])
    lock = "SELECT FROM idempotency_keys WHERE key = $1 FOR UPDATE"
    async with second.transaction():
        await lie_in_order_of_entry(second)
        async with first.transaction():
            await first.execute(lock, "k1")
            batch = [purchase(number, **key) for number, key in enumerate(keys, start=1)]
            waits = asyncio.create_task(buy(second, *batch))
            await asyncio.sleep(0.1)
            assert len(await first.fetch(f"{lock} SKIP LOCKED", "k2")) == 1
        assert await waits == [(1, True), (2, True)]


async def test_strangers_are_registered_in_the_order_of_their_numbers(two: Two) -> None:
    first, second = two
    await open_wallets(first)
    order = purchase(newcomers=2) | {
        "newcomer_id": [UUID(int=0x52), UUID(int=0x51)],
        "newcomer_phone": [LATER_PHONE, FIRST_PHONE],
        "newcomer_personal": [b"sealed", b"sealed"],
        "newcomer_key": [b"key", b"key"],
    }
    async with first.transaction():
        await first.execute(STRANGER, UUID(int=0x61), FIRST_PHONE)
        waits = asyncio.create_task(buy(second, order))
        await asyncio.sleep(0.1)
        await first.execute(STRANGER, UUID(int=0x62), LATER_PHONE)
    with pytest.raises(asyncpg.UniqueViolationError):
        await waits
