"""Pick: the receiver of a choice picks one of its products, once, and the huggg is for that product."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from huggg.database.pool import Database
from huggg.hugggs.errors import (
    CannotPick,
    HugggAlreadyClaimed,
    HugggAlreadyPicked,
    HugggNotFound,
    NoChoice,
)
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lifecycle import Change, Party, allow
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import huggg_from, queries
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.race import Race


class OfferedProduct(Struct, frozen=True):
    """A product that the choice offers, and the last day to redeem it, which ends where its brand is."""

    id: UUID
    image_url: str | None
    expiry_date: date
    expires_at: datetime


async def pick(
    database: Database, vault: Vault, lookup: Lookup, product_id: UUID | None, *, caller: Caller
) -> tuple[Huggg, datetime]:
    """Pick a product for the huggg of a lookup by `lookup_huggg`, and say when that was.

    `product_id` is None for a text that is no id. Raises the errors of `decide_pick`, and Busy when
    concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        huggg = None if row["id"] is None else huggg_from(row, vault)
        offered = None if huggg is None else await _find_offered(database, huggg, product_id)
        picked_huggg = decide_pick(huggg, product_id, offered, caller=caller, now=row["now"])
        assert huggg is not None  # noqa: S101 - decided above
        if picked_huggg is huggg or await insert_pick(
            database, picked_huggg, seen_at=huggg.updated_at, caller=caller
        ):
            return picked_huggg, row["now"]
        await race.lost()


def decide_pick(
    huggg: Huggg | None,
    product_id: UUID | None,
    offered: OfferedProduct | None,
    *,
    caller: Caller,
    now: datetime,
) -> Huggg:
    """Turn a choice into the picked product; the same pick again gives the huggg as it is.

    The last day to pick gives way to the last day to redeem, where the purchase has both. Raises, in
    this order, HugggNotFound, HugggAlreadyClaimed by a browser, NoChoice, HugggAlreadyPicked, the
    refusal of a huggg that is scheduled or ended, CannotPick.
    """
    if huggg is None or not _may_see(huggg, caller, now):
        raise HugggNotFound
    if _belongs_to_a_browser(huggg, caller):
        raise HugggAlreadyClaimed
    if huggg.choice_id is None:
        raise NoChoice
    if not huggg.awaits_pick:
        if huggg.product_id != product_id:
            raise HugggAlreadyPicked
        return huggg
    allow(Change.PICK, huggg.state(now), (Party.RECEIVER,))
    if offered is None or offered.expires_at <= now:
        raise CannotPick
    return replace(
        huggg,
        product_id=offered.id,
        image_url=offered.image_url,
        expiry_date=offered.expiry_date,
        expires_at=offered.expires_at,
        updated_at=now,
    )


def _may_see(huggg: Huggg, caller: Caller, now: datetime) -> bool:
    """Let the named receiver pick, else each holder of the link, for whom a trusted client speaks."""
    if not huggg.is_there_for(caller.user_id, now):
        return False
    if caller.user_id is None:
        return caller.shows_hugggs
    return caller.user_id == huggg.receiver_id or huggg.receiver_id is None


def _belongs_to_a_browser(huggg: Huggg, caller: Caller) -> bool:
    """Tell whether a browser took it, which is no user: a user who holds the link comes too late."""
    return caller.user_id is not None and huggg.receiver_id is None and huggg.assigned_at is not None


async def _find_offered(
    database: Database, huggg: Huggg, product_id: UUID | None
) -> OfferedProduct | None:
    if not huggg.awaits_pick or product_id is None:
        return None
    row = await database.row(queries.offered_product, huggg_id=huggg.id, product_id=product_id)
    return None if row is None else OfferedProduct(*row)


async def insert_pick(database: Database, huggg: Huggg, *, seen_at: datetime, caller: Caller) -> bool:
    """Record a pick; False if the huggg changed since it was read at `seen_at`."""
    row = await database.row(
        queries.pick,
        huggg_id=huggg.id,
        product_id=huggg.product_id,
        expiry_date=huggg.expiry_date,
        expires_at=huggg.expires_at,
        seen_at=seen_at,
        now=huggg.updated_at,
        user_id=caller.user_id,
        client_id=caller.client_id,
    )
    return row is not None
