"""The code of a gift: made if there is none yet, and drawn as the brand's tills scan it."""

from __future__ import annotations

from huggg.gift.door import HOLDER
from huggg.gift.present import ShownCode, code_of_huggg, code_of_voucher
from huggg.gift.visit import Visit
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.store import lookup_huggg
from huggg.hugggs.visible import LOOKS_MAX
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform
from huggg.offline.show_code import show_offline_code
from huggg.vouchers.errors import ExpiredWithoutVoucher
from huggg.vouchers.generate import generate
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.integrations.integration import CodeOwner
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.store import lookup_subject, voucher_of_link
from huggg.vouchers.voucher import SegmentRequest, Voucher


async def show_code(
    visit: Visit, segment: str | None, platform: Platform, issuers: Issuers
) -> ShownCode:
    """Make the voucher of a gift if there is none yet, and draw its code.

    Raises HugggNotFound for a huggg that moved meanwhile, and the errors of `generate`.
    """
    database, vault = platform.database, platform.vault
    segment_request = SegmentRequest(parse_id(segment), exclusive=True) if segment else None
    link = visit.link(vault)
    lookup = lookup_subject(database, link, segment_id=segment_request.id if segment_request else None)
    await generate(database, vault, issuers, lookup, segment_request, caller=HOLDER)
    if integration_of(visit.offering.integration_id).code_owner is CodeOwner.HUGGG:
        return await _own_code(visit, platform)
    voucher = await voucher_of_visit(visit, platform)
    if voucher is None:  # its code went back to the pool meanwhile
        raise ExpiredWithoutVoucher
    return code_of_voucher(visit, voucher)


async def _own_code(visit: Visit, platform: Platform) -> ShownCode:
    """Draw the code that a huggg brings along.

    The huggg may move before its offline code is read. So its link is looked up once more, after the
    code: if it finds the huggg then, the code was that link's. Raises HugggNotFound.
    """
    offline_code = None
    if visit.offering.has_offline_codes:
        offline_code = await show_offline_code(platform, visit.gift.huggg.id)
    row = await lookup_huggg(platform.database, visit.link(platform.vault)).row()
    if row["id"] is None:
        raise HugggNotFound
    return code_of_huggg(visit, offline_code)


async def voucher_of_visit(visit: Visit, platform: Platform) -> Voucher | None:
    """Read the voucher of a gift for its receiver, and note that they have its code; None without one.

    A voucher that cannot be read is that of a huggg which changed since the look: it moved, or a
    rotation of keys sealed its codes anew. So its link is looked up again. Raises HugggNotFound.
    """
    database, vault, sealed = platform.database, platform.vault, visit.gift.link
    for _ in range(LOOKS_MAX):
        voucher = await voucher_of_link(database, vault, visit.gift.huggg.id, sealed)
        if voucher is not None:
            return voucher
        row = await lookup_huggg(database, visit.link(vault)).row()
        if row["id"] is None:
            raise HugggNotFound
        sealed = row["codes"]
    return None
