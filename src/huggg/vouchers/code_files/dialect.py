"""The dialect of a code file: the delimiter of its columns."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress

from huggg.vouchers.code_files.headings import has_code_heading
from huggg.vouchers.code_files.text import bad_file

DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = "sep="  # with which spreadsheets begin a file, for each other
AMBIGUOUS = "several characters might stand between its columns; name the one that does with --delimiter"


def named_delimiter(lines: Sequence[str]) -> str | None:
    """Read the line by which a spreadsheet names the delimiter, if the file begins with it."""
    first = lines[0].strip('" ') if lines else ""
    delimiter = first[len(SEPARATOR_LINE) :]
    return delimiter if first.lower().startswith(SEPARATOR_LINE) and len(delimiter) == 1 else None


def delimiter_of(lines: Sequence[str]) -> str:
    """Recognise the delimiter by some lines from the beginning. Raises BadCodes."""
    tables = {each: table for each in DELIMITERS if _is_wide(table := rows_of(lines, each))}
    for fits in (lambda _: True, _begins_with_heading, _is_even):
        fitting = [each for each, table in tables.items() if fits(table)]
        if len(fitting) == 1:
            return fitting[0]
    if tables:
        raise bad_file(AMBIGUOUS)
    return DELIMITERS[0]


def rows_of(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Read the readable lines; the reading of the whole file reports the others."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    return [[cell.strip() for cell in row] for row in rows]


def _is_wide(table: list[list[str]]) -> bool:
    return any(len(row) > 1 for row in table)


def _begins_with_heading(table: list[list[str]]) -> bool:
    return bool(table) and has_code_heading(table[0])


def _is_even(table: list[list[str]]) -> bool:
    return len({len(row) for row in table if any(row)}) == 1
