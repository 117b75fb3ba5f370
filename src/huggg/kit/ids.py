"""Ids: UUIDs that sort by the time they were made, so that new rows land side by side in an index."""

from __future__ import annotations

import re
from uuid import UUID

from asyncpg.pgproto import pgproto
from uuid_utils import uuid7

NIL, LAST = UUID(int=0), UUID(int=2**128 - 1)
"""Before and after all ids."""

_BELOW_MILLISECONDS = 80  # bits of an id that do not tell the time
_MILLISECONDS_MAX = 2**48 - 1

NO_GUID = "must be a GUID like f204ed28-b230-4d0a-8c63-48e65a070f35."
"""The sentence about a text that is no id."""

# UUID() itself would also take braces, urn:, underscores, digits of any script, hyphens anywhere.
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def new_id() -> UUID:
    """Make an id (UUIDv7). It is unique, not secret: never use one where a code or token belongs.

    Of the class that the driver gives ids of rows, which it makes and reads faster than Python's own.
    """
    id_: UUID = pgproto.UUID(uuid7().bytes)
    return id_


def first_id_at(seconds: float) -> UUID:
    """Give the least id that `new_id` makes at an instant, or the nearest one that it could."""
    milliseconds = min(max(int(seconds * 1000), 0), _MILLISECONDS_MAX)
    return UUID(int=milliseconds << _BELOW_MILLISECONDS)


def parse_id(text: str) -> UUID | None:
    """Read a GUID as clients write it, with hyphens and in any case; None if it is something else."""
    return UUID(text) if _GUID.fullmatch(text) else None
