"""Revoke a device: it is refused from its next request on, on every server."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.devices.errors import DeviceNotFound
from huggg.devices.store import managed_by, queries
from huggg.identity.caller import Caller, author


async def revoke_device(database: Database, device_id: UUID, *, manager: Caller | None = None) -> None:
    """End a device for good, or its invitation; an operator has no `manager`. Raises DeviceNotFound."""
    revoked = await database.row(queries.revoke, id=device_id, **managed_by(manager), **author(manager))
    if revoked is None:
        raise DeviceNotFound
