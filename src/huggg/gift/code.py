"""The code of a gift: made if there is none yet, and drawn as the brand's tills scan it."""

from __future__ import annotations

from huggg.gift.door import HOLDER
from huggg.gift.present import ShownCode, code_of_huggg, code_of_voucher
from huggg.gift.visit import Visit
from huggg.hugggs.reference import HugggReference
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform
from huggg.offline.show_code import show_offline_code
from huggg.vouchers.errors import ExpiredWithoutVoucher
from huggg.vouchers.generate import generate
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.integrations.integration import CodeOwner
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.store import lookup_subject, vouchers_of
from huggg.vouchers.voucher import SegmentRequest


async def show_code(
    visit: Visit, segment: str | None, platform: Platform, issuers: Issuers
) -> ShownCode:
    """Make the voucher of a gift if there is none yet, and draw its code.

    Raises the errors of `generate`.
    """
    database, vault, huggg_id = platform.database, platform.vault, visit.gift.huggg.id
    segment_request = SegmentRequest(parse_id(segment)) if segment else None
    reference = HugggReference(huggg_id, [])
    lookup = lookup_subject(
        database, reference, segment_id=segment_request.id if segment_request else None
    )
    await generate(database, vault, issuers, lookup, segment_request, caller=HOLDER)
    if integration_of(visit.offering.integration_id).code_owner is CodeOwner.HUGGG:
        offline_code = None
        if visit.offering.has_offline_codes:
            offline_code = await show_offline_code(platform, huggg_id)
        return code_of_huggg(visit, offline_code)
    vouchers = await vouchers_of(database, vault, [huggg_id])
    if not vouchers:  # its code went back to the pool meanwhile
        raise ExpiredWithoutVoucher
    return code_of_voucher(visit, vouchers[0])
