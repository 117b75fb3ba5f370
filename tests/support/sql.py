"""SQL of a test's own, run like any statement of ours; its placeholders are `$1`, `$2`, …"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest
from asyncpg import Record

from huggg.database import pool
from huggg.database.pool import Database
from huggg.database.queries import Statement


async def sql(database: Database, text: str, *values: Any) -> list[Record]:
    """Run one statement and fetch its rows."""
    names = tuple(f"value{place}" for place in range(len(values)))
    return await database.rows(Statement("test", text, names), **dict(zip(names, values, strict=True)))


async def scalar(database: Database, text: str, *values: Any) -> Any:
    """Run a statement that answers one value."""
    ((value,),) = await sql(database, text, *values)
    return value


OF_CHORES = frozenset(
    {
        *("add_consumer", "answer_roll_call", "behind", "draw", "due", "due_issuances"),
        *("sweep_keys", "sweep_sessions", "forget_ended_codes"),
        *("expired", "returnable", "send"),
        *("without_redeem_codes", "without_words"),
    }
)
"""Statements without a request: draws from buckets, the roll call, and checks of things due or over."""


Sent = list[tuple[Statement, list[Any]]]


def statements_ran(monkeypatch: pytest.MonkeyPatch, *, but: Collection[str] = OF_CHORES) -> list[str]:
    """Write down the name of every statement that a pool sends from now on, but those of chores."""
    ran: list[str] = []

    def note(statement: Statement, _: list[Any]) -> None:
        if statement.name not in but:
            ran.append(statement.name)

    _note_all(monkeypatch, note)
    return ran


def statements_sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Write down every statement that a pool sends from now on, with its values."""
    sent: Sent = []
    _note_all(monkeypatch, lambda statement, values: sent.append((statement, values)))
    return sent


def _note_all(monkeypatch: pytest.MonkeyPatch, note: Callable[[Statement, list[Any]], None]) -> None:
    really = pool._run

    async def noted(connection: Any, statement: Statement, values: Sequence[Any]) -> list[Record]:
        note(statement, list(values))
        return await really(connection, statement, values)

    monkeypatch.setattr(pool, "_run", noted)
