"""The guess guard: a lookup by a code that finds nothing counts against its caller."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller


def guess_guard(
    huggg: HugggReference, *, address: str, caller: Caller, guesses: Guesses
) -> AbstractAsyncContextManager[None]:
    """Guard a block that looks a huggg up: HugggNotFound is a miss, whether or not the huggg exists.

    So another's huggg costs a caller as much as one that does not exist, and tells as little. A client
    that shows hugggs speaks for all holders of its links: its misses are many people's. The guard stands
    within an idempotency key, as a kept refusal looks nothing up.
    """
    if huggg.id is not None:
        return nullcontext()
    return guesses.guard(
        caller.name,
        address,
        miss=HugggNotFound,
        for_many=caller.user_id is None and caller.shows_hugggs,
    )
