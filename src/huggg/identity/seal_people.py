"""Sealing the facts about people that an older release kept in clear, while servers run.

A server of an older release finds users by the columns in clear, so these are emptied only when no such
server runs any more: each server of this release says in the roll call that it reads sealed people.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import asyncpg
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.adopt import adopt_usernames
from huggg.identity.username import key_or_none
from huggg.kit.chores import Chore, in_batches
from huggg.kit.codes import Vault
from huggg.people import READS_SEALED_PEOPLE
from huggg.people.found_by import ADDRESS, EXACT_USERNAME, PHONE_NUMBER
from huggg.people.person_key import PersonKey
from huggg.people.personal_data import PersonalData, seal_personal
from huggg.people.store import ensure_person_keys, note_move

MOVE_SECONDS = 10.0
GONE_SECONDS = 15.0
"""A server that has not answered the roll call for so long has refused look-ups for some seconds."""

BATCH = 500
BATCHES_MAX = 20

queries = Queries(__file__)


def people_chore(database: Database, vault: Vault) -> Chore:
    """Describe the chore that seals people: older servers may go on to register users."""
    return Chore("people", MOVE_SECONDS, partial(seal_people, database, vault))


async def seal_people(database: Database, vault: Vault) -> None:
    """Seal users that are in clear, and empty their columns when that is safe. Raises Unavailable."""
    await adopt_usernames(database)
    for _ in range(BATCHES_MAX):
        rows = await database.planned(queries.people_in_clear, most=BATCH)
        if rows:
            await _seal(database, vault, rows)
        if len(rows) < BATCH:
            break
    await in_batches(
        database, queries.empty_columns, mark=READS_SEALED_PEOPLE, gone_seconds=GONE_SECONDS
    )
    await note_move(database, "people")


async def _seal(database: Database, vault: Vault, rows: list[Record]) -> None:
    keys = await ensure_person_keys(database, vault, [row["id"] for row in rows])
    values = [_values(vault, row, keys[row["id"]]) for row in rows if row["id"] in keys]
    columns = {name: [row[name] for row in values] for name in values[0]} if values else None
    # A user that is created meanwhile may take a username; the next round finds it taken.
    with suppress(asyncpg.UniqueViolationError):
        if columns:
            await database.rows(queries.seal_people, **columns)


def _values(vault: Vault, row: Record, key: PersonKey) -> dict[str, Any]:
    username, number = row["username"], row["phone_number"]
    folded = None if username is None else key_or_none(username)
    data = PersonalData(row["name"], username, number)
    return {
        "ids": row["id"],
        "personals": seal_personal(vault, data, key),
        "exact": None if username is None else vault.fingerprint(EXACT_USERNAME, username),
        "folded": None if folded is None else vault.fingerprint(ADDRESS, folded),
        "keys": folded,
        "phones": None if number is None else vault.fingerprint(PHONE_NUMBER, number),
    }
