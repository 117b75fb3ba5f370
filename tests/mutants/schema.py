"""The guards of the schema: every CHECK, and every unique index with the conditions that it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp

from tests.mutants.guards import Guard, sql_of
from tests.support.schema import SCHEMA

UNIQUE = (exp.UniqueColumnConstraint, exp.PrimaryKey)


def schema_guards() -> list[Guard]:
    """Find the guards in the documented schema, which a test compares with the migrations."""
    return sorted(
        (guard for statement in _definitions() for guard in _guards_of(statement)),
        key=lambda guard: guard.query,
    )


def table_of(guard: Guard) -> str:
    return guard.query.removeprefix("schema.")


def _definitions() -> Iterator[exp.Expression]:
    for statement in sqlglot.parse(SCHEMA.read_text(encoding="utf-8"), read="postgres"):
        if isinstance(statement, (exp.Create, exp.Alter)):
            yield statement


def _guards_of(statement: exp.Expression) -> Iterator[Guard]:
    table = statement.find(exp.Table)
    if table is None or table.name == "alembic_version":
        return
    for constraint in statement.find_all(exp.Constraint):
        what = constraint.expressions[0]
        if isinstance(what, (exp.CheckColumnConstraint, *UNIQUE)):
            yield Guard(
                f"schema.{table.name}",
                f"{_kind(what)} {constraint.name}",
                _command(f'ALTER TABLE {table.name} DROP CONSTRAINT "{constraint.name}" CASCADE'),
            )
    if isinstance(statement, exp.Create) and statement.args.get("unique"):
        yield from _of_index(statement.this, table.name)


def _of_index(index: exp.Index, table: str) -> Iterator[Guard]:
    without = f"DROP INDEX {index.name}"
    columns = ", ".join(
        sql_of(each).removesuffix(" NULLS LAST") for each in index.args["params"].args["columns"]
    )
    yield Guard(f"schema.{table}", f"UNIQUE {index.name}", _command(without))
    where = index.args["params"].args.get("where")
    if where:
        wider = f"CREATE UNIQUE INDEX {index.name} ON {table} ({columns})"
        condition = sql_of(where.this.unnest())
        name = f"UNIQUE {index.name}: WHERE {condition}"
        yield Guard(f"schema.{table}", name, _command(f"{without}; {wider}"))


def _command(text: str) -> Callable[[], str]:
    return lambda: text


def _kind(constraint: exp.Expression) -> str:
    return "CHECK" if isinstance(constraint, exp.CheckColumnConstraint) else "UNIQUE"


def is_of_schema(guard: Guard) -> bool:
    return guard.query.startswith("schema.")


def constraint_of(guard: Guard) -> str:
    """Name the constraint or the index that a guard of the schema is."""
    return guard.name.split()[1].removesuffix(":")
