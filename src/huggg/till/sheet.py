"""Sheets: a day's redemptions as CSV and as PDF, and a statement as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from huggg.kit.money import pounds
from huggg.redemptions.search import ListedRedemption
from huggg.redemptions.statement import StatementLine, vat_words
from huggg.redemptions.trading_day import Total, TradingDay
from huggg.till.totals import RedemptionSum, by_product, by_staff

PRINTED_MAX = 1000
"""Redemptions of one PDF, the latest: a second of work and 200 MB. The CSV file has all."""

SOURCE = Path(__file__).with_name("day.typ")

FORMULA_START = re.compile(r"(?:^|(?<=[;\t\r\n|]))(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
"""The places where a spreadsheet would take a text for a formula, in East Asian settings also wide.

Where commas stand in decimals, a spreadsheet begins a cell at each semicolon, even within the quotation
marks of a second cell and later ones.
"""

DAY_COLUMNS = (
    "Time",
    "Product",
    "Pounds",
    "Location",
    "Staff",
    "Reference",
    "Receipt",
    "Rung up",
    "Undone",
)
STATEMENT_COLUMNS = (
    "Location",
    "Location id",
    "VAT",
    "Redeemed",
    "Value",
    "Taken back",
    "Value taken back",
    "Currency",
)


def local_time(at: datetime, *, time_zone: str) -> str:
    """Write an instant as the merchant's clock shows it."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%H:%M")


def local_day_and_time(at: datetime, *, time_zone: str) -> str:
    """Write an instant with its day, as the merchant's calendar and clock show it."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")


def redemptions_sheet(
    redemptions: Sequence[ListedRedemption], time_zone: str, *, with_days: bool = False
) -> bytes:
    """Write redemptions with the facts about their sales; those of one day without it."""
    write_time = partial(local_day_and_time if with_days else local_time, time_zone=time_zone)
    rows = ([*_cells(each, write_time), str(each.redemption.id)] for each in redemptions)
    return _csv((*DAY_COLUMNS, "Id"), rows)


def end_of_day_pdf(
    day: TradingDay,
    redemptions: Sequence[ListedRedemption],
    totals: Sequence[Total],
    places: Sequence[str],
) -> bytes:
    """Typeset the end-of-day sheet: totals by product and staff, then each redemption.

    The library is imported with the first sheet, because few servers print.
    """
    import typst  # noqa: PLC0415

    write_time = partial(local_time, time_zone=day.time_zone)
    sheet = {
        "title": f"{day.day.isoformat()}: hugggs redeemed",
        "places": ", ".join(places),
        "totals": [
            {"title": "Product", "rows": _sums(by_product(totals))},
            {"title": "Staff", "rows": _sums(by_staff(totals))},
        ],
        "headings": DAY_COLUMNS,
        "redemptions": [_cells(each, write_time) for each in redemptions[:PRINTED_MAX]],
        "left_out": len(redemptions[PRINTED_MAX:]),
    }
    inputs = {"sheet": msgspec.json.encode(sheet).decode()}
    pdf: bytes = typst.compile(SOURCE.read_bytes(), format="pdf", sys_inputs=inputs)
    return pdf


def statement_sheet(lines: Sequence[StatementLine]) -> bytes:
    """Write a statement."""
    rows = (
        (
            line.location,
            line.location_id,
            vat_words(line.vat),
            line.redemptions,
            pounds(line.value),
            line.taken_back,
            pounds(line.taken_back_value),
            line.currency,
        )
        for line in lines
    )
    return _csv(STATEMENT_COLUMNS, rows)


def _cells(each: ListedRedemption, write_time: Callable[[datetime], str]) -> list[str]:
    redemption = each.redemption
    return [
        write_time(redemption.created_at),
        each.product or "",
        pounds(each.value),
        redemption.location_id,
        each.staff or "",
        redemption.sale.reference or "",
        redemption.sale.receipt_number or "",
        "" if redemption.sale.amount is None else pounds(redemption.sale.amount),
        "" if redemption.redeemed else "undone",
    ]


def _sums(sums: Sequence[RedemptionSum]) -> list[list[str]]:
    rows = [[each.name, str(each.redemptions), pounds(each.value)] for each in sums]
    count, value = sum(each.redemptions for each in sums), sum(each.value for each in sums)
    return [*rows, ["Total", str(count), pounds(value)]]


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows as CSV. The byte order mark has spreadsheets read it as UTF-8."""
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow(columns)
    sheet.writerows([harmless(str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str | None) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return FORMULA_START.sub("'", cell or "")
