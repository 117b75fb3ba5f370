"""Show a huggg's offline code to its holder, where its brand has a rule for offline scans.

Each code that is shown is noted first, because the revoked list is made of hugggs whose code was shown.
"""

from __future__ import annotations

from uuid import UUID

from huggg.kit.platform import Platform
from huggg.offline.code import OfflineFacts, brands_name, offline_code, product_name
from huggg.offline.store import queries


async def show_offline_code(platform: Platform, huggg_id: UUID) -> str | None:
    """Sign the code of a huggg as it is now; None for one with a value or a past that has no room in it.

    The huggg exists. A code of a huggg that moves or ends meanwhile is on the revoked list.
    """
    row = await platform.database.one(queries.to_sign, huggg_id=huggg_id)
    facts = OfflineFacts(
        key=platform.vault.newest,
        huggg_id=huggg_id,
        product=product_name(row["product_id"]),
        brands=brands_name(row["honoured_by"]),
        value=row["value"],
        ends_at=row["expires_at"],
        sequence=row["sequence"],
    )
    if not facts.fit():
        return None
    await platform.database.rows(
        queries.note_shown,
        huggg_id=huggg_id,
        sequence=facts.sequence,
        product_id=row["product_id"],
        ends_at=facts.ends_at,
    )
    return offline_code(facts, platform.vault.sign)
