"""The output of commands: a table to read, or JSON for programs.

On a terminal a long cell is folded. Into a pipe or a file each row is one line of any length, so that
`grep` and `awk` find whole ids.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

WIDTH_MAX = 1_000_000

TableRow = Mapping[str, Any]
"""A row of the database, or a mapping that reads like one."""

ValueWords = Mapping[str, Callable[[Any], str]]
"""The form of a column's values in a table, if it differs from JSON."""

JSON = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def print_rows(
    rows: Iterable[TableRow],
    columns: Sequence[str],
    *,
    as_json: bool,
    empty: str,
    words: ValueWords | None = None,
) -> None:
    """Print a list: a JSON array, or a table; `empty` is printed in place of a table without rows."""
    lines = [{name: row[name] for name in columns} for row in rows]
    if as_json:
        print_json(lines)
    elif lines:
        console().print(table_of(lines, columns, words))
    else:
        typer.echo(empty)


def print_row(row: TableRow, *, as_json: bool, words: ValueWords | None = None) -> None:
    """Print one entity: a JSON object, or a line for each of its facts."""
    if as_json:
        print_json(dict(row))
        return
    table = Table(Column(style="bold"), Column(overflow="fold"), box=None, show_header=False)
    for name, value in row.items():
        table.add_row(_heading(name), _cell(name, value, words))
    console().print(table)


def table_of(rows: Iterable[TableRow], columns: Sequence[str], words: ValueWords | None = None) -> Table:
    """Put rows under the names of their columns; a null is blank."""
    headings = (Column(_heading(name), overflow="fold") for name in columns)
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(name, row[name], words) for name in columns))
    return table


def console() -> Console:
    """Give a console on standard output that folds lines for a terminal only."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_MAX)


def print_json(value: object) -> None:
    """Print a value as JSON, indented."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _heading(name: str) -> Text:
    return Text(name.replace("_", " "))


def _cell(name: str, value: Any, words: ValueWords | None) -> Text:  # noqa: ANN401 - a column may hold any value
    """Escape a value so that neither the table nor the terminal takes it for a command."""
    text = words[name](value) if words is not None and name in words else _value_text(value)
    return Text("".join(symbol if symbol.isprintable() else _escape(symbol) for symbol in text))


def _value_text(value: Any) -> str:  # noqa: ANN401 - a column may hold any value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_value_text(part) for part in value)
    return str(value)


def _escape(symbol: str) -> str:
    return symbol.encode("unicode_escape").decode("ascii")
