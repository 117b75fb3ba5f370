"""A plugin of pytest: tries a mutant, or writes down which tests run which statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from huggg.database.queries import Queries, Statement
from tests.mutants.guards import noun, parsed, sql_of
from tests.support import guards, postgres

loaded: dict[int, str] = {}
"""The statements that were loaded in this process, by identity: two of one name are two."""

sets: list[Queries] = []
"""The files of statements that this process knows, loaded or not."""


NAME_OF_CONSTRAINT = "n"
"""The letter of PostgreSQL's protocol for it, in the message that refuses a row."""


def watch_loading() -> None:
    """Have every statement that is loaded from now on noted."""
    make, load = Queries.__init__, Queries.__dict__["_statements"].func

    def record_file(queries: Queries, module_file: str, name: str = "queries.sql") -> None:
        make(queries, module_file, name)
        sets.append(queries)

    def record_names(queries: Queries) -> dict[str, Statement]:
        statements: dict[str, Statement] = load(queries)
        for name, statement in statements.items():
            loaded[id(statement)] = f"{noun(queries._path)}.{name}"
        return statements

    watched = cached_property(record_names)
    watched.__set_name__(Queries, "_statements")
    Queries.__init__ = record_file  # type: ignore[method-assign, assignment]
    Queries._statements = watched  # type: ignore[assignment]


def statements_of(key: str) -> list[Statement]:
    """Find a statement by the name that the list knows it by, wherever this process has loaded it."""
    return [each for each in chain.from_iterable(sets) if loaded[id(each)] == key]


def write_anew() -> None:
    """Give every statement the text that the parser makes of it: all that a mutant has besides."""
    for statement in chain.from_iterable(sets):
        object.__setattr__(statement, "sql", sql_of(parsed(statement.sql)))


def use_server(url: str) -> None:
    """Have tests take a server that runs already, and no other."""

    @contextmanager
    def running(server: str, run: Path | None = None) -> Iterator[str]:  # noqa: ARG001 - as it is called
        assert server == postgres.EMBEDDED
        yield url

    postgres.running = running
    postgres.server_names = lambda: [postgres.EMBEDDED]


def keep_guards() -> None:
    """Skip the tests that take a guard out themselves: they would not run the mutant."""

    def refuse(*_: object) -> None:
        pytest.skip("takes out a guard itself")

    guards.Guard.take_away = refuse  # type: ignore[method-assign, assignment]


class Verdict:
    """Notes the first test that fails."""

    def __init__(self) -> None:
        self.killer: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.killer is None:
            self.killer = without_server(report.nodeid)


names: set[str] = set()
"""The record since it was last cleared: statements, and constraints that refused a row."""


def watch_running() -> None:
    """Have every statement that is run from now on noted, and every constraint that refuses a row."""
    bind, get, new = Statement.bind, Queries.__getattr__, asyncpg.PostgresError.new

    def bound(statement: Statement, values: dict[str, Any]) -> list[Any]:
        names.add(loaded.get(id(statement), statement.name))
        return bind(statement, values)

    def statement_of(queries: Queries, name: str) -> Statement:
        statement = get(queries, name)
        names.add(loaded[id(statement)])
        return statement

    def attribute_of(queries: Queries, name: str) -> Any:
        value = object.__getattribute__(queries, name)
        if isinstance(value, Statement):  # found before
            names.add(loaded.get(id(value), value.name))
        return value

    def refused(fields: dict[str, str], *rest: Any, **more: Any) -> Any:
        if NAME_OF_CONSTRAINT in fields:
            names.add(fields[NAME_OF_CONSTRAINT])
        return new(fields, *rest, **more)

    Statement.bind = bound  # type: ignore[method-assign, assignment]
    Queries.__getattr__ = statement_of  # type: ignore[method-assign]
    Queries.__getattribute__ = attribute_of  # type: ignore[method-assign, assignment]
    asyncpg.PostgresError.new = staticmethod(refused)


@contextmanager
def noting() -> Iterator[set[str]]:
    """Collect the statements that run while the block lasts."""
    all_names: set[str] = set()
    names.clear()
    yield all_names
    all_names |= names


class Recording:
    """Notes which statements each test runs, which constraints it runs into, and how long it takes."""

    def __init__(self) -> None:
        self.tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        with noting() as names:
            handled = yield
        note = self._note(item.nodeid)
        note["runs"] = sorted(names.union(note["runs"]))
        return handled

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        note = self._note(report.nodeid)
        note["seconds"] = round(note["seconds"] + report.duration, 2)
        note["passed"] = note["passed"] and report.passed

    def _note(self, nodeid: str) -> dict[str, Any]:
        return self.tests.setdefault(
            without_server(nodeid), {"seconds": 0.0, "passed": True, "runs": []}
        )


def without_server(nodeid: str) -> str:
    """Name a test as it is written, without its parameters."""
    path, _, rest = nodeid.partition("::")
    return f"{Path(path).as_posix()}::{rest.partition('[')[0]}"
