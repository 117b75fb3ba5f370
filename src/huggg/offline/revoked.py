"""The revoked list: the hugggs that no till may accept without the server, as a Bloom filter.

A filter answers *perhaps* or *no*. A revoked huggg is always *perhaps*; of the others so few are as
`false_answer_rate` says, and a till asks the server about those. An entry is the id of a huggg that is
redeemed, cancelled or over, and revokes all its codes; or an id and a sequence, of the codes from before
a move.

The places of an entry in the filter are the eight words of its SHA-256, each big-endian and modulo the
number of bits; bit 0 is the highest of the first byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from msgspec import Struct

PLACES = 8
BYTES_AN_ENTRY = 2
BYTES_MIN, BYTES_MAX = 8, 256 * 1024
"""The most bytes of a filter: the rate of false answers rises beyond half as many entries."""

_WORDS = struct.Struct(f">{PLACES}I")


def whole_entry(huggg_id: UUID) -> bytes:
    """Write the entry that revokes every code of a huggg."""
    return huggg_id.bytes


def sequence_entry(huggg_id: UUID, sequence: int) -> bytes:
    """Write the entry that revokes the codes of one sequence."""
    return huggg_id.bytes + bytes((sequence,))


class RevokedFilter(Struct, frozen=True):
    """A filter over so many entries."""

    entries: int
    filter: bytes

    @property
    def bits(self) -> int:
        """Count the bits of the filter."""
        return 8 * len(self.filter)

    @property
    def false_answer_rate(self) -> float:
        """Give the share of hugggs that are not revoked and are *perhaps*."""
        free = (1 - 1 / self.bits) ** (PLACES * self.entries)
        return float((1 - free) ** PLACES)

    def has(self, entry: bytes) -> bool:
        """Tell whether an entry is perhaps in the list; False: it is not."""
        return all(self.filter[at >> 3] & (0x80 >> (at & 7)) for at in _places(entry, self.bits))

    def revokes(self, huggg_id: UUID, sequence: int) -> bool:
        """Tell whether a code is perhaps revoked."""
        return self.has(whole_entry(huggg_id)) or self.has(sequence_entry(huggg_id, sequence))


def revoked_filter(entries: Iterable[bytes]) -> RevokedFilter:
    """Make the filter of these entries; the same one for the same entries in any order."""
    distinct = set(entries)
    size = min(max(BYTES_AN_ENTRY * len(distinct), BYTES_MIN), BYTES_MAX)
    bits = bytearray(size)
    for entry in distinct:
        for at in _places(entry, 8 * size):
            bits[at >> 3] |= 0x80 >> (at & 7)
    return RevokedFilter(len(distinct), bytes(bits))


def _places(entry: bytes, bits: int) -> list[int]:
    return [word % bits for word in _WORDS.unpack(sha256(entry).digest())]
