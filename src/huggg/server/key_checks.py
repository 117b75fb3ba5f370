"""Keys and database belong together; a server with other keys would open nothing and seal in vain."""

from __future__ import annotations

import asyncpg

from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.server.settings import SettingError

queries = Queries(__file__, "key_checks.sql")


async def refuse_other_keys(connection: asyncpg.Connection, keys: dict[int, bytes]) -> None:
    """Compare each key with the one of its number that this database has met; new ones are noted.

    Raises SettingError, for instance on a second machine that made itself a key file.
    """
    checks = {number: Vault({number: key}).fingerprint("key check", "") for number, key in keys.items()}
    met = await connection.fetch(queries.note_keys.sql, list(checks), list(checks.values()))
    for row in met:
        if row["fingerprint"] != checks[row["number"]]:
            raise SettingError(
                f"Key {row['number']} is not the one this database was sealed with. Every server on it"
                " needs the same keys: set HUGGG_KEYS, or copy the key file."
            )
