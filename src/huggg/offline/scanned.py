"""A scanned text at a till that is online: an offline code names its huggg, as other codes do."""

from __future__ import annotations

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.reference import HugggReference
from huggg.kit.platform import Platform
from huggg.offline.code import PREFIX, read_offline_code
from huggg.offline.store import queries


def is_offline_code(text: str) -> bool:
    """Tell an offline code from all other codes, genuine or not."""
    return text.startswith(PREFIX)


async def huggg_of_code(platform: Platform, text: str) -> HugggReference:
    """Give the huggg of an offline code. Raises HugggNotFound if it is forged, or from before a move."""
    try:
        facts = read_offline_code(text, platform.vault.verifies)
    except ValueError:
        raise HugggNotFound from None
    row = await platform.database.row(queries.to_sign, huggg_id=facts.huggg_id)
    if row is None or row["sequence"] != facts.sequence:
        raise HugggNotFound
    return HugggReference(facts.huggg_id, [])
