"""Rights: a role that may not read each table of the release is refused before it serves.

A release may add tables. A server whose role has no grants on them would be ready, and answer the first
call that needs one with an error.
"""

from __future__ import annotations

import asyncpg

GRANTS = "Run the GRANT block of docs/how-to/own-database.md as the owner of the schema."

NAMED = 3

UNREADABLE = """
SELECT c.relname
  FROM pg_class known
  JOIN pg_class c ON c.relnamespace = known.relnamespace AND c.relowner = known.relowner
 WHERE known.oid = 'alembic_version'::regclass
   AND c.relkind IN ('r', 'v')
   AND NOT has_table_privilege(c.oid, 'SELECT')
 ORDER BY c.relname
"""
"""The tables and views of the schema's owner: a table that an administrator added needs no grant."""


class LackingRightsError(Exception):
    """The role lacks rights on tables of this release."""


async def refuse_lacking_rights(connection: asyncpg.Connection) -> None:
    """Check the rights before serving. Raises LackingRightsError with the remedy."""
    names = [row["relname"] for row in await connection.fetch(UNREADABLE)]
    if names:
        role = await connection.fetchval("SELECT current_user")
        others = f" and {len(names) - NAMED} others" if len(names) > NAMED else ""
        tables = ", ".join(names[:NAMED]) + others
        raise LackingRightsError(f"The role {role} may not read {tables}. {GRANTS}")
