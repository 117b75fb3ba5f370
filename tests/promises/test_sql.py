"""Every statement is asked somewhere, and nothing is asked that is nowhere."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import huggg
from huggg.database.queries import Queries, Statement

SOURCE = Path(huggg.__file__).parent
ASKED_ONE_BY_ONE = [
    path.relative_to(SOURCE)
    for path in sorted(SOURCE.rglob("*.sql"))
    if "migrations" not in path.parts and path.name not in {"doctor.sql", "schema.sql"}
]
"""Not the doctor's, which are asked all together."""

RUNS_ONE = {"rows", "planned", "row", "one", "count", "each", "each_sharing", "bulk", "bulk_in_thread"}
"""The methods of the database that take a statement and its values."""


def names_in(path: Path) -> set[str]:
    return {statement.name for statement in Queries(str(SOURCE / path), path.name)}


def names_asked(folder: Path) -> set[str]:
    """Find `queries.name` in a package's modules, and in those that take their `queries` from there."""
    package = "huggg." + ".".join(folder.parts)
    names = set()
    for module in SOURCE.rglob("*.py"):
        text = module.read_text()
        here = module.parent == SOURCE / folder
        if here or re.search(rf"from {re.escape(package)}\.\w+ import .*\bqueries\b", text):
            names |= set(re.findall(r"\bqueries\.([a-z_]+)", text))
    return names


@pytest.mark.parametrize("path", ASKED_ONE_BY_ONE, ids=str)
def test_every_statement_is_used_somewhere_in_the_code(path: Path) -> None:
    assert sorted(names_in(path) - names_asked(path.parent)) == []


def test_a_shared_statement_takes_all_parameters_by_one_unnest() -> None:
    """One that is null to a whole batch is sent without elements, see Database.each."""
    shared = [
        statement
        for path in ASKED_ONE_BY_ONE
        for names in [names_run_for_each(path.parent)]
        for statement in Queries(str(SOURCE / path), path.name)
        if statement.name in names
    ]
    assert {"redeem", "spendable", "huggg", "caller", "draw"} <= {each.name for each in shared}
    for statement in shared:
        sql = re.sub(r"--[^\n]*", "", statement.sql)
        (taken,) = re.findall(r"unnest\(([^()]*)\)", sql)
        assert len(re.findall(r"\$\d+", taken)) == len(statement.names), statement.name
        assert len(re.findall(r"\$\d+", sql)) == len(statement.names), statement.name


def names_run_for_each(folder: Path) -> set[str]:
    """Find the statements that a package gives to `Database.each`, by name or in a Lookup."""
    text = "\n".join(module.read_text() for module in (SOURCE / folder).glob("*.py"))
    pattern = r"(?:\.each(?:_sharing)?\(|\b(?:Lookup|__init__)\(\s*\w+,)\s*queries\.([a-z_]+)"
    return set(re.findall(pattern, text))


def test_every_statement_that_is_asked_exists() -> None:
    for folder in {path.parent for path in ASKED_ONE_BY_ONE}:
        known = set().union(*(names_in(path) for path in ASKED_ONE_BY_ONE if path.parent == folder))
        used = {
            name
            for module in (SOURCE / folder).glob("*.py")
            for name in re.findall(r"\bqueries\.([a-z_]+)", module.read_text())
            if "import queries" not in module.read_text()
        }
        assert sorted(used - known - {"sql"}) == [], folder


def test_a_statement_gets_the_values_that_it_names() -> None:
    """Values are bound by name at run time, where a type checker sees nothing."""
    calls = [(path, *each) for path in sorted(SOURCE.rglob("*.py")) for each in _calls(path)]
    assert len(calls) > 250
    for path, call, statement in calls:
        values = {keyword.arg for keyword in call.keywords}
        assert None in values or values == set(statement.names), (path, call.lineno, statement.name)


def _calls(path: Path) -> Iterator[tuple[ast.Call, Statement]]:
    """Find the calls in which a module hands a statement and its values to the database."""
    text = path.read_text(encoding="utf-8")
    if "queries." not in text:
        return
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    names = vars(importlib.import_module(".".join(parts).removesuffix(".__init__")))
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=method),
                args=[ast.Attribute(value=ast.Name(id=queries), attr=statement)],
            ) if method in RUNS_ONE and isinstance(file := names.get(queries), Queries):
                yield node, getattr(file, statement)
            case ast.Call(
                func=ast.Attribute(
                    attr="with_values",
                    value=ast.Attribute(value=ast.Name(id=queries), attr=statement),
                )
            ) if isinstance(file := names.get(queries), Queries):
                yield node, getattr(file, statement)
