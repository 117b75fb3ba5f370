"""Sifting: many mutants in one run of pytest, a test again and again, each time without another guard.

Rows that a mutant spoils must be gone with the test: rows that a test shares with others are made anew
for each mutant, all others are the test's own. Starting a process and a database for each mutant takes
ten times as long; it is left for those that outlive this.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from asyncpg.transaction import Transaction

from huggg.database.queries import Statement
from tests.mutants import plugin
from tests.mutants.guards import Guard
from tests.mutants.schema import constraint_of, is_of_schema

TRIES_MAX = 60
"""The tests that a mutant has to outlive here: one that no test can kill would make it last for ever."""

SHARED = {"town"}
"""Fixtures whose rows other tests go on with."""


class Sifting:
    """Runs each test as it is, then without each guard, not killed yet, of each statement it runs."""

    def __init__(self, guards: Iterable[Guard]) -> None:
        self.killers: dict[Guard, str] = {}
        self.passed = 0  # tests that pass where nothing is taken out
        self._tries: Counter[Guard] = Counter()
        self._of: dict[str, list[Guard]] = defaultdict(list)
        for guard in guards:
            self._of[_noted_as(guard)].append(guard)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        again = _next_after(item)
        with plugin.noting() as names:
            fine = _passes(item, again)
        self.passed += fine
        for guard in self._left(names) if fine else ():
            self._tries[guard] += 1
            if _fails_without(guard, item, again) and _is_why(guard, item, again):
                self.killers[guard] = plugin.without_server(item.nodeid)
        item.session._setupstate.teardown_exact(nextitem)
        return True

    def _left(self, names: Collection[str]) -> list[Guard]:
        guards = (guard for name in names for guard in self._of.get(name, ()))
        return [each for each in guards if each not in self.killers and self._tries[each] < TRIES_MAX]


def _next_after(item: pytest.Item) -> Any:
    """Name the next test to pytest: it tears down all fixtures but those that this needs."""
    shares = SHARED & set(getattr(item, "fixturenames", ()))
    return item.session if shares else copy.copy(item)


def _noted_as(guard: Guard) -> str:
    return constraint_of(guard) if is_of_schema(guard) else guard.query


def without(guard: Guard) -> AbstractContextManager[None]:
    """Take a guard out while the block lasts: out of each transaction, if it is the schema's."""
    return _without_constraint(guard) if is_of_schema(guard) else _without_condition(guard)


@contextmanager
def _without_constraint(guard: Guard) -> Iterator[None]:
    start = Transaction.start

    async def started(transaction: Any) -> None:
        await start(transaction)
        await transaction._connection.execute(guard.mutant)

    Transaction.start = started
    try:
        yield
    finally:
        Transaction.start = start


@contextmanager
def _without_condition(guard: Guard) -> Iterator[None]:
    statements = plugin.statements_of(guard.query)
    texts = [statement.sql for statement in statements]
    _write(statements, [guard.mutant] * len(statements))
    try:
        yield
    finally:
        _write(statements, texts)


def _write(statements: list[Statement], texts: list[str]) -> None:
    for statement, text in zip(statements, texts, strict=True):
        object.__setattr__(statement, "sql", text)


def _fails_without(guard: Guard, item: pytest.Item, nextitem: Any) -> bool:
    with without(guard):
        return not _passes(item, nextitem)


def _is_why(guard: Guard, item: pytest.Item, nextitem: Any) -> bool:
    """Tell a test that fails for want of the guard from one that fails now and then."""
    return _passes(item, nextitem) and _fails_without(guard, item, nextitem)


def _passes(item: pytest.Item, nextitem: Any) -> bool:
    item._initrequest()  # type: ignore[attr-defined]
    return all(report.passed for report in runtestprotocol(item, log=False, nextitem=nextitem))
