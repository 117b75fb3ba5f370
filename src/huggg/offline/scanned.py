"""A scanned text at a till that is online: an offline code stands for its huggg's link."""

from __future__ import annotations

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.huggg import HugggCodes
from huggg.hugggs.reference import HugggReference, link_reference
from huggg.hugggs.store import sealed_for
from huggg.kit.platform import Platform
from huggg.offline.code import PREFIX, read_offline_code
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
    sealed, bound_to = row["codes"], sealed_for(facts.huggg_id)
    codes = HugggCodes.unpacked(platform.vault.open(sealed, bound_to=bound_to))
    return link_reference(platform.vault, codes.shortcode)
