"""Durability: a database that could lose acknowledged changes is refused, at start and at connecting."""

from __future__ import annotations

import asyncpg

NEEDED = ("fsync", "full_page_writes", "synchronous_commit")
ENCODING = "server_encoding"


class UnsafeDatabaseError(Exception):
    """The server runs with a durability setting switched off, or cannot hold every text."""


async def refuse_unsafe(connection: asyncpg.Connection) -> None:
    """Look at the settings this connection really has. Raises UnsafeDatabaseError naming the one off.

    `synchronous_commit` can be switched off for one role or database alone, so asking once at start
    would not do. Nor does each connection read `pg_settings`, which lists all settings for these few.
    """
    rows = await connection.fetch(
        "SELECT name, current_setting(name) FROM unnest($1::text[]) AS name", [*NEEDED, ENCODING]
    )
    for name, setting in sorted(tuple(row) for row in rows):
        if name == ENCODING and setting != "UTF8":
            raise UnsafeDatabaseError(f"The database is in {setting}; messages need UTF8.")
        if setting == "off":
            raise UnsafeDatabaseError(
                f"{name} is off: acknowledged redemptions could be lost. Switch it on to serve."
            )
