"""Devices from the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.devices.device import Device
from huggg.identity.caller import Caller

queries = Queries(__file__)


async def paired_device(database: Database, device_id: UUID) -> Device | None:
    """Read a device for a request of its browser; None where it is not paired any more.

    Once a minute it notes that the device was seen. A device whose location was removed, or went to
    another brand, is not paired.
    """
    row = await database.row(queries.present, id=device_id)
    return None if row is None else _device(row)


async def known_device(database: Database, device_id: UUID) -> Device | None:
    """Read a device that was paired, also one that was revoked since; None where none was."""
    row = await database.row(queries.known, id=device_id)
    return None if row is None else _device(row)


async def devices(
    database: Database, *, manager: Caller | None = None, brand_id: UUID | None = None
) -> list[Device]:
    """List the devices at a manager's locations, or an operator's choice; the youngest first.

    The list leaves out lapsed invitations, and devices that were revoked more than a month ago.
    """
    rows = await database.rows(
        queries.devices, brand_id=brand_id if manager is None else manager.brand_id
    )
    return [_device(row) for row in rows if manager is None or manager.acts_at(row["location_id"])]


def managed_by(manager: Caller | None) -> dict[str, Any]:
    """Give the parameters that bind a statement to a manager's locations; an operator has no bounds."""
    if manager is None:
        return {"brand_id": None, "location_ids": None}
    locations = None if manager.every_location else sorted(manager.location_ids)
    return {"brand_id": manager.brand_id, "location_ids": locations}


def _device(row: Record) -> Device:
    return Device(*(row[name] for name in Device.__struct_fields__))
