"""The seal of a voucher's code: the voucher's own, or the one under which the code lay in its pool.

One statement that draws a code and makes its voucher cannot seal the code anew in between. So it keeps
the sealed code as it is, behind the name of the row that it is sealed for. A rotation of keys gives it
the voucher's own seal. An attacker who can write to the database gains nothing by that: such an attacker
could always mark a code as free and have it drawn.
"""

from __future__ import annotations

from uuid import UUID

from huggg.hugggs.voucher_code import VoucherCode
from huggg.kit.codes import FINGERPRINT_BYTES, Vault

AS_DRAWN = b"\0\0"
"""The beginning of a code in its pool's seal. Other seals begin with their key's number, never 0."""

ID_BYTES = 16


def voucher_sealed_for(huggg_id: UUID, voucher_id: UUID) -> bytes:
    """Name the row that a voucher's code is sealed to."""
    return b"vouchers.code\0" + huggg_id.bytes + voucher_id.bytes


def code_sealed_for(brand_id: UUID, fingerprint: bytes) -> bytes:
    """Name the row of `codes` that a code is sealed to."""
    return b"codes.code\0" + brand_id.bytes + fingerprint


def open_voucher(vault: Vault, sealed: bytes, *, huggg_id: UUID, voucher_id: UUID) -> VoucherCode:
    """Open the code of a voucher, in either seal. Raises SealBrokenError, KeysInDoubtError."""
    if not sealed.startswith(AS_DRAWN):
        bound_to = voucher_sealed_for(huggg_id, voucher_id)
        return VoucherCode.unpacked(vault.open(sealed, bound_to=bound_to))
    fingerprint_at = len(AS_DRAWN) + ID_BYTES
    code_at = fingerprint_at + FINGERPRINT_BYTES
    brand_id = UUID(bytes=sealed[len(AS_DRAWN) : fingerprint_at])
    bound_to = code_sealed_for(brand_id, sealed[fingerprint_at:code_at])
    return VoucherCode.unpacked(vault.open(sealed[code_at:], bound_to=bound_to))
