"""The hugggs that a user sees: bought ones, received ones, and those that their role shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from asyncpg import Record

from huggg.database.pool import Database
from huggg.http.web import Request
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.huggg import Huggg, is_there_for
from huggg.hugggs.lifecycle import Party
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import reference
from huggg.hugggs.showing import note_shown
from huggg.hugggs.store import huggg_from, lookup_huggg, order_seen
from huggg.identity.caller import Caller
from huggg.kit.ids import NIL
from huggg.kit.platform import Platform

LOOKS_MAX = 2
"""A huggg that changes between a look and its note again and again is shown without its code."""

Parties = Callable[[Record], Awaitable[Collection[Party]]]
"""Tells which parties to the huggg of a row its changer is."""


def lookup_requested(huggg_id: str, platform: Platform) -> Lookup:
    """Prepare to read the huggg that a path names by id or shortcode."""
    return lookup_huggg(platform.database, reference(platform.vault, huggg_id))


async def visible_huggg(
    request: Request, platform: Platform, lookup: Lookup, *, caller: Caller, guesses: Guesses
) -> tuple[Huggg, datetime]:
    """Find a huggg, without its voucher's code, and say when that was.

    Raises HugggNotFound for one that is not theirs to see.
    """
    row = await _visible_row(request, platform, lookup, caller=caller, guesses=guesses)
    return huggg_from(row, platform.vault, has_code=False), row["now"]


async def shown_huggg(
    request: Request, platform: Platform, lookup: Lookup, *, caller: Caller, guesses: Guesses
) -> tuple[Huggg, datetime]:
    """Find a huggg for an answer that has its voucher's code, and note that it is shown.

    Where the code cannot be noted, the huggg changed since the look, so the next look finds out how: it
    may have moved to another receiver. Raises HugggNotFound.
    """
    for _ in range(LOOKS_MAX):
        row = await _visible_row(request, platform, lookup, caller=caller, guesses=guesses)
        to_receiver = caller.user_id == row["receiver_id"] != row["sender_id"]
        has_code = not await note_shown(platform.database, [row], to_receiver=to_receiver)
        if has_code:
            break
    return huggg_from(row, platform.vault, has_code=has_code), row["now"]


async def _visible_row(
    request: Request, platform: Platform, lookup: Lookup, *, caller: Caller, guesses: Guesses
) -> Record:
    address = request.context.address
    async with guess_guard(lookup.huggg, address=address, caller=caller, guesses=guesses):
        row = await lookup.row()
        if not await _is_seen_by(caller, row, platform.database):
            raise HugggNotFound
    return row


async def parties_to(caller: Caller, row: Record, database: Database) -> frozenset[Party]:
    """Tell which parties to a huggg a calling user is; none for a missing one, and for a stranger.

    A role may change the orders that it shows: the published matrix has the same cells for both.
    """
    user_id = caller.required_user()
    if row["id"] is None:
        await order_seen(database, transaction_id=NIL, caller=caller)
        return frozenset()
    sender_id = row["sender_id"]
    if user_id == sender_id:
        return frozenset({Party.SENDER})
    is_there = is_there_for(user_id, sender_id=sender_id, sent_at=row["sent_at"], now=row["now"])
    is_receiver = is_there and user_id == row["receiver_id"]
    parties = {Party.RECEIVER} if is_receiver else set()
    if await order_seen(database, transaction_id=row["transaction_id"], caller=caller):
        parties.add(Party.TEAM)
    return frozenset(parties)


async def _is_seen_by(caller: Caller, row: Record, database: Database) -> bool:
    """Show it to its sender, to its receiver once it is sent, and to roles that see its order.

    For a caller whose role may see it the order is also looked up for a missing huggg, and no code is
    opened before: the time of a refusal must not distinguish another's huggg from a missing one.
    """
    user_id = caller.required_user()
    if row["id"] is None:
        return await order_seen(database, transaction_id=NIL, caller=caller)
    sender_id = row["sender_id"]
    is_there = is_there_for(user_id, sender_id=sender_id, sent_at=row["sent_at"], now=row["now"])
    if is_there and user_id in (sender_id, row["receiver_id"]):
        return True
    return await order_seen(database, transaction_id=row["transaction_id"], caller=caller)
