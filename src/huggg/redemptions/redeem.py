"""Redeem: a huggg is spent at a location, once."""

from __future__ import annotations

from collections.abc import Callable

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.errors import Unavailable
from huggg.kit.idempotency import Answer, Reservation
from huggg.kit.ids import new_id
from huggg.redemptions.redemption import Redemption, decide_redemption
from huggg.redemptions.store import location_from, spendable_from

ATTEMPTS_MAX = 5

queries = Queries(__file__)


async def redeem(
    database: Database,
    vault: Vault,
    huggg: HugggReference,
    location_id: str | None,
    *,
    caller: Caller,
    reservation: Reservation,
    answer: Callable[[Redemption], Answer],
) -> Answer:
    """Redeem, and give the answer that was recorded with it.

    Raises what `decide_redemption` raises. Whoever loses a race decides anew and meets the refusal
    that the winner caused.
    """
    for _ in range(ATTEMPTS_MAX):
        row = await database.one(
            queries.spendable, id=huggg.id, fingerprints=huggg.fingerprints, location_id=location_id
        )
        redemption = decide_redemption(
            spendable_from(row), location_from(row), caller=caller, now=row["now"]
        )
        said = answer(redemption)
        if await record(database, vault, redemption, reservation, said):
            return said
    raise Unavailable


async def record(
    database: Database,
    vault: Vault,
    redemption: Redemption,
    reservation: Reservation,
    answer: Answer,
) -> bool:
    """Make the redemption happen; False when the huggg is no longer what the decision saw."""
    kept = reservation.completion(vault, answer, redemption.id)
    recorded = await database.rows(
        queries.redeem,
        ids=[redemption.id],
        huggg_ids=[redemption.huggg_id],
        brand_ids=[redemption.brand_id],
        location_ids=[redemption.location_id],
        user_ids=[redemption.user_id],
        client_ids=[redemption.client_id],
        instants=[redemption.created_at],
        transfer_ids=[new_id()],
        key_callers=[kept["key_caller"]],
        keys=[kept["key"]],
        key_attempts=[kept["key_attempt"]],
        key_statuses=[kept["key_status"]],
        key_answers=[kept["key_answer"]],
    )
    return bool(recorded)
