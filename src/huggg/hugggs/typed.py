"""A typed redeem code: the huggg that it means at the till where it was typed.

Six symbols are few, so one brand's tills find one brand's hugggs, and a code that two of them share
finds neither. The call goes on by the huggg's link, as if the till had sent its shortcode: after a move
both find nothing, and after a rotation of keys both find the huggg.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from huggg.hugggs.errors import HugggNotFound
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.reference import HugggReference
from huggg.hugggs.store import link_of_codes, queries
from huggg.identity.caller import Caller
from huggg.kit.platform import Platform


async def resolve_typed(
    platform: Platform, huggg: HugggReference, *, caller: Caller, guesses: Guesses
) -> HugggReference:
    """Turn a redeem code into the link of the one huggg that it means to this caller; pass others on.

    Call it within `guess_guard`, which counts a miss as it counts those of shortcodes. Raises
    HugggNotFound for a code that means none or several, and TooManyRequests.
    """
    if not huggg.redeem_fingerprints:
        return huggg
    async with _paced(caller, guesses):
        rows = await platform.database.rows(
            queries.typed, fingerprints=huggg.redeem_fingerprints, brand_id=caller.brand_id
        )
        if len(rows) != 1:
            raise HugggNotFound
    return link_of_codes(platform.vault, rows[0]["id"], rows[0]["codes"])


def _paced(caller: Caller, guesses: Guesses) -> AbstractAsyncContextManager[None]:
    """Count misses for the user and for the brand; a caller without a brand can only miss."""
    if caller.brand_id is None:
        return nullcontext()
    return guesses.typing(caller.key, str(caller.brand_id), miss=HugggNotFound)
