"""The voucher as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Voucher:
    """A code, and the huggg it belongs to."""

    id: UUID
    huggg_id: UUID
    segment_id: UUID | None
    code: str
    expires_at: datetime | None
    created_at: datetime | None
    updated_at: datetime
