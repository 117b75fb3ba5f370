"""The report of an import of codes, or of a check of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

LINES_SHOWN = 5
CLEAR_SYMBOLS = 2  # at either end of a code; in all never more than half of it
MASK = "•"


class UnderstoodLine(NamedTuple):
    """A line as it is understood; its code and PIN are masked where it is shown."""

    line: int
    code: str
    pin: str
    valid_until: datetime | None

    def __str__(self) -> str:
        """Show it in part: the length and the ends tell a column that was mistaken for another."""
        pin = f"  PIN {MASK * len(self.pin)}" if self.pin else ""
        until = f"  until {self.valid_until:%Y-%m-%d %H:%M %Z}" if self.valid_until else "  for ever"
        return f"line {self.line}: {masked(self.code)}{pin}{until}"


def masked(code: str) -> str:
    """Hide the middle of a code."""
    clear = min(CLEAR_SYMBOLS, len(code) // 4)
    return code[:clear] + MASK * (len(code) - 2 * clear) + code[len(code) - clear :]


@dataclass(frozen=True, slots=True)
class SkippedLines:
    """Lines that were passed over for one reason: their number, and the first of them."""

    count: int = 0
    lines: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts of a file's lines by outcome."""

    batch_id: UUID | None  # None: nothing was new, or nothing was written
    imported: int
    skipped: dict[str, SkippedLines] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    understood: Sequence[UnderstoodLine] = ()
    checked: bool = False  # nothing was written

    def __str__(self) -> str:
        """Lay it out, a line a fact."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.checked:
            yield from map(str, self.understood)
            yield f"{self.imported:,} codes would be imported. Nothing was written."
        else:
            batch = f" as batch {self.batch_id}" if self.batch_id else ""
            yield f"{self.imported:,} codes imported{batch}."
        for reason, skipped in self.skipped.items():
            if skipped.count:
                lines = ", ".join(map(str, skipped.lines[:LINES_SHOWN]))
                more = ", …" if skipped.count > LINES_SHOWN else ""
                yield f"{skipped.count:,} skipped, {reason}: line {lines}{more}."
        for warning in self.warnings:
            yield f"Warning: {warning}"
