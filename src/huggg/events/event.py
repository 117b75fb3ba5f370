"""An event as its consumers get it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from huggg.events.data import EventData
from huggg.events.kinds import KINDS


class Event(Struct, frozen=True, kw_only=True):
    """One event. `position` and `id` are its place in the order in which consumers read."""

    position: int
    id: int
    subject_id: UUID
    kind: str
    at: datetime
    user_id: UUID | None
    client_id: str | None
    data: EventData


def event_from(row: Record) -> Event:
    """Read a row of a kind that this release knows. Raises KeyError, msgspec.ValidationError."""
    return Event(
        **{**_columns(row), "data": msgspec.json.decode(row["data"], type=KINDS[row["kind"]].data)}
    )


def _columns(row: Record) -> dict[str, Any]:
    return {name: row[name] for name in Event.__struct_fields__}
