"""Cells: how spreadsheets wrap a code to keep it, and the traces of codes that they destroyed."""

from __future__ import annotations

import re

from huggg.vouchers.code_files.expiries import day_and_time
from huggg.vouchers.code_files.headings import role_of
from huggg.vouchers.code_files.hints import ColumnRole, DateOrder

A_DAY = "reads like a day, into which spreadsheets turn codes"
APOSTROPHES = ("'", "\u2018", "\u2019")  # word processors turn the first into one of the others
FORMULA_TEXT = re.compile(r'="(?P<text>[^"]*)"')
PLACEHOLDERS = frozenset(
    (
        *(
            "null",
            "(null)",
            "nil",
            "none",
            "nan",
            "na",
            "n/a",
            "n.a.",
            "\\n",
            "undefined",
            "unknown",
            "empty",
        ),
        *("true", "false", "yes", "no", "tbc", "tbd", "-", "--", "\u2013", "\u2014", "?", "."),
    )
)
PLACEHOLDER_LENGTH_MAX = 9
ERROR = re.compile(r"#+|#[A-ZÀ-Ü0-9/¿_ ]+[!?]|#N/[AD]|#NV")
EXPONENT = re.compile(r"[+-]?\d([.,]\d*)?E[+-]\d+|[+-]?\d[.,]\d+E\d+", re.IGNORECASE)
FLOAT = re.compile(r"[+-]?\d+[.,]0+")
GROUPS_OF_THREE = re.compile(
    r"\d{1,3}(,\d{3})+(\.\d+)?"
    r"|\d\d?([.'\u2019\xa0\u202f]\d{3})+(,\d+)?",  # of three digits at first, it may be a code in groups
    re.ASCII,
)
MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
SHORT_DAY = re.compile(
    rf"\d\d?-{MONTH}(-\d\d)?|{MONTH}-\d\d|(0?[1-9]|[12]\d|3[01])/(0?[1-9]|[12]\d|3[01])/\d\d"
)
CASUALTIES = (
    (ERROR, "is an error of a spreadsheet"),
    (EXPONENT, "is a number that a spreadsheet shortened; format the column as text and export it anew"),
    (FLOAT, "is a number that a spreadsheet rewrote; format the column as text and export it anew"),
    (
        GROUPS_OF_THREE,
        "is a number that a spreadsheet put in groups; format the column as text and export it anew",
    ),
    (SHORT_DAY, A_DAY),
)
TYPOGRAPHY = frozenset(
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2018\u2019\u201a\u201c\u201d\u201e\u2026"
)
CLOSING = re.compile(
    r"\(?\d+ (code|item|line|record|row|voucher)s?\b.*"
    r"|(grand |sub-?)?totals?\b([ :=].*)?|(count|end|number) of .*|#\s.*",
    re.IGNORECASE,
)
YEARS = range(1900, 2200)  # with other years, a text like a day is rather a code in groups
QUOTE = '"'


def unwrapped(cell: str) -> str:
    """Remove the marks of a text cell: `="0098"`, a leading `'`, or a pair of them."""
    formula = FORMULA_TEXT.fullmatch(cell)
    if formula is not None:
        return formula["text"].strip()
    if cell.startswith(APOSTROPHES):
        inner = cell[1:-1] if len(cell) > 1 and cell.endswith(APOSTROPHES) else cell[1:]
        return inner.strip()
    return cell


def casualty(text: str) -> str | None:
    """Name the trace of a spreadsheet, a database or a copied heading in place of a code."""
    if len(text) <= PLACEHOLDER_LENGTH_MAX and text.lower() in PLACEHOLDERS:
        return "is a placeholder for a missing code"
    for pattern, damage in CASUALTIES:
        if pattern.fullmatch(text):
            return damage
    if not text.isalnum() and _is_day(text):
        return A_DAY
    return _no_code(text)


def _no_code(text: str) -> str | None:
    if text.startswith("="):
        return "is a formula"
    if QUOTE in text:
        return "has a quotation mark within"
    if not TYPOGRAPHY.isdisjoint(text):
        return "has a dash, quotation mark or ellipsis that word processors make of the typed one"
    if CLOSING.fullmatch(text):
        return "is a remark, as exports have them above and below codes"
    return "is a heading" if role_of(text) is ColumnRole.CODE else None


def _is_day(text: str) -> bool:
    for order in DateOrder:
        try:
            return day_and_time(text, order)[0].year in YEARS
        except ValueError:
            continue
    return False
