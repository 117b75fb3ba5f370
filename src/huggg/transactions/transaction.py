"""A transaction: the record of a purchase, paid for or failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Status = Literal["successful", "failed"]


@dataclass(frozen=True, slots=True)
class Transaction:
    """A purchase, paid for or failed."""

    id: UUID
    sender_id: UUID
    team_id: UUID | None  # the buyer's at that time
    account_id: UUID
    product_id: UUID
    quantity: int
    retail: int  # pence
    status: Status
    theme_id: str
    delivery_method: str | None
    claim_limit: int | None
    created_at: datetime
    updated_at: datetime
