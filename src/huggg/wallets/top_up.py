"""Top up: money arrives from outside."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.wallets.errors import WalletNotFound

TOP_UP_MAX = 100_000_000_00
"""In pence. Nobody lodges a hundred million pounds at once; a slip of the finger might."""

queries = Queries(__file__)


async def top_up(
    database: Database, *, wallet_id: UUID, amount: int, transfer_id: UUID | None = None
) -> int:
    """Add `amount` pence and return what is available then, in pence.

    A repeated `transfer_id` adds nothing. Raises Invalid, WalletNotFound.
    """
    if not 0 < amount <= TOP_UP_MAX:
        raise Invalid("amount: must be more than nothing and at most 100,000,000 pounds.")
    row = await database.row(
        queries.top_up, wallet_id=wallet_id, amount=amount, transfer_id=transfer_id or new_id()
    )
    if row is None:
        raise WalletNotFound
    available: int = row["available"]
    return available
