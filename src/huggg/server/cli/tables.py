"""Tables of what the database answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asyncpg import Record
from rich.table import Column, Table


def table_of(rows: Iterable[Record | Mapping[str, Any]], columns: Sequence[str]) -> Table:
    """Put records under the names of their columns; what is null is blank."""
    table = Table(*(Column(name, overflow="fold") for name in columns))  # an id is of use when whole
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
    return table
