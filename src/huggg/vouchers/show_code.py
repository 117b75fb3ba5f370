"""Show a code to staff, and record the operator, the instant and the reason."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.voucher_code import VoucherCode
from huggg.hugggs.voucher_seal import open_voucher
from huggg.kit.codes import Vault
from huggg.vouchers.errors import NoVoucher
from huggg.vouchers.store import queries


async def show_code(
    database: Database,
    vault: Vault,
    huggg: HugggReference,
    *,
    reason: str,
    user_id: UUID | None = None,
) -> VoucherCode:
    """Give a voucher's code and PIN; `user_id` is None for the command line.

    Raises HugggNotFound, NoVoucher.
    """
    row = await database.row(
        queries.show_code,
        id=huggg.id,
        fingerprints=huggg.fingerprints,
        user_id=user_id,
        reason=reason,
    )
    if row is None:
        raise HugggNotFound
    if row["voucher_id"] is None or await note_shown(database, [row], huggg_id="huggg_id"):
        raise NoVoucher
    return open_voucher(vault, row["code"], huggg_id=row["huggg_id"], voucher_id=row["voucher_id"])
