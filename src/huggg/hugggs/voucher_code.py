"""The secret of a voucher: a code, and for some gift cards the PIN that the till asks for beside it."""

from __future__ import annotations

from msgspec import Struct

SEPARATOR = "\n"
"""No code and no PIN holds a line break, so one text keeps both under one seal."""


class VoucherCode(Struct, frozen=True, gc=False):
    """A code in clear; `pin` is empty for a code that needs none."""

    code: str
    pin: str = ""

    def packed(self) -> bytes:
        """Join both for sealing; a code without a PIN is sealed as it is."""
        return f"{self.code}{SEPARATOR}{self.pin}".encode() if self.pin else self.code.encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> VoucherCode:
        """Undo `packed`."""
        code, _, pin = packed.decode().partition(SEPARATOR)
        return cls(code, pin)
