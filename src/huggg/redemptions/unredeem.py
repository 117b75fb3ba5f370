"""Unredeem: the latest redemption is taken back, and the huggg can be redeemed again."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.idempotency import UNKEYED, Reservation
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.redemptions.errors import AlreadyUnredeemed
from huggg.redemptions.redemption import Redemption, decide_unredemption
from huggg.redemptions.store import redeemed_from

queries = Queries(__file__)


class RedeemedLookup(Lookup):
    """Reads a huggg with its latest redemption, and the clock; keeps the requested redemption's id.

    The id is None for the latest one.
    """

    def __init__(self, database: Database, huggg: HugggReference, requested: UUID | None) -> None:
        super().__init__(database, queries.redeemed, huggg, requested=requested)
        self.requested = requested


async def take_back(
    database: Database, vault: Vault, huggg_id: UUID, redemption_id: UUID, *, caller: Caller
) -> None:
    """Unredeem a redemption that was seen to stand, unless a concurrent call does.

    Raises the errors of `unredeem` but AlreadyUnredeemed.
    """
    lookup = RedeemedLookup(database, HugggReference(huggg_id, []), redemption_id)
    with suppress(AlreadyUnredeemed):
        await unredeem(database, vault, lookup, redemption_id, caller=caller)


async def unredeem(
    database: Database,
    vault: Vault,
    lookup: Lookup,
    requested: UUID | None,
    *,
    caller: Caller,
    reservation: Reservation[Redemption] = UNKEYED,
) -> Redemption:
    """Take back the requested redemption of the huggg of a `RedeemedLookup`, and return it as reversed.

    Raises the errors of `decide_unredemption`, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        redemption = decide_unredemption(redeemed_from(row), requested, caller=caller, now=row["now"])
        changed_row = await database.each(
            queries.unredeem,
            id=redemption.id,
            huggg_id=redemption.huggg_id,
            at=redemption.updated_at,
            transfer_id=new_id(),
            user_id=caller.user_id,
            client_id=caller.client_id,
            **reservation.completion(vault, redemption, redemption.id),
        )
        if changed_row is not None:
            return redemption
        await race.lost()
