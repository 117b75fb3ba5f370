"""Guards of statements, taken away one at a time, so that their tests can be shown to need them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from huggg.database.queries import Queries, Statement


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a statement as its file writes it, and what is left without it."""

    queries: Queries
    statement: str
    text: str
    instead: str = ""

    def take_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let this test run the statement without the condition, which must be there once."""
        whole: Statement = getattr(self.queries, self.statement)
        text, instead = (self._numbered(whole, part) for part in (self.text, self.instead))
        assert whole.sql.count(text) == 1, f"{self.statement} has not one {text!r}"
        guarded_no_more = replace(whole, sql=whole.sql.replace(text, instead))
        monkeypatch.setitem(self.queries._statements, self.statement, guarded_no_more)

    @staticmethod
    def _numbered(whole: Statement, text: str) -> str:
        """Write placeholders as the driver wants them."""
        return re.sub(r"(?<!:):(\w+)", lambda named: f"${whole.names.index(named[1]) + 1}", text)

    def __str__(self) -> str:
        """Name the guard in a test's id."""
        return f"{self.statement}: {' '.join(self.text.split())}"
