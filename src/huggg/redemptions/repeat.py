"""Second scans: a till redeems the same huggg again within seconds, and asks for the first answer.

A clerk's scanner may read a code twice, or two clerks of one till may scan it. The published answer is
405. A till that prefers `repeat=15` (RFC 7240) gets the standing redemption, if it was made at this till
within the last 15 seconds.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from huggg.database.pool import Database
from huggg.hugggs.reference import HugggReference
from huggg.identity.caller import Caller
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.store import redeemed_from
from huggg.redemptions.unredeem import RedeemedLookup

SECONDS_MAX = 60

_REPEAT = re.compile(r"repeat\s*=\s*\"?([0-9]{1,4})\"?", re.ASCII | re.IGNORECASE)


def preferred_seconds(prefer: str) -> int | None:
    """Read `repeat` of a Prefer header; None where it is missing, or is no number of 1 to 60 seconds."""
    for preference in prefer.split(","):
        preference_match = _REPEAT.fullmatch(preference.partition(";")[0].strip())
        if preference_match is not None and 1 <= int(preference_match[1]) <= SECONDS_MAX:
            return int(preference_match[1])
    return None


def is_repeat(
    latest: Redemption,
    location_id: str | None,
    seconds: int,
    *,
    caller: Caller,
    now: datetime,
    by_any_user: bool = False,
) -> bool:
    """Tell whether this caller made the redemption at this location within so many seconds.

    `by_any_user`: the client is one till, at which one user follows another.
    """
    return (
        latest.redeemed
        and latest.client_id == caller.client_id
        and (by_any_user or latest.user_id == caller.user_id)
        and latest.location_id == location_id
        and now - latest.created_at <= timedelta(seconds=seconds)
    )


async def redeemed_just_now(
    database: Database,
    huggg: HugggReference,
    location_id: str | None,
    seconds: int,
    *,
    caller: Caller,
    by_any_user: bool = False,
) -> Redemption | None:
    """Give the redemption that stands, if it is a repeat as `is_repeat` says."""
    row = await RedeemedLookup(database, huggg, None).row()
    redemption = redeemed_from(row)
    if redemption is None or redemption.latest is None:
        return None
    repeats = is_repeat(
        redemption.latest,
        location_id,
        seconds,
        caller=caller,
        now=row["now"],
        by_any_user=by_any_user,
    )
    return redemption.latest if repeats else None
