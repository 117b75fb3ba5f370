"""The kinds of events as `docs/reference/events.md` shows them, and as the SQL writes them.

`make events` writes the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import sqlglot
from sqlglot import exp

import huggg
from huggg.database.queries import Queries
from huggg.events.kinds import GROUPS, EventKind

SOURCE = Path(huggg.__file__).parent
PAGE = SOURCE.parents[1] / "docs" / "reference" / "events.md"

HEAD = """\
# Events

Each change adds a row to the table `events`, in the statement that makes the change. Servers may not
alter or delete one ([two roles](../how-to/own-database.md)). `subject_id` is the id of the row that an
event is about, `at` its instant, `user_id` the user that caused it, and `client_id` the program of that
user; a command of an operator has neither user nor program. `data` is a JSON object with
the keys below. Money is in pence.

Written by `make events` from `src/huggg/events/kinds.py`. A test reads every statement that adds an
event, and knows no other kind and no other data.
"""


@dataclass(frozen=True, slots=True)
class EventInsert:
    """The events that one INSERT adds: kinds, and keys of their data; None where Python gives them."""

    statement: str
    kinds: frozenset[str]
    keys: frozenset[str] | None


def page() -> str:
    """Write the page."""
    return "\n".join([HEAD, *(line for group in GROUPS.items() for line in _section(*group))])


def _section(name: str, kinds: tuple[EventKind, ...]) -> Iterator[str]:
    yield f"## {name}\n"
    yield "| kind | subject | when | data |"
    yield "|---|---|---|---|"
    for kind in kinds:
        yield f"| `{kind.name}` | {kind.subject} | {kind.meaning} | {_data(kind)} |"
    yield ""


def _data(kind: EventKind) -> str:
    hints = get_type_hints(kind.data)
    events = [
        f"`{field.name}` {_type(hints[field.name])}{'' if field.required else ', may be missing'}"
        for field in msgspec.structs.fields(kind.data)
    ]
    return "; ".join(events)


def _type(hint: Any) -> str:
    words = {
        "UUID": "id",
        "str": "text",
        "int": "number",
        "bool": "true or false",
        "datetime": "instant",
    }
    if isinstance(hint, UnionType):
        return " or ".join("null" if part is type(None) else _type(part) for part in get_args(hint))
    if get_origin(hint) is list:
        return f"list of {_type(get_args(hint)[0])}"
    if issubclass(hint, msgspec.Struct):
        return "{" + ", ".join(get_type_hints(hint)) + "}"
    return words[hint.__name__]


def every_insert() -> list[EventInsert]:
    """Read every statement of the package that adds events."""
    return [
        _event_insert(statement.name, insert)
        for path in sorted(SOURCE.rglob("*.sql"))
        if "migrations" not in path.parts
        for statement in Queries(str(path), path.name)
        if "events" in statement.sql and statement.writes
        for insert in sqlglot.parse_one(statement.sql, dialect="postgres").find_all(exp.Insert)
        if insert.this.find(exp.Table).name == "events"
    ]


def _event_insert(statement: str, insert: exp.Insert) -> EventInsert:
    columns = [column.name for column in insert.this.expressions]
    rows = insert.expression.find(exp.Tuple) if isinstance(insert.expression, exp.Values) else None
    values = dict(zip(columns, (rows or insert.expression).expressions, strict=True))
    kinds = {each.name for each in values["kind"].find_all(exp.Literal) if each.is_string}
    return EventInsert(statement, frozenset(kinds), _keys(values.get("data")))


def _keys(data: exp.Expr | None) -> frozenset[str] | None:
    if data is None:
        return frozenset()
    if isinstance(data, exp.Literal):
        return frozenset(msgspec.json.decode(data.name, type=dict[str, str]))
    for call in data.find_all(exp.Anonymous):
        if call.this == "jsonb_build_object":
            return frozenset(key.name for key in call.expressions[::2])
    return None


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
