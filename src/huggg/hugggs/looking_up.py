"""Looking a huggg up by what a caller wrote: by its id freely, by a code under watch."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from huggg.http.web import Request
from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller


def looking_up(
    huggg: HugggReference, *, request: Request, caller: Caller, guesses: Guesses
) -> AbstractAsyncContextManager[None]:
    """Stand around whatever looks a huggg up; not finding it by its code is a miss, there or not.

    So what is not the caller's to see costs them as much as what does not exist, and tells as little.
    A client that shows hugggs speaks for whoever holds a link: its misses are many people's.
    Stand close: within an idempotency key, as its kept refusal is a look-up no more.
    """
    if huggg.id is not None:
        return nullcontext()
    return guesses.looking_up(
        caller.name,
        request.context.address,
        miss=HugggNotFound,
        for_many=caller.user_id is None and caller.shows_hugggs,
    )
