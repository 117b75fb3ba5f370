"""Money that operators move by hand: once under a reference, never below nothing, never unnoticed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from huggg.database.doctor import examine
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.refusal import Refusal
from huggg.wallets.correct import correct
from huggg.wallets.directory import ledger, show_wallet
from huggg.wallets.entry import queries
from huggg.wallets.errors import ReferenceUsed, TooLittleAvailable, WalletNotFound
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import TOP_UP_MAX, top_up
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import WALLET_PENCE, World

NIL = UUID(int=0)
OUTSIDE = UUID("00000000-0000-4000-8000-000000000001")


async def available(world: World) -> int:
    row = await show_wallet(world.platform.database, world.wallet)
    assert row["available"] == row["topped_up"] - row["corrected"] - row["bought"]
    lines = await ledger(world.platform.database, world.platform.vault, world.wallet)
    assert lines[0]["balance"] == sum(line["amount"] for line in lines) == row["available"]
    assert [finding.rule for finding in await examine(world.platform.database) if finding.rows] == []
    return int(row["available"])


async def refused(world: World, kind: type[Refusal], act: Any) -> str:
    async with nothing_moves(world.platform.database):
        with pytest.raises(kind) as refusal:
            await act
    return str(refusal.value)


async def test_a_top_up_and_its_correction_both_stay_in_the_ledger(world: World) -> None:
    database, wallet = world.platform.database, world.wallet
    assert await top_up(database, wallet_id=wallet, amount=125_000, reference="HG-17", by="amy") == (
        WALLET_PENCE + 125_000
    )
    await world.buy(title="Friday coffees")
    left = await correct(database, wallet_id=wallet, amount=123_750, reason="12.50 was meant", by="zoe")
    assert left == await available(world) == WALLET_PENCE + 1_250 - 350
    lines = await ledger(database, world.platform.vault, wallet)
    assert [
        (line["kind"], line["amount"], line["balance"], line["reference"], line["reason"], line["by"])
        for line in lines
    ] == [
        ("correction", -123_750, WALLET_PENCE + 900, None, "12.50 was meant", "zoe"),
        ("purchase", -350, WALLET_PENCE + 124_650, "Friday coffees", None, "amara"),
        ("top-up", 125_000, WALLET_PENCE + 125_000, "HG-17", None, "amy"),
        ("top-up", WALLET_PENCE, WALLET_PENCE, None, None, None),
    ]
    moved = await sql(
        database,
        "SELECT debit_account, credit_account, amount FROM transfers"
        " WHERE huggg_id = $1 AND kind = 'correct'",
        NIL,
    )
    assert [tuple(row) for row in moved] == [(wallet, OUTSIDE, 123_750)]


async def test_each_movement_is_an_event_that_says_who_and_why(world: World) -> None:
    database = world.platform.database
    await top_up(database, wallet_id=world.wallet, amount=5_000, reference="HG-17", by="amy")
    await correct(
        database, wallet_id=world.wallet, amount=1_000, reason="Typed twice", reference="C-1", by="zoe"
    )
    rows = await sql(
        database,
        "SELECT kind, data::text AS data FROM events WHERE subject_id = $1 ORDER BY id DESC LIMIT 2",
        world.wallet,
    )
    assert [tuple(row) for row in rows] == [
        (
            "wallet.corrected",
            '{"by": "zoe", "amount": 1000, "reason": "Typed twice", "reference": "C-1"}',
        ),
        ("wallet.topped_up", '{"by": "amy", "amount": 5000, "reference": "HG-17"}'),
    ]


@pytest.mark.parametrize("again", ["HG-17", " hg-17 ", "Hg-17"])
async def test_a_wallet_is_topped_up_once_under_a_reference(world: World, again: str) -> None:
    database = world.platform.database
    await top_up(database, wallet_id=world.wallet, amount=5_000, reference="HG-17", by="amy")
    at = await scalar(
        database,
        "SELECT to_char(max(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD \"at\" HH24:MI') FROM transfers",
    )
    refusal = await refused(
        world, ReferenceUsed, top_up(database, wallet_id=world.wallet, amount=7_000, reference=again)
    )
    assert refusal == (
        f"This wallet was topped up by £50.00 under the reference HG-17 on {at} UTC by amy;"
        " nothing was moved now."
    )
    assert await available(world) == WALLET_PENCE + 5_000


async def test_another_wallet_and_a_correction_have_references_of_their_own(world: World) -> None:
    database = world.platform.database
    for wallet in (world.wallet, world.cleos_wallet):
        await top_up(database, wallet_id=wallet, amount=5_000, reference="HG-17")
    values: dict[str, Any] = {"wallet_id": world.wallet, "reason": "Twice", "reference": "HG-17"}
    await correct(database, amount=2_000, **values)
    refusal = await refused(world, ReferenceUsed, correct(database, amount=2_000, **values))
    assert refusal.startswith("This wallet was corrected by £20.00 under the reference HG-17 on ")
    assert await available(world) == WALLET_PENCE + 3_000


async def test_of_many_at_once_under_one_reference_one_moves_money(world: World) -> None:
    database = world.platform.database
    acts = [top_up(database, wallet_id=world.wallet, amount=100, reference="HG-17") for _ in range(10)]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ReferenceUsed"] * 9 + ["int"]
    assert await available(world) == WALLET_PENCE + 100


async def test_without_the_index_a_reference_would_count_as_often_as_it_is_typed(world: World) -> None:
    database = world.platform.database
    await sql(database, "DROP INDEX money_moves_once_under_a_reference")
    for _ in range(2):
        await top_up(database, wallet_id=world.wallet, amount=100, reference="HG-17")
    assert await available(world) == WALLET_PENCE + 200


async def test_without_a_reference_every_top_up_counts(world: World) -> None:
    for _ in range(2):
        await top_up(world.platform.database, wallet_id=world.wallet, amount=100)
    assert await available(world) == WALLET_PENCE + 200


async def test_the_same_transfer_again_adds_nothing(world: World) -> None:
    database, transfer = world.platform.database, new_id()
    for _ in range(2):
        left = await top_up(database, wallet_id=world.wallet, amount=100, transfer_id=transfer)
        assert left == WALLET_PENCE + 100
    await sql(database, "DELETE FROM wallet_entries")  # as an older release left it
    left = await top_up(database, wallet_id=world.wallet, amount=100, transfer_id=transfer)
    assert left == await available(world) == WALLET_PENCE + 100


async def test_a_correction_takes_all_that_is_available_and_not_a_penny_more(world: World) -> None:
    database = world.platform.database
    await world.buy()
    left = WALLET_PENCE - 350
    refusal = await refused(
        world,
        TooLittleAvailable,
        correct(database, wallet_id=world.wallet, amount=left + 1, reason="Typed twice"),
    )
    assert refusal == "Only £96.50 is available in this wallet, less than £96.51."
    assert await correct(database, wallet_id=world.wallet, amount=left, reason="Typed twice") == 0
    assert await available(world) == 0


async def test_corrections_at_once_take_no_more_than_there_is(world: World) -> None:
    database = world.platform.database
    acts = [
        correct(database, wallet_id=world.wallet, amount=WALLET_PENCE // 2, reason="Typed twice")
        for _ in range(8)
    ]
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names == ["TooLittleAvailable"] * 6 + ["int"] * 2
    assert await available(world) == 0


async def test_without_its_condition_the_wallet_itself_refuses_a_correction_that_is_too_large(
    world: World,
) -> None:
    blind = queries.correct.sql.replace(" AND available >= ", " AND 0 < ")
    assert blind != queries.correct.sql
    entry = {"id": new_id(), "reference": None, "reason": "x", "by": None}
    values = {"wallet_id": world.wallet, "amount": WALLET_PENCE + 1, **entry}
    async with nothing_moves(world.platform.database):
        with pytest.raises(asyncpg.CheckViolationError, match="wallet_not_overspent"):
            await sql(world.platform.database, blind, *queries.correct.bind(values))


@pytest.mark.parametrize("account", ["wallet of nobody", "commitment"])
async def test_only_a_wallet_is_topped_up_or_corrected(world: World, account: str) -> None:
    database = world.platform.database
    commitment_id = new_id()
    if account == "commitment":
        await world.buy()
        commitment_id = await scalar(
            database, "SELECT commitment_id FROM accounts WHERE id = $1", world.wallet
        )
    await refused(world, WalletNotFound, top_up(database, wallet_id=commitment_id, amount=100))
    await refused(
        world, WalletNotFound, correct(database, wallet_id=commitment_id, amount=100, reason="x")
    )
    await refused(world, WalletNotFound, ledger(database, world.platform.vault, commitment_id))


@pytest.mark.parametrize("amount", [0, -1, TOP_UP_MAX + 1])
async def test_an_amount_that_makes_no_sense_is_refused(world: World, amount: int) -> None:
    database = world.platform.database
    await refused(world, Invalid, top_up(database, wallet_id=world.wallet, amount=amount))
    kind = Invalid if amount <= 0 else TooLittleAvailable
    await refused(world, kind, correct(database, wallet_id=world.wallet, amount=amount, reason="x"))


@pytest.mark.parametrize("text", ["", "  ", "HG\n17", "HG\x0017", "x" * 256, "HG\u202e17"])
@pytest.mark.parametrize("field", ["reference", "reason", "by"])
async def test_text_that_is_no_line_is_refused_by_its_name(world: World, field: str, text: str) -> None:
    words: dict[str, Any] = {"reason": "x", field: text}
    act = correct(world.platform.database, wallet_id=world.wallet, amount=100, **words)
    assert (await refused(world, Invalid, act)).startswith(f"{field}: ")


async def test_a_correction_without_a_reason_is_no_entry(world: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="a_correction_has_a_reason"):
        await sql(
            world.platform.database,
            "INSERT INTO wallet_entries (id, wallet_id, kind) VALUES ($1, $2, 'correct')",
            new_id(),
            world.wallet,
        )


async def test_a_wallet_that_is_opened_again_stays_as_it_is(world: World) -> None:
    database = world.platform.database
    team = await scalar(database, "SELECT team_id FROM accounts WHERE id = $1", world.wallet)
    async with nothing_moves(database):
        again = await open_wallet(database, team_id=team, name="Another name", wallet_id=world.wallet)
    assert again == world.wallet


async def test_a_wallet_of_no_team_is_not_opened(world: World) -> None:
    act = open_wallet(world.platform.database, team_id=new_id(), name="Nobody's")
    assert await refused(world, Invalid, act) == "There is no such team."
