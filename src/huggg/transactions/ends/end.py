"""End hugggs: they are cancelled or expire, and their value returns as the refund policy says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id

TOGETHER_MAX = 1000
"""Hugggs that one statement ends: it holds their wallets for some hundredths of a second."""

queries = Queries(__file__)


class End(StrEnum):
    """The ways in which a huggg ends unspent, and the return of its value when that is due later."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Author:
    """The author of an end, a change, a move or labels: a user through a client, or a named operator."""

    user_id: UUID | None = None
    client_id: str | None = None
    by: str | None = None


CLOCK = Author()


def author_of(caller: Caller) -> Author:
    """Name a caller of the API as the author."""
    return Author(caller.user_id, caller.client_id)


@dataclass(frozen=True, slots=True)
class EndedHugggs:
    """Hugggs that ended together, their value, and the part of it that went back at once, in pence."""

    count: int = 0
    value: int = 0
    returned: int = 0

    def __add__(self, other: EndedHugggs) -> EndedHugggs:
        """Add up two lots."""
        return EndedHugggs(
            self.count + other.count, self.value + other.value, self.returned + other.returned
        )


async def end_hugggs(
    database: Database,
    huggg_ids: Sequence[UUID],
    end: End,
    *,
    at: datetime,
    author: Author = CLOCK,
    sealed_reason: str | None = None,
) -> EndedHugggs:
    """End those of up to TOGETHER_MAX hugggs that can still end so and that no other statement holds."""
    rows = await database.rows(
        queries.end,
        ids=list(huggg_ids),
        transfer_ids=[new_id() for _ in huggg_ids],
        new_state=end,
        at=at,
        user_id=author.user_id,
        client_id=author.client_id,
        sealed_reason=sealed_reason,
        by=author.by,
    )
    return EndedHugggs(
        len(rows), sum(row["value"] for row in rows), sum(row["returned"] for row in rows)
    )
