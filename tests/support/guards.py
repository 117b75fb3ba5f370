"""Guards of statements: each taken away from its statement in turn, or broken by a row that it stops."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest

from huggg.database.queries import Queries, Statement
from tests.support.rows import put, ran, standing

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a statement as its file writes it, and the text without it."""

    queries: Queries
    statement: str
    text: str
    instead: str = ""

    def take_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let this test run the statement without the condition, which must be there once."""
        whole: Statement = getattr(self.queries, self.statement)
        text, instead = (self._numbered(whole, part) for part in (self.text, self.instead))
        assert whole.sql.count(text) == 1, f"{self.statement} has not one {text!r}"
        unguarded = replace(whole, sql=whole.sql.replace(text, instead))
        monkeypatch.setattr(self.queries, self.statement, unguarded)

    @staticmethod
    def _numbered(whole: Statement, text: str) -> str:
        """Write placeholders as the driver wants them."""
        return re.sub(r"(?<!:):(\w+)", lambda parameter: f"${whole.names.index(parameter[1]) + 1}", text)

    def __str__(self) -> str:
        """Name the guard in a test's id."""
        return f"{self.statement}: {' '.join(self.text.split())}"


@dataclass(frozen=True)
class Guarded:
    """A statement that acts on one row while its guards hold, another row, and changes that stop it."""

    statement: Statement
    table: str
    row: Row
    values: Row
    other: list[Row]  # changes that make another row, which must be left alone
    stopped: dict[str, Row] = field(default_factory=dict)  # by its name: the changed row
    beside: tuple[tuple[str, Row], ...] = ()  # rows of other tables

    async def prepare(self, tables: asyncpg.Connection, **changes: Any) -> None:
        """Put the row, with these changes, and the rows beside it."""
        for table, row in self.beside:
            await put(tables, table, **row)
        await put(tables, self.table, **{**self.row, **changes})

    async def acts_on_its_row_only(self, tables: asyncpg.Connection) -> None:
        """Check that the row is changed or gone, and no other is."""
        for other in self.other:
            await put(tables, self.table, **{**self.row, **other})
        others = (await standing(tables))[self.table]
        await self.prepare(tables)
        before = (await standing(tables))[self.table]
        await ran(tables, self.statement, **self.values)
        after = (await standing(tables))[self.table]
        assert set(others) <= set(after)
        assert set(before) - set(after) == set(before) - set(others)

    async def is_stopped(self, tables: asyncpg.Connection, by: Row) -> None:
        """Check that nothing at all moves, and that nothing is answered."""
        await self.prepare(tables, **by)
        before = await standing(tables)
        assert await ran(tables, self.statement, **self.values) == []
        assert await standing(tables) == before


def acting(cases: Iterable[Guarded]) -> list[Any]:
    return [pytest.param(case, id=case.statement.name) for case in cases]


def stopped(cases: Iterable[Guarded]) -> list[Any]:
    return [
        pytest.param(case, by, id=f"{case.statement.name}, {reason}")
        for case in cases
        for reason, by in case.stopped.items()
    ]
