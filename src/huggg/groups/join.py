"""Join: a person whose address is confirmed takes one huggg of a group."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Statement
from huggg.groups.errors import GroupClosed
from huggg.groups.group import Group, GroupState, claimer_key
from huggg.groups.store import TakenHuggg, find_group, queries, taken_by, taken_from
from huggg.hugggs.claim import browser_fingerprint
from huggg.hugggs.code_viewers import admit_browser
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.people.store import ensure_person_keys
from huggg.transactions.known_receivers import find_receiver
from huggg.transactions.newcomers import newcomer_values
from huggg.transactions.purchase import Newcomer


async def join(
    database: Database, vault: Vault, group: Group, address: str, *, browser: str, client_id: str
) -> TakenHuggg:
    """Give a person a huggg of a group, or find the one that the person has.

    `browser` is the secret of the claiming browser. Raises GroupClosed, and Busy when concurrent calls
    won again and again.
    """
    claimer = claimer_key(group.link, address)
    race, draw = Race(), queries.join
    while True:
        snapshot = await find_group(database, vault, group.link.code)
        # In this order: the group may be full because another tab of this person took the last huggg.
        own_huggg = await taken_by(database, vault, group.transaction_id, claimer)
        if own_huggg is not None:
            await admit_browser(database, huggg_id=own_huggg.id, secret=browser)
            return own_huggg
        decide_join(snapshot.group, now=snapshot.now)
        row = await insert_join(
            database,
            vault,
            group,
            address,
            draw=draw,
            browser=browser,
            client_id=client_id,
            now=snapshot.now,
        )
        if row is not None:
            return taken_from(row, vault)
        draw = _waiting(queries.join)
        await race.lost()


def decide_join(group: Group, *, now: datetime) -> None:
    """Let a person take a huggg. Raises GroupClosed."""
    if group.state(now) is not GroupState.OPEN:
        raise GroupClosed


async def insert_join(
    database: Database,
    vault: Vault,
    group: Group,
    address: str,
    *,
    draw: Statement,
    browser: str,
    client_id: str,
    now: datetime,
) -> Record | None:
    """Record that a person takes a huggg; None if a concurrent call took it, or the address."""
    receiver = await find_receiver(database, vault, address)
    if receiver is not None and receiver.key is None:  # an older release registered them
        await ensure_person_keys(database, vault, [receiver.id])
    receiver_id = receiver.id if receiver else new_id()
    newcomer = None if receiver else Newcomer(receiver_id, address)
    try:
        return await database.row(
            draw,
            transaction_id=group.transaction_id,
            receiver_id=receiver_id,
            **newcomer_values(vault, newcomer),
            claimer=claimer_key(group.link, address),
            browser=browser_fingerprint(browser),
            client_id=client_id,
            delivery_id=new_id(),
            now=now,
        )
    except asyncpg.UniqueViolationError:  # the person's claim, or the address, was registered meanwhile
        return None


def _waiting(draw: Statement) -> Statement:
    """Wait for hugggs that other people are taking: one of them may come back.

    So a group is full only after a second look. A caller that waits holds no row, so no two wait for
    each other.
    """
    return replace(draw, sql=draw.sql.replace(" SKIP LOCKED", ""))
