"""Unredeem: the latest redemption is taken back, and the huggg can be redeemed again."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.idempotency import UNKEYED, Reservation
from huggg.kit.ids import new_id
from huggg.kit.race import Race
from huggg.redemptions.redemption import Redemption, decide_unredemption
from huggg.redemptions.store import redeemed_from

queries = Queries(__file__)


async def unredeem(
    database: Database,
    vault: Vault,
    huggg: HugggReference,
    redemption_id: UUID | None,
    *,
    caller: Caller,
    reservation: Reservation[Redemption] = UNKEYED,
) -> Redemption:
    """Take back a redemption, None for the latest, and return it as reversed.

    Raises the errors of `decide_unredemption`, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await database.one(
            queries.redeemed, id=huggg.id, fingerprints=huggg.fingerprints, requested=redemption_id
        )
        taken_back = decide_unredemption(
            redeemed_from(row), redemption_id, caller=caller, now=row["now"]
        )
        recorded = await database.row(
            queries.unredeem,
            id=taken_back.id,
            huggg_id=taken_back.huggg_id,
            at=taken_back.updated_at,
            transfer_id=new_id(),
            user_id=caller.user_id,
            client_id=caller.client_id,
            **reservation.completion(vault, taken_back, taken_back.id),
        )
        if recorded is not None:
            return taken_back
        await race.lost()
