"""Databases that are put back as they were, for a third of the CPU of a copy for each test.

A copy is 640 files, and a new session reads the catalogue and plans every statement anew. So a test
leaves its database and its sessions to the next test. Tables with rows that are new or missing are
emptied and filled again, and sequences begin again. A database whose catalogue or statistics changed,
whose tables grew, or that has other sessions, is not kept.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from weakref import WeakKeyDictionary

import asyncpg
import pytest

from huggg.database import sessions
from tests.support.postgres import as_superuser

TABLE_BYTES_MAX = 9 * 8192
"""Of a kept database: PostgreSQL plans alike for all tables that were never analyzed up to this size."""

CATALOGUE = (
    *("pg_class", "pg_attribute", "pg_constraint", "pg_index", "pg_proc", "pg_trigger", "pg_rewrite"),
    *("pg_type", "pg_statistic", "pg_db_role_setting"),
)

OTHER_SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> ALL ($1::int[] || pg_backend_pid())
"""

COLUMNS = """
SELECT attrelid::regclass::text AS name, array_agg(attname::text) AS columns
FROM pg_attribute
JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace
  AND relkind = 'r' AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY attrelid
"""

SEQUENCES = """
SELECT format(
    'SELECT setval(%L, %s, %L)',
    format('%I', sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
)
FROM pg_sequences
"""

LOOK = """
SELECT '{0}' AS name, count(*) AS rows, count(*) FILTER (WHERE age(xmin) < age($1::xid)) AS new_rows,
    pg_relation_size('{0}') AS bytes
FROM {0}
"""

WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"

TRANSACTION = "SELECT pg_current_xact_id()::xid"

STATISTICS = """
SELECT 'statistics', sum(hashtext(format('%s %s %s', oid, relpages, reltuples))), 0, 0
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""

SessionKey = tuple[str, tuple[tuple[str, str], ...]]
"""The URL and the settings of a session."""


class KeptSessions:
    """The idle sessions in kept databases, until a pool opens one with the same settings."""

    def __init__(self) -> None:
        """Keep none yet, and only those of the loop that runs now."""
        self.urls: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._idle: dict[SessionKey, list[asyncpg.Connection]] = defaultdict(list)
        self._keys: WeakKeyDictionary[asyncpg.Connection, SessionKey] = WeakKeyDictionary()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let pools take sessions from here when they open one, and bring them back to close them."""
        really_open, really_close = sessions._open, asyncpg.Connection.close

        async def open_(url: str, settings: dict[str, str]) -> asyncpg.Connection:
            key = (url, tuple(settings.items()))
            may_stay = url in self.urls and asyncio.get_running_loop() is self._loop
            session = await self._take(key) if may_stay else None
            if session is None:
                session = await really_open(url, settings)
            if may_stay:
                self._keys[session] = key
            return session

        async def close(session: asyncpg.Connection, **patience: float) -> None:
            key = self._keys.get(session)
            if (
                key is None
                or key[0] not in self.urls
                or session.is_closed()
                or session.is_in_transaction()
            ):
                await really_close(session, **patience)
            else:
                self._idle[key].append(session)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sessions, "_open", open_)
            patch.setattr(asyncpg.Connection, "close", close)
            yield
            for url in [*self.urls]:
                self.end(url)

    def processes(self, url: str) -> list[int]:
        """Give the server's processes of the idle sessions of a database."""
        return [session.get_server_pid() for session in self._of(url) if not session.is_closed()]

    def end(self, url: str) -> None:
        """End the idle sessions of a database, and keep none of it from now on."""
        self.urls.discard(url)
        for session in self._of(url):
            session.terminate()
        for key in [key for key in self._idle if key[0] == url]:
            del self._idle[key]

    def _of(self, url: str) -> list[asyncpg.Connection]:
        return [session for key, idle in self._idle.items() if key[0] == url for session in idle]

    async def _take(self, key: SessionKey) -> asyncpg.Connection | None:
        while self._idle[key]:
            session = self._idle[key].pop()
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await session.reset()
                return session
            session.terminate()
        return None


class KeptDatabase:
    """A copy of a database, which can be put back as it was."""

    def __init__(self, url: str, admin: asyncpg.Connection, kept_sessions: KeptSessions) -> None:
        """Take its URL, a superuser's session in it, and the sessions that tests leave."""
        self.url = url
        self._admin = admin
        self._sessions = kept_sessions
        self._look = self._again = ""
        self._columns: dict[str, list[str]] = {}
        self._rows: dict[str, int] = {}
        self._content: dict[str, bytes] = {}
        self._since = 0

    @classmethod
    async def of(cls, url: str, kept_sessions: KeptSessions) -> KeptDatabase:
        """Remember the content of a database before its first test."""
        kept = cls(url, await asyncpg.connect(as_superuser(url)), kept_sessions)
        await kept._remember()
        kept_sessions.urls.add(url)
        return kept

    async def restored(self) -> bool:
        """Put every row back; False where the database changed in more than that."""
        if await self._admin.fetchval(OTHER_SESSIONS, self._sessions.processes(self.url)):
            return False
        tables = await self._admin.fetch(self._look, self._since)
        changed = {
            str(table["name"])
            for table in tables
            if table["new_rows"] or table["rows"] != self._rows[table["name"]]
        }
        has_grown = any(
            table["bytes"] > TABLE_BYTES_MAX for table in tables if table["name"] in self._columns
        )
        if has_grown or not changed <= self._columns.keys():
            return False
        await self._put_back(changed)
        return True

    async def close(self) -> None:
        """End all kept sessions."""
        self._sessions.end(self.url)
        await self._admin.close()

    async def _put_back(self, tables: set[str]) -> None:
        async with self._admin.transaction():
            deletions = [f"DELETE FROM {table}" for table in tables]  # noqa: S608 - tables of ours
            await self._admin.execute(";".join([WITHOUT_TRIGGERS, *deletions, self._again]))
            for table in self._content.keys() & tables:
                await self._admin.copy_to_table(
                    table,
                    source=BytesIO(self._content[table]),
                    columns=self._columns[table],
                    format="binary",
                )
            self._since = await self._admin.fetchval(TRANSACTION)

    async def _remember(self) -> None:
        self._columns = {row["name"]: row["columns"] for row in await self._admin.fetch(COLUMNS)}
        self._again = ";".join(row[0] for row in await self._admin.fetch(SEQUENCES))
        parts = [LOOK.format(table) for table in (*self._columns, *CATALOGUE)]
        self._look = "UNION ALL".join([*parts, STATISTICS])
        self._since = await self._admin.fetchval(TRANSACTION)
        self._rows = {
            row["name"]: row["rows"] for row in await self._admin.fetch(self._look, self._since)
        }
        for table, columns in self._columns.items():
            if self._rows[table]:
                content = BytesIO()
                await self._admin.copy_from_table(
                    table, output=content, columns=columns, format="binary"
                )
                self._content[table] = content.getvalue()
