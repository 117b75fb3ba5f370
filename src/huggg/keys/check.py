"""Keys and database belong together: a process that lacks a key in use does not find sealed codes."""

from __future__ import annotations

import asyncpg

from huggg.keys.load import BadKeysError, KeySettings, first_keys, load_keys, place_of_keys
from huggg.keys.roll_call import lacking, queries
from huggg.kit.codes import Vault


async def refuse_lacking(connection: asyncpg.Connection, settings: KeySettings) -> None:
    """Compare the keys here with those in use; the first process that a database meets brings them.

    Raises BadKeysError, for instance on a second machine that made itself a key file.
    """
    in_use = await _in_use(connection)
    if in_use:
        checks = Vault(load_keys(settings)).checks
    else:
        checks = Vault(first_keys(settings)).checks
        await connection.execute(queries.begin.sql, list(checks), list(checks.values()))
        in_use = await _in_use(connection)
    for number in lacking(checks, in_use):
        is_here = "is another one here" if number in checks else "is not here"
        raise BadKeysError(
            f"Key {number}, which this database is sealed with, {is_here}. Every server on it needs the"
            f" same keys: bring it into {place_of_keys(settings)} from another server or from a backup."
        )


async def _in_use(connection: asyncpg.Connection) -> dict[int, bytes]:
    return {row["number"]: row["fingerprint"] for row in await connection.fetch(queries.in_use.sql)}
