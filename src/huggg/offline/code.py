"""The offline code: a huggg as 34 bytes, their signature as 64 more, and both as the text of a QR code.

All numbers are big-endian. `docs/reference/offline-codes.md` has the same table, for tills that verify.

| byte | size | field |
|---|---|---|
| 0 | 2 | number of the signing key |
| 2 | 16 | id of the huggg |
| 18 | 4 | product: the first bytes of SHA-256 of its id |
| 22 | 4 | brands' set: the first bytes of SHA-256 of their ids in order, one after the other |
| 26 | 4 | value in pence |
| 30 | 3 | end: quarters of an hour since 1970-01-01T00:00Z, the first one in which it is over |
| 33 | 1 | sequence: how often the huggg has moved |
| 34 | 64 | Ed25519 signature of `huggg offline code 1`, a zero byte, and bytes 0 to 33 |
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

from huggg.kit.base45 import base45, read_base45

PREFIX = "HUGGG1:"
"""The beginning of every offline code's text: tills tell it from other codes by it, and its layout."""

CONTEXT = b"huggg offline code 1\0"
"""Signed before the facts, so that no signature for another purpose passes for one of these."""

FACTS_BYTES, CODE_BYTES = 34, 98
NAME_BYTES = 4
VALUE_MAX, SEQUENCE_MAX = 2**32 - 1, 2**8 - 1
QUARTER = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_LAYOUT = struct.Struct(">H16s4s4sI3sB")
_END_BYTES = 3

Sign = Callable[[int, bytes], bytes]
"""Signs a message under the key of a number."""

Verify = Callable[[int, bytes, bytes], bool]
"""Tells by the number of a key whether a signature is that of a message; False for an unknown key."""


class OfflineFacts(Struct, frozen=True):
    """The facts of an offline code, which its signature vouches for."""

    key: int
    huggg_id: UUID
    product: bytes  # see `product_name`
    brands: bytes  # see `brands_name`
    value: int  # pence
    ends_at: datetime
    sequence: int

    def fit(self) -> bool:
        """Tell whether the layout has room for the facts."""
        return self.value <= VALUE_MAX and self.sequence <= SEQUENCE_MAX


def product_name(product_id: UUID) -> bytes:
    """Name a product in four bytes."""
    return sha256(product_id.bytes).digest()[:NAME_BYTES]


def brands_name(brand_ids: Iterable[UUID]) -> bytes:
    """Name the set of brands that honour a product in four bytes."""
    return sha256(b"".join(sorted({each.bytes for each in brand_ids}))).digest()[:NAME_BYTES]


def offline_code(facts: OfflineFacts, sign: Sign) -> str:
    """Write the facts as a code, signed under their key. Raises `struct.error` unless they fit."""
    quarters = (facts.ends_at - EPOCH) // QUARTER
    packed = _LAYOUT.pack(
        facts.key,
        facts.huggg_id.bytes,
        facts.product,
        facts.brands,
        facts.value,
        quarters.to_bytes(_END_BYTES, "big"),
        facts.sequence,
    )
    return PREFIX + base45(packed + sign(facts.key, CONTEXT + packed))


def read_offline_code(text: str, verify: Verify) -> OfflineFacts:
    """Read a scanned code. Raises ValueError unless we signed it, and nothing of it changed."""
    if not text.startswith(PREFIX):
        raise ValueError("no offline code")
    code = read_base45(text.removeprefix(PREFIX))
    packed, signature = code[:FACTS_BYTES], code[FACTS_BYTES:]
    if len(code) != CODE_BYTES:
        raise ValueError(f"{len(code)} bytes are no offline code")
    key, huggg, product, brands, value, quarters, sequence = _LAYOUT.unpack(packed)
    if not verify(key, CONTEXT + packed, signature):
        raise ValueError("the signature is not that of the code")
    ends_at = EPOCH + int.from_bytes(quarters, "big") * QUARTER
    return OfflineFacts(key, UUID(bytes=huggg), product, brands, value, ends_at, sequence)
