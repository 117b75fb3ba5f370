"""Which hugggs somebody sees: those they sent, those they were given, and what their role shows them."""

from __future__ import annotations

from datetime import datetime

from huggg.database.pool import Database
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.reference import reference
from huggg.hugggs.store import find_huggg, order_seen
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault


async def visible_huggg(
    database: Database, vault: Vault, text: str, *, caller: Caller
) -> tuple[Huggg, datetime]:
    """Find a huggg by id or shortcode, and say when that was. Raises HugggNotFound for all others."""
    user_id = caller.required_user()
    seen = await find_huggg(database, vault, reference(vault, text))
    if seen.now is None:
        raise HugggNotFound
    [huggg] = seen.hugggs
    if user_id not in (huggg.sender_id, huggg.receiver_id) and not await order_seen(
        database, transaction_id=huggg.transaction_id, caller=caller
    ):
        raise HugggNotFound
    return huggg, seen.now
