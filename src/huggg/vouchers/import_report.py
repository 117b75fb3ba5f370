"""What an import of codes did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines that were passed over for one reason: how many, and the first of them."""

    count: int = 0
    lines: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every line of a file."""

    batch_id: UUID | None  # None: nothing was new
    imported: int
    skipped: dict[str, Skipped] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    def __str__(self) -> str:
        """Lay it out, a line a fact."""
        batch = f" as batch {self.batch_id}" if self.batch_id else ""
        said = [f"{self.imported:,} codes imported{batch}."]
        for reason, skipped in self.skipped.items():
            if skipped.count:
                lines = ", ".join(map(str, skipped.lines[:LINES_SHOWN]))
                more = ", …" if skipped.count > LINES_SHOWN else ""
                said.append(f"{skipped.count:,} skipped, {reason}: line {lines}{more}.")
        return "\n".join([*said, *(f"Warning: {warning}" for warning in self.warnings)])
