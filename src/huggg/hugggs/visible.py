"""Which hugggs a user sees: those they sent, those they were given, and what their role shows them."""

from __future__ import annotations

from datetime import datetime

from huggg.database.pool import Database
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.huggg import Huggg, is_there_for
from huggg.hugggs.look import Look
from huggg.hugggs.looking_up import looking_up
from huggg.hugggs.reference import reference
from huggg.hugggs.store import find_huggg, look_at, order_seen
from huggg.identity.caller import Caller
from huggg.kit.platform import Platform
from huggg.kit.web import Request


def look_at_huggg(huggg_id: str, platform: Platform) -> Look:
    """Look at what a path names, by id or shortcode."""
    return look_at(platform.database, reference(platform.vault, huggg_id))


async def visible_huggg(
    request: Request, platform: Platform, look: Look, *, caller: Caller
) -> tuple[Huggg, datetime]:
    """Find a huggg, and say when that was. Raises HugggNotFound for one that is not theirs to see."""
    async with looking_up(look.huggg, request=request, caller=caller, platform=platform):
        seen = await find_huggg(look, platform.vault)
        now = seen.now
        if now is None or not await _is_seen_by(caller, seen.hugggs[0], now, platform.database):
            raise HugggNotFound
    return seen.hugggs[0], now


async def _is_seen_by(caller: Caller, huggg: Huggg, now: datetime, database: Database) -> bool:
    """Let its sender see it, its receiver once it is sent, and roles that see its order."""
    user_id = caller.required_user()
    is_there = is_there_for(user_id, sender_id=huggg.sender_id, sent_at=huggg.sent_at, now=now)
    if is_there and user_id in (huggg.sender_id, huggg.receiver_id):
        return True
    return await order_seen(database, transaction_id=huggg.transaction_id, caller=caller)
