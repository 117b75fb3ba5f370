"""The consumers of notifications: purchases give receipts, and low wallets and pools give alarms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import partial
from uuid import UUID

import asyncpg
import msgspec

from huggg.database.pool import run
from huggg.events.consumer import Consumer
from huggg.events.data.hugggs import ValueReturned
from huggg.events.data.vouchers import PoolLow
from huggg.events.event import Event
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.notifications.alarms import Operator, operator_alarm
from huggg.notifications.compose import MONEY_BACK, AlarmFacts, MoneyFacts
from huggg.notifications.store import queries

BOUGHT = "transaction.successful"
WALLET = frozenset({"wallet.topped_up", "wallet.corrected", "wallet.alarm_set"})
"""The kinds of events after which a wallet may be below its level, or at it again."""

POOL_LOW = "pool.low"
ENDED = frozenset({"huggg.cancelled", "huggg.expired", "huggg.returned"})
"""The kinds of events with which a huggg's value may return to its buyer."""


def receipts() -> Consumer:
    """Describe the consumer that sends receipts to buyers, and warns teams of wallets that run low.

    Only an installation that sends mail has it.
    """
    return Consumer("receipts", ENDED | WALLET | {BOUGHT}, tell_buyers)


def pool_alarms(vault: Vault, operator: Operator) -> Consumer:
    """Describe the consumer that tells the operator of pools that run low."""
    return Consumer("pool alarms", frozenset({POOL_LOW}), partial(tell_operator, vault, operator))


async def tell_buyers(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
    """Queue receipts of purchases and of money that came back, and alarms of wallets that run low."""
    bought_ids = [event.subject_id for event in events if event.kind == BOUGHT]
    if bought_ids:
        new_ids = [new_id() for _ in bought_ids]
        await run(connection, queries.queue_receipts, transaction_ids=bought_ids, new_ids=new_ids)
    returned_ids = await _tell_of_money(connection, [event for event in events if event.kind in ENDED])
    wallet_ids = [event.subject_id for event in events if event.kind in WALLET]
    if paid_ids := [*bought_ids, *returned_ids]:
        rows = await run(connection, queries.wallets_of, transaction_ids=paid_ids)
        wallet_ids += [row["account_id"] for row in rows]
    if wallet_ids:
        await run(connection, queries.alarm_wallets, wallet_ids=wallet_ids)


async def _tell_of_money(
    connection: asyncpg.Connection, ended_events: Sequence[Event]
) -> Collection[UUID]:
    """Queue one receipt for each purchase to which value came back, and give the ids of these."""
    amounts = {
        event.subject_id: msgspec.convert(event.data, ValueReturned).returned for event in ended_events
    }
    amounts_back = {huggg_id: amount for huggg_id, amount in amounts.items() if amount > 0}
    if not amounts_back:
        return ()
    rows = await run(connection, queries.purchases_of, huggg_ids=list(amounts_back))
    amounts_of_purchases: dict[UUID, list[int]] = defaultdict(list)
    for row in rows:
        amounts_of_purchases[row["transaction_id"]].append(amounts_back[row["id"]])
    facts = [MoneyFacts(quantity=len(each), amount=sum(each)) for each in amounts_of_purchases.values()]
    await run(
        connection,
        queries.queue_money_back,
        transaction_ids=list(amounts_of_purchases),
        slots=[f"{MONEY_BACK} {ended_events[-1].id}"] * len(amounts_of_purchases),
        new_ids=[new_id() for _ in amounts_of_purchases],
        facts=[msgspec.json.encode(each).decode() for each in facts],
    )
    return amounts_of_purchases


async def tell_operator(
    vault: Vault, operator: Operator, connection: asyncpg.Connection, events: Sequence[Event]
) -> None:
    """Queue an alarm for each pool that fell to its level."""
    ids = [event.subject_id for event in events]
    names = {row["id"]: row["name"] for row in await run(connection, queries.pool_names, ids=ids)}
    alarms = [
        operator_alarm(
            vault,
            operator,
            subject_id=event.subject_id,
            slot=f"low {event.id}",
            facts=AlarmFacts(
                about="pool",
                name=names.get(event.subject_id, str(event.subject_id)),
                level=msgspec.convert(event.data, PoolLow).low_water,
            ),
        )
        for event in events
    ]
    columns = {name: [alarm[name] for alarm in alarms] for name in alarms[0]}
    await run(connection, queries.alarm_operator, **columns)
