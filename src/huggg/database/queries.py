"""SQL lives in `.sql` files beside the noun it serves; this loads it and binds values by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakSet

import aiosql
from aiosql.adapters.asyncpg import AsyncPGAdapter

_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|CREATE|ALTER|DROP|LOCK|SHARE|SET|nextval"
    r"|set_config|pg_(try_)?advisory\w*)\b",
    re.IGNORECASE,
)
"""The keywords of statements that record or lock.

A keyword too many costs a task; a missing one would let a caller cancel a statement that may have taken
effect.
"""


@dataclass(frozen=True, slots=True, eq=False)  # by identity: statements are keys on the hot path
class Statement:
    """One named statement with positional placeholders and the names behind them."""

    name: str
    sql: str
    names: tuple[str, ...]
    planned: bool = False  # anew for each set of values, see `Database.planned`
    settings: str = ""  # `SET LOCAL …; SET LOCAL …`, of a transaction of its own; of one that only reads
    writes: bool = field(init=False)  # or locks

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", _WRITES.search(self.sql) is not None)

    def bind(self, values: dict[str, Any]) -> list[Any]:
        """Put values into the statement's order. Raises KeyError for a missing name."""
        return list(map(values.__getitem__, self.names))

    def with_values(self, **values: Any) -> BoundStatement:  # noqa: ANN401 - of any type of PostgreSQL
        """Bind values by name, for `Database.all_or_none`. Raises KeyError for a missing name."""
        return BoundStatement(self, self.bind(values))


@dataclass(frozen=True, slots=True)
class BoundStatement:
    """A statement, and its values in the order of its parameters."""

    statement: Statement
    arguments: list[Any]


_known: WeakSet[Queries] = WeakSet()


def read_all_files() -> None:
    """Read the files of all modules, for a process that serves.

    A later release may be installed over this one meanwhile, and its statements would not fit this
    release's functions. Parsing all of them takes a second, and is left to the first use of each.
    """
    for file in _known:
        file.read()


class Queries:
    """The statements of one `queries.sql`, as attributes; the file is read at the first use.

    aiosql parses the file and numbers the placeholders. Its own call wrappers are passed by: they cost
    more than some of our statements.
    """

    def __init__(self, module_file: str, name: str = "queries.sql") -> None:
        self._path = Path(module_file).with_name(name)
        self._text: str | None = None
        _known.add(self)

    def read(self) -> str:
        """Give the text of the file, as it was when it was first read."""
        if self._text is None:
            self._text = self._path.read_text(encoding="utf-8")
        return self._text

    @cached_property
    def _statements(self) -> dict[str, Statement]:
        adapter = AsyncPGAdapter()  # type: ignore[no-untyped-call]
        statements = aiosql.from_str(self.read(), lambda: adapter, mandatory_parameters=False)
        return {
            name: Statement(name, getattr(statements, name).sql, tuple(adapter.var_sorted[name]))
            for name in statements.available_queries
            if not name.endswith("_cursor")
        }

    def __getattr__(self, name: str) -> Statement:
        try:
            statement = self._statements[name]
        except KeyError:
            raise AttributeError(f"{self._path} has no statement {name!r}") from None
        setattr(self, name, statement)  # found without this function from now on
        return statement

    def __iter__(self) -> Any:  # noqa: ANN401 - Iterator[Statement]
        return iter(self._statements.values())
