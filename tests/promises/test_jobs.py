"""No job is enqueued but of a kind that workers do, with the payload that the kind reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import sqlglot
from sqlglot import exp

import huggg
from huggg.database.queries import Queries
from huggg.jobs.job import JobKind
from huggg.server.worker import WORKS

SOURCE = Path(huggg.__file__).parent
KINDS: dict[str, JobKind[Any]] = {work.kind.name: work.kind for work in WORKS}


def enqueued() -> Iterator[tuple[str, set[str]]]:
    """Read the kind and the keys of the payload of every INSERT INTO jobs of the package."""
    for path in sorted(SOURCE.rglob("*.sql")):
        if "migrations" in path.parts:
            continue
        for statement in Queries(str(path), path.name):
            if "INTO jobs" in statement.sql:
                for insert in sqlglot.parse_one(statement.sql, dialect="postgres").find_all(exp.Insert):
                    if insert.this.find(exp.Table).name == "jobs":
                        yield _read(insert)


def _read(insert: exp.Insert) -> tuple[str, set[str]]:
    columns = [column.name for column in insert.this.expressions]
    values = dict(zip(columns, insert.expression.expressions, strict=True))
    payload = values.get("payload")
    keys = {key.name for key in payload.expressions[::2]} if payload is not None else set()
    return values["kind"].name, keys


def test_every_statement_enqueues_a_kind_with_its_payload() -> None:
    jobs = list(enqueued())
    assert {kind for kind, _ in jobs} == set(KINDS)
    for kind, keys in jobs:
        assert keys == {field.name for field in msgspec.structs.fields(KINDS[kind].payload)}, kind


def test_every_statement_that_enqueues_is_read_here() -> None:
    files = (path for path in SOURCE.rglob("*.sql") if "migrations" not in path.parts)
    text = "".join(path.read_text() for path in files)
    assert text.count("INSERT INTO jobs") == len(list(enqueued()))
