"""The device as a value, and its pairing code, without a database."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import random_text
from huggg.kit.names import clean_name

CODE_LIFE = timedelta(minutes=10)
CODE_SYMBOLS = 8
"""40 bits, which are guessed at the pace of the guess guard, and for ten minutes."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})


class DeviceState(StrEnum):
    """The state of a device."""

    INVITED = "invited"
    LAPSED = "lapsed"  # its pairing code was never used
    PAIRED = "paired"
    REVOKED = "revoked"


class Device(Struct, frozen=True):
    """A device. `location` is the name of its location; `seen_at` may be a minute old."""

    id: UUID
    brand_id: UUID
    location_id: str
    location: str
    name: str
    code_ends_at: datetime
    paired_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> DeviceState:
        """Derive the state at an instant."""
        if self.revoked_at is not None:
            return DeviceState.REVOKED
        if self.paired_at is not None:
            return DeviceState.PAIRED
        return DeviceState.LAPSED if now >= self.code_ends_at else DeviceState.INVITED


def new_pairing_code() -> str:
    """Draw a pairing code."""
    return random_text(CODE_SYMBOLS, ALPHABET)


def spaced(code: str) -> str:
    """Write a pairing code as people read it."""
    return f"{code[: CODE_SYMBOLS // 2]}-{code[CODE_SYMBOLS // 2 :]}"


def typed_code(text: str) -> str:
    """Read a pairing code as people type it: in either case, with hyphens or blanks, O for 0."""
    return text.upper().translate(_ALIKE)


def device_name(text: str) -> str:
    """Read the name of a device. Raises Invalid."""
    return clean_name(text, "name")
