"""Columns: telling the code, the PIN and the expiry apart, by headings and hints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from huggg.kit.errors import Invalid
from huggg.vouchers.code_files.cells import unwrapped
from huggg.vouchers.code_files.dialect import delimiter_of, named_delimiter, rows_of
from huggg.vouchers.code_files.expiries import reads_as_expiry
from huggg.vouchers.code_files.headings import is_heading, plain, role_of
from huggg.vouchers.code_files.hints import ColumnRole, Hints
from huggg.vouchers.code_files.layout import Layout
from huggg.vouchers.code_files.text import bad_file
from huggg.vouchers.code_files.unknown_headings import reads_as_heading

SAMPLE_LINES = 500
LOOKS_LIKE_HEADING = (
    "its first line looks like a heading that is not understood; name the columns with"
    " --columns code=NAME, or say --no-heading if it is a code"
)


@dataclass(frozen=True, slots=True)
class Table:
    """The beginning of a file, in cells."""

    rows: list[list[str]]
    lines_before: int
    lines_aside: int  # of those before it, the ones that say how the file is written
    delimiter: str
    delimiter_is_sure: bool


def layout_of(head: str, hints: Hints) -> Layout:
    """Understand a file by its beginning, as whole lines. Raises BadCodes, Invalid."""
    table = _table(head.split("\n"), hints)
    first = table.rows[0] if table.rows else []
    layout = Layout(
        first_line=table.lines_before + 1,
        delimiter=table.delimiter,
        delimiter_is_sure=table.delimiter_is_sure,
        dates=hints.dates,
    )
    headed = hints.heading
    if headed is None:
        headed = is_heading(first) or _names_a_heading(hints)
    if not headed:
        # A blank cell here may be an error of the spreadsheet in place of a code, so it is no margin.
        return _without_heading(table, replace(layout, first_line=table.lines_aside + 1), hints)
    # A heading that spans lines, as quoted cells may, is still one row.
    lines = 1 + sum(cell.count("\n") for cell in first)
    return replace(_with_heading(first, layout, hints), first_line=layout.first_line + lines)


def _table(lines: Sequence[str], hints: Hints) -> Table:
    """Read a sample; lines that are blank before it, or name the delimiter, are no rows of it."""
    declared = named_delimiter(lines)
    aside = 1 if declared is not None else 0
    skipped = aside
    while skipped < len(lines) and not lines[skipped].strip(' \t,;|"'):
        skipped += 1
    sample = [f"{line}\n" for line in islice(lines, skipped, skipped + SAMPLE_LINES)]
    sure = hints.delimiter or declared
    delimiter = sure or delimiter_of(sample)
    return Table(rows_of(sample, delimiter), skipped, aside, delimiter, sure is not None)


def _names_a_heading(hints: Hints) -> bool:
    """Tell whether columns were named by words, which only a heading can hold."""
    return any(not name.isdecimal() for name in [*hints.columns.values(), *hints.ignored])


def _with_heading(headings: Sequence[str], layout: Layout, hints: Hints) -> Layout:
    hinted = {role: _column(headings, name, "--columns") for role, name in hints.columns.items()}
    ignored = frozenset(_column(headings, name, "--ignore-column") for name in hints.ignored)
    free = [at for at in range(len(headings)) if at not in ignored and at not in hinted.values()]
    roles = dict(hinted)
    for role in ColumnRole:
        places = [at for at in free if role not in hinted and role_of(headings[at]) is role]
        if len(places) > 1:
            names = " and ".join(f'"{headings[at]}"' for at in places)
            raise bad_file(
                f"{names} both read like its {role} column; choose with --columns {role}=NAME"
            )
        if places:
            roles[role] = places[0]
    if ColumnRole.CODE not in roles:
        raise bad_file("no column is understood as its code; name one with --columns code=NAME")
    _refuse_unknown([headings[at] for at in free if at not in roles.values() and headings[at]])
    return _with_columns(layout, roles, ignored)


def _refuse_unknown(headings: Sequence[str]) -> None:
    if headings:
        names = ", ".join(f'"{heading}"' for heading in headings)
        raise bad_file(
            f"the content of these columns is not clear: {names}. Say it with --columns (code=, pin=,"
            " expires=), or pass over one with --ignore-column NAME"
        )


def _column(headings: Sequence[str], name: str, option: str) -> int:
    """Find a column by its heading or its number. Raises Invalid."""
    exact = [at for at, heading in enumerate(headings) if heading == name]
    places = exact or [at for at, heading in enumerate(headings) if plain(heading) == plain(name)]
    if len(places) == 1:
        return places[0]
    numbers = [str(number) for number in range(1, len(headings) + 1)]
    if not places and name in numbers:
        return numbers.index(name)
    names = ", ".join(f'"{heading}"' for heading in headings)
    many = "several columns are" if places else "no column is"
    raise Invalid(f"{option}: {many} called {name!r}; the columns are {names}.")


def _without_heading(table: Table, layout: Layout, hints: Hints) -> Layout:
    width = max(map(len, table.rows), default=1)
    numbers = [str(number) for number in range(1, width + 1)]
    roles = {role: _column(numbers, name, "--columns") for role, name in hints.columns.items()}
    ignored = frozenset(_column(numbers, name, "--ignore-column") for name in hints.ignored)
    if not roles:
        roles = _evident_roles(table, ignored)
    if ColumnRole.CODE not in roles:
        raise bad_file("say which column is its code, as in --columns code=1,pin=2")
    if hints.heading is None and _begins_with_words(table, roles):
        raise bad_file(LOOKS_LIKE_HEADING)
    return _with_columns(layout, roles, ignored)


def _evident_roles(table: Table, ignored: frozenset[int]) -> dict[ColumnRole, int]:
    """One column is the code, and a second one of days is when it ends. Raises BadCodes."""
    filled = {at for row in table.rows for at, cell in enumerate(row) if cell} - ignored
    if len(filled) == 1 and 0 not in filled:
        return {ColumnRole.CODE: min(filled)}
    if filled <= {0, 1} and all(
        _cell(row, 1) == "" or reads_as_expiry(unwrapped(row[1])) for row in table.rows
    ):
        return {ColumnRole.CODE: 0, ColumnRole.EXPIRES: 1}
    raise bad_file(
        f"it has {len(filled)} columns and no known heading; name their content,"
        " as in --columns code=1,pin=2,expires=3, and pass over others with --ignore-column NUMBER"
    )


def _begins_with_words(table: Table, roles: Mapping[ColumnRole, int]) -> bool:
    """Tell whether the first row is a heading; a day or a PIN beside the code shows that it is none."""
    code = roles[ColumnRole.CODE]
    first, *others = [unwrapped(_cell(row, code)) for row in table.rows] or [""]
    cells = "".join(_cell(table.rows[0], at) for at in roles.values() if at != code) if first else ""
    if not first or any(map(str.isdigit, cells)):
        return False
    return reads_as_heading(first, [other for other in others if other])


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _with_columns(layout: Layout, roles: dict[ColumnRole, int], ignored: frozenset[int]) -> Layout:
    if len(set(roles.values()) | ignored) < len(roles) + len(ignored):
        raise Invalid("--columns: one column cannot hold two things, nor be passed over as well.")
    return replace(
        layout,
        code=roles[ColumnRole.CODE],
        pin=roles.get(ColumnRole.PIN),
        expires=roles.get(ColumnRole.EXPIRES),
        passed_over=ignored,
    )
