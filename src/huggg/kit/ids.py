"""Ids: UUIDs that sort by the time they were made, so that new rows land side by side in an index."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

NIL = UUID(int=0)


def new_id() -> UUID:
    """Make an id (UUIDv7). It is unique, not secret: never use one where a code or token belongs."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """Read a GUID as clients write it, with hyphens and in any case; None if it is something else."""
    if len(text) != 36:  # noqa: PLR2004 - UUID() would also take braces, urn: and bare hex
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
