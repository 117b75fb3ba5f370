"""The code of a gift: made if there is none yet, and drawn as the brand's tills scan it."""

from __future__ import annotations

from huggg.gift.door import HOLDER
from huggg.gift.present import ShownCode, code_of_huggg, code_of_voucher
from huggg.gift.visit import Visit
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.store import lookup_huggg
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

    A huggg may move between the statements here. So its link is looked up once more, after the code: if
    it finds the huggg then, the code was that link's. Raises HugggNotFound, and the errors of
    `generate`.
    """
    database, vault = platform.database, platform.vault
    segment_request = SegmentRequest(parse_id(segment)) if segment else None
    link = visit.link(vault)
    lookup = lookup_subject(database, link, segment_id=segment_request.id if segment_request else None)
    await generate(database, vault, issuers, lookup, segment_request, caller=HOLDER)
    shown_code = await _read_code(visit, platform)
    if (await lookup_huggg(database, link).row())["id"] is None:
        raise HugggNotFound
    return shown_code


async def _read_code(visit: Visit, platform: Platform) -> ShownCode:
    huggg_id = visit.gift.huggg.id
    if integration_of(visit.offering.integration_id).code_owner is CodeOwner.HUGGG:
        offline_code = None
        if visit.offering.has_offline_codes:
            offline_code = await show_offline_code(platform, huggg_id)
        return code_of_huggg(visit, offline_code)
    vouchers = await vouchers_of(platform.database, platform.vault, [huggg_id], to_receiver=True)
    if not vouchers:  # its code went back to the pool meanwhile
        raise ExpiredWithoutVoucher
    return code_of_voucher(visit, vouchers[0])
