"""A scanned text at a till that is online: an offline code stands for its huggg's link."""

from __future__ import annotations

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import link_of_codes
from huggg.kit.platform import Platform
from huggg.offline.code import PREFIX, read_offline_code
from huggg.offline.scan import ConflictReason, OfflineScan
from huggg.offline.store import queries


def is_offline_code(text: str) -> bool:
    """Tell an offline code from all other codes, genuine or not."""
    return text.startswith(PREFIX)


async def huggg_of_code(platform: Platform, text: str) -> HugggReference:
    """Give the link of its huggg. Raises HugggNotFound if it is forged, or from before a move."""
    try:
        facts = read_offline_code(text, platform.vault.verifies)
    except ValueError:
        raise HugggNotFound from None
    row = await platform.database.row(queries.to_sign, huggg_id=facts.huggg_id)
    if row is None or row["sequence"] != facts.sequence:
        raise HugggNotFound
    return link_of_codes(platform.vault, facts.huggg_id, row["codes"])


async def link_of_scan(platform: Platform, scan: OfflineScan) -> HugggReference:
    """Give the link of a scan's huggg. Raises HugggNotFound if it moved before the scan or since."""
    row = await platform.database.row(
        queries.link_of_scan,
        huggg_id=scan.huggg_id,
        sequence=scan.sequence,
        arrived_at=scan.arrived_at,
    )
    if row is None or scan.reason is ConflictReason.MOVED:
        raise HugggNotFound
    return link_of_codes(platform.vault, scan.huggg_id, row["codes"])
