"""A till's call about one huggg: guarded and counted, and once under a key where it takes one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from huggg.database.meter import outcome
from huggg.http.web import Request, Response, run_idempotently
from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.typed import resolve_typed
from huggg.identity.caller import Caller
from huggg.kit.idempotency import EncodedAnswer, Reservation
from huggg.kit.platform import Platform
from huggg.redemptions.wire import STATUSES
from huggg.refusal import Refusal

Effect = TypeVar("Effect")

KeyedAct = Callable[[HugggReference, Reservation[Effect]], Awaitable[Effect]]
"""A use case about the huggg that a till named, once a redeem code is turned into its link."""

UnkeyedAct = Callable[[HugggReference], Awaitable[Effect]]
"""The same of a use case that completes no key: sent again, it gives the same answer by itself."""


async def guarded_at_till(
    act: UnkeyedAct[Effect],
    huggg: HugggReference,
    *,
    request: Request,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    success: str,
) -> Effect:
    """Run a use case of the till within the guess guard, and count its outcome."""
    with outcome(platform.meter, "huggg_redemptions_total", success=success):
        address = request.context.address
        async with guess_guard(huggg, address=address, caller=caller, guesses=guesses):
            return await act(await resolve_typed(platform, huggg, caller=caller, guesses=guesses))


async def keyed_at_till(
    act: KeyedAct[Effect],
    huggg: HugggReference,
    *,
    request: Request,
    body: bytes,
    caller: Caller,
    platform: Platform,
    guesses: Guesses,
    success: str,
    encode: Callable[[Effect], EncodedAnswer],
) -> Response:
    """Run a use case of the till once under the request's key, guarded and counted as without one."""

    async def guarded(reservation: Reservation[Effect]) -> Effect:
        return await guarded_at_till(
            lambda reference: act(reference, reservation),
            huggg,
            request=request,
            caller=caller,
            platform=platform,
            guesses=guesses,
            success=success,
        )

    return await run_idempotently(
        request, platform, body, caller=caller.name, act=guarded, encode=encode
    )


async def or_instead(
    call: Awaitable[Response],
    refusal_class: type[Refusal],
    find_other: Callable[[], Awaitable[Response | None]],
) -> Response:
    """Give another answer in place of a refusal, raised or kept under a key, where there is one."""
    refusal: Refusal | None = None
    try:
        response = await call
    except refusal_class as error:
        refusal = error
    if refusal is None and response.status != STATUSES[refusal_class]:
        return response
    other = await find_other()
    if other is not None:
        return other
    if refusal is not None:
        raise refusal
    return response
