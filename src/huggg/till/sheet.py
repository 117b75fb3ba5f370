"""The end-of-day sheet: a day's redemptions as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

from huggg.kit.money import pounds
from huggg.redemptions.trading_day import ListedRedemption

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a text that a spreadsheet would take for a formula."""


def local_time(at: datetime, *, time_zone: str) -> str:
    """Write an instant as the merchant's clock shows it."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%H:%M")


def local_day_and_time(at: datetime, *, time_zone: str) -> str:
    """Write an instant with its day, as the merchant's calendar and clock show it."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")


def end_of_day_sheet(listed: Sequence[ListedRedemption], time_zone: str) -> bytes:
    """Write the end-of-day sheet. The byte order mark has spreadsheets read it as UTF-8."""
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow(
        ("Time", "Product", "Pounds", "Location", "Staff", "Reference", "Receipt", "Undone", "Id")
    )
    for each in listed:
        made = each.redemption
        sheet.writerow(
            harmless(cell)
            for cell in (
                local_time(made.created_at, time_zone=time_zone),
                each.product,
                pounds(each.value),
                made.location_id,
                each.staff,
                made.sale.reference,
                made.sale.receipt_number,
                "" if made.redeemed else "undone",
                str(made.id),
            )
        )
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: str | None) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{cell}" if cell and cell.startswith(FORMULA) else cell or ""
