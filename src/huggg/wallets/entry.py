"""Entries: an operator's record of a top-up or a correction, beside the transfer's amount and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.queries import Queries
from huggg.kit.ids import new_id
from huggg.kit.money import pounds
from huggg.kit.names import clean_name

queries = Queries(__file__)


@dataclass(frozen=True, slots=True)
class WalletEntry:
    """The operator, the reason, and the reference outside huggg, such as a bank statement's.

    A wallet has at most one top-up and one correction under a reference, in capitals or not.
    """

    id: UUID  # of its transfer
    reference: str | None
    reason: str | None
    by: str | None

    @classmethod
    def of_operator(
        cls,
        transfer_id: UUID | None = None,
        *,
        reference: str | None = None,
        reason: str | None = None,
        by: str | None = None,
    ) -> WalletEntry:
        """Make an entry of an operator's input. Raises Invalid for a text that is no single line."""
        return cls(
            transfer_id or new_id(),
            _line(reference, "reference"),
            _line(reason, "reason"),
            _line(by, "by"),
        )

    def row(self) -> dict[str, Any]:
        """Give the entry's values as parameters of a statement."""
        return {"id": self.id, "reference": self.reference, "reason": self.reason, "by": self.by}


def describe(row: Record) -> str:
    """Describe the existing entry, for an operator who makes it again."""
    movement = {"fund": "topped up", "correct": "corrected"}[row["kind"]]
    by = f" by {row['made_by']}" if row["made_by"] else ""
    return (
        f"This wallet was {movement} by £{pounds(row['amount'])} under the reference {row['reference']}"
        f" on {row['created_at']:%Y-%m-%d at %H:%M} UTC{by}; nothing was moved now."
    )


def _line(text: str | None, field: str) -> str | None:
    return None if text is None else " ".join(clean_name(text, field).split())
