"""Spreadsheets (.xlsx, .xls, .xlsb, .ods) as lines of CSV, for the reader of text to judge."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from io import BytesIO, StringIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from huggg.kit.errors import Invalid
from huggg.vouchers.errors import BadCodes

SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # zip (.xlsx, .xlsb, .ods), and the older .xls
BYTES_MAX = 64 * 2**20
UNPACKED_BYTES_MAX = 512 * 2**20
ROWS_A_PIECE = 5_000
REFUSED = "The file was refused, no code was taken: "


def spreadsheet_lines(pieces: Iterator[bytes], name: str | None) -> Iterator[bytes]:
    """Read the one sheet that holds anything, or the one of that name. Raises BadCodes, Invalid."""
    sheet = _sheet(_workbook(_content(pieces)), name)
    return _lines(sheet)


def _content(pieces: Iterator[bytes]) -> bytes:
    """Keep the whole workbook in memory, as it is read from its end."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > BYTES_MAX:
            raise BadCodes(f"{REFUSED}a spreadsheet this large has to be saved as CSV.")
    return bytes(content)


def _workbook(data: bytes) -> CalamineWorkbook:
    try:
        if data.startswith(b"PK"):
            _refuse_swelling_archive(data)
        return CalamineWorkbook.from_filelike(BytesIO(data))
    except (CalamineError, zipfile.BadZipFile):
        raise BadCodes(
            f"{REFUSED}it is no spreadsheet that can be read. Unpack an archive, and save a spreadsheet"
            " as .xlsx or as CSV without a password."
        ) from None


def _refuse_swelling_archive(data: bytes) -> None:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > UNPACKED_BYTES_MAX:
            raise BadCodes(f"{REFUSED}a spreadsheet this large has to be saved as CSV.")


def _sheet(workbook: CalamineWorkbook, name: str | None) -> CalamineSheet:
    if name is not None and name not in workbook.sheet_names:
        raise Invalid(f"--sheet: there is none of that name; there are {_quoted(workbook.sheet_names)}.")
    try:
        if name is not None:
            return workbook.get_sheet_by_name(name)
        sheets = [workbook.get_sheet_by_name(each) for each in workbook.sheet_names]
    except CalamineError:
        raise BadCodes(f"{REFUSED}the spreadsheet is damaged.") from None
    filled = [sheet for sheet in sheets if sheet.height]
    if not filled:
        raise BadCodes(f"{REFUSED}it is empty.")
    if len(filled) > 1:
        names = _quoted([sheet.name for sheet in filled])
        raise BadCodes(f"{REFUSED}several sheets hold something; choose one with --sheet: {names}.")
    return filled[0]


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _lines(sheet: CalamineSheet) -> Iterator[bytes]:
    """Write all rows and columns, blank ones too, so that lines and columns keep their numbers."""
    rows, column = sheet.iter_rows(), (sheet.start or (0, 0))[1]
    text = StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    for number, row in enumerate(rows, start=1):
        write([""] * column + [_cell(value) for value in row])
        if number % ROWS_A_PIECE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _cell(value: Any) -> str:  # noqa: ANN401 - a cell may hold any value
    """Write a cell. A number is written as a spreadsheet destroys codes, because it has destroyed them.

    Leading zeros and the digits after the fifteenth are lost, even if the number does not look it.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return f"{value:.5E}"
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n")
