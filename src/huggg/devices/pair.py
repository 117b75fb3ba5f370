"""Pair a device: the browser in which a pairing code is typed becomes the device."""

from __future__ import annotations

from uuid import UUID

from huggg.devices.device import typed_code
from huggg.devices.errors import PairingRefused
from huggg.devices.invite import PAIRING_CODE
from huggg.devices.store import queries
from huggg.kit.platform import Platform


async def pair_device(platform: Platform, code: str) -> UUID:
    """Spend a pairing code, and name its device. Raises PairingRefused: to be guarded as a guess."""
    row = await platform.database.row(
        queries.pair,
        code_fingerprints=platform.vault.fingerprints(PAIRING_CODE, typed_code(code)),
    )
    if row is None:
        raise PairingRefused
    device_id: UUID = row["id"]
    return device_id
