"""The choice of tests that can kill a mutant, and the order in which they are tried."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from sqlglot import exp

from tests.mutants.guards import Guard, parsed, statements
from tests.mutants.schema import constraint_of, is_of_schema, table_of

Reach = dict[str, dict[str, Any]]


def choose(guard: Guard, reach: Reach, seconds: float) -> list[str]:
    """Choose tests that reach the guard: those that do little else first, as many as fit in the time."""
    reached = _reached_by(guard)
    tests = [name for name, note in reach.items() if note["passed"] and reached & set(note["runs"])]
    tests.sort(key=lambda name: (len(reach[name]["runs"]), reach[name]["seconds"]))
    spent = accumulate(reach[name]["seconds"] for name in tests)
    chosen = [name for name, so_far in zip(tests, spent, strict=True) if so_far <= seconds]
    files = list(dict.fromkeys(map(_file, chosen)))
    return sorted(chosen, key=lambda name: files.index(_file(name)))  # a file's tests share a world


def _reached_by(guard: Guard) -> set[str]:
    if not is_of_schema(guard):
        return {guard.query}
    return {constraint_of(guard)} | {
        key for key, statement in statements().items() if table_of(guard) in _written(statement.sql)
    }


def _written(sql: str) -> set[str]:
    changes = parsed(sql).find_all(exp.Insert, exp.Update, exp.Delete)
    return {table.name for change in changes if (table := change.find(exp.Table))}


def _file(test: str) -> str:
    return test.partition("::")[0]
