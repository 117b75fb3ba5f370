"""Cancel: the sender's side ends a huggg, or all hugggs of a purchase that can still end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from huggg.database.pool import Database
from huggg.hugggs.errors import HugggAtTill, HugggNotFound
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lifecycle import Change, Party, allow
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import huggg_from, is_at_till
from huggg.hugggs.visible import Parties
from huggg.kit.codes import Vault
from huggg.kit.race import Race
from huggg.people.store import ensure_person_keys
from huggg.transactions.ends.end import TOGETHER_MAX, Author, End, EndedHugggs, end_hugggs, queries
from huggg.transactions.ends.reason import seal_reason
from huggg.transactions.errors import NothingToCancel


async def cancel_huggg(
    database: Database,
    vault: Vault,
    lookup: Lookup,
    *,
    parties: Parties,
    author: Author,
    reason: str | None,
) -> Huggg:
    """Cancel the huggg of a lookup by `lookup_huggg`, and return its value.

    Raises the errors of `decide_cancellation`, HugggAtTill while a till holds it, and Busy when
    concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        huggg = None if row["id"] is None else huggg_from(row, vault)
        cancelled = decide_cancellation(huggg, await parties(row), now=row["now"])
        sealed = await _sealed_reason(database, vault, cancelled.transaction_id, reason)
        ended_hugggs = await end_hugggs(
            database, [cancelled.id], End.CANCELLED, at=row["now"], author=author, sealed_reason=sealed
        )
        if ended_hugggs.count:
            return replace(cancelled, code="") if row["code_unshown"] else cancelled
        if await is_at_till(database, cancelled.id):
            raise HugggAtTill
        await race.lost()


def decide_cancellation(huggg: Huggg | None, parties: Collection[Party], *, now: datetime) -> Huggg:
    """Cancel a huggg.

    Raises HugggNotFound for a stranger, CannotChangeHuggg for its receiver, HugggAlreadySpent,
    HugggAlreadyCancelled, HugggAlreadyExpired.
    """
    if huggg is None:
        raise HugggNotFound
    allow(Change.CANCEL, huggg.state(now), parties)
    return replace(huggg, cancelled_at=now, updated_at=now)


@dataclass(frozen=True, slots=True)
class CancelledHugggs:
    """The hugggs of a purchase that a call cancelled, and the number of those that tills hold."""

    together: EndedHugggs
    at_tills: int


async def cancel_transaction(
    database: Database, vault: Vault, transaction_id: UUID, *, author: Author, reason: str | None
) -> CancelledHugggs:
    """Cancel all hugggs of a purchase that can still be cancelled, but those that a till holds.

    A large purchase takes several statements: a call that is broken off leaves the rest as it is, and a
    later call cancels that. Hugggs that another statement has locked are passed over, and looked at
    again.

    Raises NothingToCancel, HugggAtTill where tills hold all that is left, and Busy when concurrent calls
    won again and again.
    """
    ended_hugggs, race = EndedHugggs(), Race()
    sealed = await _sealed_reason(database, vault, transaction_id, reason)
    while True:
        left = at_tills = after = 0
        while rows := await database.rows(
            queries.cancellable, transaction_id=transaction_id, after=after, most=TOGETHER_MAX
        ):
            ids = [row["id"] for row in rows if not row["is_held"]]
            lot = await end_hugggs(
                database, ids, End.CANCELLED, at=rows[0]["now"], author=author, sealed_reason=sealed
            )
            ended_hugggs += lot
            left += len(ids) - lot.count
            at_tills += len(rows) - len(ids)
            after = rows[-1]["position"]
        if not left:
            break
        await race.lost()
    if not ended_hugggs.count:
        raise HugggAtTill if at_tills else NothingToCancel
    return CancelledHugggs(ended_hugggs, at_tills)


async def _sealed_reason(
    database: Database, vault: Vault, transaction_id: UUID, reason: str | None
) -> str | None:
    """Seal a reason under the person key of the buyer; none is kept where the buyer was erased."""
    if not reason:
        return None
    buyer_id = (await database.one(queries.buyer, transaction_id=transaction_id))["sender_id"]
    buyer = (await ensure_person_keys(database, vault, [buyer_id])).get(buyer_id)
    if buyer is None:
        return None
    return seal_reason(vault, reason, transaction_id=transaction_id, buyer=buyer)
