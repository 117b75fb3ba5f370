"""Reading a stretch of a code file: each line becomes a code, is passed over, or is a problem."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from huggg.vouchers.code_files.cells import EXPONENT, casualty, unwrapped
from huggg.vouchers.code_files.dialect import DELIMITERS
from huggg.vouchers.code_files.expiries import Expiries
from huggg.vouchers.code_files.layout import Layout
from huggg.vouchers.code_flaws import CODE_LENGTH_MAX, code_flaw, pin_flaw

CSV_TROUBLE = (  # how messages of the csv module begin
    ("unexpected end of data", "opens a quote that is not closed"),
    ("field larger", "has a cell that is too long"),
    ("", "has a quote amid a cell"),
)


class CodeLine(NamedTuple):
    """A code, where it stands, until when it is good, and its PIN."""

    line: int
    code: str
    valid_until: datetime | None
    pin: str = ""


@dataclass(slots=True)
class Lines:
    """The codes and problems of a stretch of a file."""

    codes: list[CodeLine] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_lines(text: str, *, first: int, layout: Layout, time_zone: str, now: datetime) -> Lines:
    """Read a stretch that begins at line `first`; problems name the line, never the code."""
    lines = Lines()
    reader = _Reader(layout, Expiries(ZoneInfo(time_zone), layout.dates))
    for line, cells in _rows(text, first, layout.delimiter, lines.problems):
        if line < layout.first_line:
            continue
        if len(cells) == 1 and layout.code == 0 and layout.pin is None and _is_plain(cells[0]):
            lines.codes.append(CodeLine(line, cells[0], None))  # nearly all of them
            continue
        if not any(cells) and not layout.from_spreadsheet:
            lines.blank.append(line)
            continue
        try:
            code_line = reader.read(line, cells)
        except ValueError as error:
            lines.problems.append((line, str(error)))
            continue
        if code_line.valid_until is not None and code_line.valid_until <= now:
            lines.expired.append(line)
        else:
            lines.codes.append(code_line)
    return lines


def _rows(
    text: str, first: int, delimiter: str, problems: list[tuple[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    if '"' in text:
        yield from _quoted_rows(text, first, delimiter, problems)
        return
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    for line, row in enumerate(lines, start=first):
        cells = [cell.strip() for cell in row.split(delimiter)] if delimiter in row else [row.strip()]
        yield line, cells


def _quoted_rows(
    text: str, first: int, delimiter: str, problems: list[tuple[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Read cells of which some are quoted, and may hold delimiters and line breaks."""
    rows = csv.reader(_lines(text), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        line = first + rows.line_num
        try:
            row = next(rows, None)
        except csv.Error as error:
            reason = next(reason for start, reason in CSV_TROUBLE if str(error).startswith(start))
            problems.append((line, reason))
            continue
        if row is None:
            return
        yield line, [cell.strip() for cell in row]


def _lines(text: str) -> Iterator[str]:
    """Split at line feeds alone: other ends are no ends, but flaws of a code."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _is_plain(code: str) -> bool:
    """Tell at a glance that nothing can be wrong with a code; the others are looked at closely."""
    return (
        len(code) <= CODE_LENGTH_MAX
        and code.isascii()
        and code.isalnum()
        and not code.isdigit()
        and not code.isalpha()
    )


class _Reader:
    """Reads the cells of one line after another."""

    def __init__(self, layout: Layout, expiries: Expiries) -> None:
        self._layout = layout
        self._expiries = expiries
        self._understood = layout.understood
        # A cell that holds the file's own delimiter was quoted, so that one is meant.
        sure = DELIMITERS if layout.delimiter_is_sure else (layout.delimiter,)
        self._foreign = [delimiter for delimiter in DELIMITERS if delimiter not in sure]

    def read(self, line: int, cells: Sequence[str]) -> CodeLine:
        """Read a line. Raises ValueError with its fault, as the end of a sentence about the line."""
        layout = self._layout
        if not any(cells):
            raise ValueError("is blank, or holds an error of the spreadsheet")
        for at, cell in enumerate(cells):
            if cell and at not in self._understood:
                # A number with a decimal comma is two cells of a file that has commas between them.
                number = layout.delimiter.join(cells[max(at - 1, 0) : at + 1])
                shortened = casualty(number) if EXPONENT.fullmatch(number) else None
                raise ValueError(
                    shortened or f"has something in column {at + 1}, which is not understood"
                )
        code = unwrapped(_cell(cells, layout.code))
        if not code:
            raise ValueError("has no code")
        flaw = None if _is_plain(code) else self._flaw(code) or code_flaw(code)
        if flaw is not None:
            raise ValueError(flaw)
        return CodeLine(line, code, self._valid_until(cells), self._pin(cells))

    def _flaw(self, text: str) -> str | None:
        if damage := casualty(text):
            return damage
        if self._layout.ascii_only and not text.isascii():
            return "has a letter whose encoding is not certain; name it with --encoding"
        if any(delimiter in text for delimiter in self._foreign):
            return "has a delimiter within; name the one between the columns with --delimiter"
        return None

    def _pin(self, cells: Sequence[str]) -> str:
        if self._layout.pin is None:
            return ""
        pin = unwrapped(_cell(cells, self._layout.pin))
        if not pin:
            raise ValueError("has no PIN")
        flaw = self._flaw(pin) or pin_flaw(pin)
        if flaw is not None:
            raise ValueError(f"has a PIN that {flaw}")
        return pin

    def _valid_until(self, cells: Sequence[str]) -> datetime | None:
        if self._layout.expires is None:
            return None
        expiry = unwrapped(_cell(cells, self._layout.expires))
        return self._expiries.instant(expiry) if expiry else None


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""
