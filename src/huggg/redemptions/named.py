"""Named redemptions: a till gives its redemption an id of its own, and may send it until it is answered.

The redemption's row answers for itself, as long as it is there. The id is also an idempotency key of the
merchant: the key keeps refusals, so that a delayed copy of a refused redemption has no effect, and a
reversal forestalls it where it comes before its redemption.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import msgspec

from huggg.identity.caller import Caller
from huggg.kit.idempotency import EncodedAnswer, Reservation
from huggg.kit.platform import Platform
from huggg.redemptions.redeem import SpendableLookup, redeem
from huggg.redemptions.redemption import (
    Redemption,
    check_location,
    check_redeemable,
    is_spendable,
    repeat_redemption,
)
from huggg.redemptions.store import find_redemption, location_from, spendable_from


def key_of(huggg_id: UUID, redemption_id: UUID, caller: Caller) -> dict[str, str]:
    """Name the idempotency key of a redemption: one for all tills of a merchant."""
    holder = caller.name if caller.brand_id is None else f"brand {caller.brand_id}"
    return {"caller": holder, "key": f"redemption {huggg_id} {redemption_id}"}


async def redeem_named(
    platform: Platform,
    lookup: SpendableLookup,
    redemption_id: UUID,
    *,
    caller: Caller,
    encode: Callable[[Redemption], EncodedAnswer],
    keeps_refusals: bool = True,
) -> EncodedAnswer:
    """Redeem the huggg of a lookup under the till's own id, once; give the same answer again.

    A refusal by the huggg's state is kept and answered again, too, or is raised. Raises HugggNotFound,
    CannotRedeem, InvalidLocation, RedemptionIdUsed, AlreadyUnredeemed, which leave no trace, and the
    errors of `Idempotency.run`.
    """
    row = await lookup.row()
    huggg = check_redeemable(spendable_from(row), caller, row["now"])
    before = await find_redemption(platform.database, huggg.id, redemption_id)
    if before is not None:
        return encode(repeat_redemption(before, row["location_id"], lookup.sale, caller=caller))
    if is_spendable(huggg, row["now"]):
        check_location(location_from(row), huggg, caller)

    async def act(reservation: Reservation[Redemption]) -> Redemption:
        return await redeem(
            platform.database,
            platform.vault,
            lookup,
            caller=caller,
            sale=lookup.sale,
            redemption_id=redemption_id,
            reservation=reservation,
        )

    return await platform.idempotency.run(
        **key_of(huggg.id, redemption_id, caller),
        request=msgspec.json.encode((row["location_id"], lookup.sale)).decode(),
        act=act,
        encode=encode,
        keeps_refusals=keeps_refusals,
    )
