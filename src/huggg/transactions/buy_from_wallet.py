"""Buy from a wallet: hugggs come into being, and their value is committed, in one statement."""

from __future__ import annotations

from functools import partial

from huggg.database.pool import Database
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.idempotency import UNKEYED, Reservation
from huggg.transactions.complete_purchase import complete_purchase
from huggg.transactions.context import gather_context
from huggg.transactions.decide_purchase import decide_purchase
from huggg.transactions.order import Order
from huggg.transactions.purchase import Purchase


async def buy_from_wallet(
    database: Database,
    vault: Vault,
    order: Order,
    *,
    caller: Caller,
    reservation: Reservation[Purchase] = UNKEYED,
    shows_codes: bool = True,
) -> Purchase:
    """Buy from a wallet of the caller's team; `shows_codes` tells whether its answer has codes.

    Raises Forbidden for a caller that is no user, the errors of `decide_purchase` and of the brand's
    issuer, and Busy when concurrent calls won again and again.
    """
    buyer_id, team_id = caller.required_user(), caller.team_id
    return await complete_purchase(
        database,
        vault,
        gather=partial(gather_context, database, vault, order, buyer_id=buyer_id, team_id=team_id),
        decide=partial(decide_purchase, order, buyer_id=buyer_id, team_id=team_id),
        quantity=order.quantity,
        client_id=caller.client_id,
        reservation=reservation,
        shows_codes=shows_codes,
    )
