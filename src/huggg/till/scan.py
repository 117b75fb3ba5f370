"""A scan on the till page: a scanned or typed text becomes a redemption, or the reason for none."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from huggg.hugggs.guess_guard import guess_guard
from huggg.hugggs.guessing import Guesses
from huggg.hugggs.reference import HugggReference, till_reference
from huggg.hugggs.typed import resolve_typed
from huggg.identity.caller import Caller
from huggg.kit.idempotency import EncodedAnswer
from huggg.kit.names import is_invisible
from huggg.kit.platform import Platform
from huggg.offline.scanned import huggg_of_code, is_offline_code
from huggg.redemptions.named import redeem_named
from huggg.redemptions.redeem import SpendableLookup
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.repeat import redeemed_just_now
from huggg.redemptions.reverse import reverse_redemption
from huggg.redemptions.sale import Sale
from huggg.redemptions.store import find_redemption
from huggg.redemptions.till_view import TillView, lookup_at_till, view_at_till
from huggg.refusal import Kind, Refusal
from huggg.till.clerk_words import clerk_words

CREATED = 201
REPEAT_SECONDS = 15
UNDO_FOR = timedelta(seconds=60)


class Outcome(StrEnum):
    """The outcome of a scan."""

    REDEEMED = "redeemed"
    REPEATED = "repeated"  # the same till redeemed it seconds ago
    REFUSED = "refused"


class Scan(Struct, frozen=True):
    """The outcome of a scan: `view` tells how to ring the huggg up, or `reason` why it was refused."""

    outcome: Outcome
    at: datetime
    redemption: Redemption | None = None
    view: TillView | None = None
    reason: str | None = None


class TooLateToUndo(Refusal):
    """Staff undo a redemption within a minute; supervisors take it back later."""

    kind = Kind.CONFLICT
    sentence = "A redemption can be undone for one minute. A supervisor takes it back later."


def code_in(text: str) -> str:
    """Take the code out of a scanned text: the address of a gift page ends with it.

    Chats and word processors add invisible signs to a text that is copied from them.
    """
    visible_text = "".join(sign for sign in text if not is_invisible(sign)).strip()
    return re.split("[?#]", visible_text, maxsplit=1)[0].rstrip("/").rpartition("/")[2]


async def scanned_huggg(platform: Platform, text: str) -> HugggReference:
    """Read the reference of a scanned or typed text. Raises HugggNotFound for a bad offline code."""
    if is_offline_code(code := text.strip()):
        return await huggg_of_code(platform, code)
    return till_reference(platform.vault, code_in(text))


async def scan(
    platform: Platform,
    guesses: Guesses,
    text: str,
    *,
    caller: Caller,
    location_id: str | None,
    redemption_id: UUID,
    sale: Sale,
    address: str,
    now: datetime,
    at_device: bool = False,
) -> Scan:
    """Redeem the huggg of a scanned text; a form that is sent twice has one effect.

    At a device a second scan is one by any staff, as clerks take turns there.

    Raises Unavailable; every other refusal is the scan's outcome.
    """
    try:
        huggg = await scanned_huggg(platform, text)
        async with guess_guard(huggg, address=address, caller=caller, guesses=guesses):
            reference = await resolve_typed(platform, huggg, caller=caller, guesses=guesses)
            lookup = SpendableLookup(platform.database, reference, location_id, sale)
            answer = await redeem_named(platform, lookup, redemption_id, caller=caller, encode=_encode)
    except Refusal as refusal:
        if refusal.kind is Kind.UNAVAILABLE:
            raise
        return Scan(Outcome.REFUSED, now, reason=clerk_words(refusal))
    if answer.status == CREATED:
        huggg_id = msgspec.json.decode(answer.body, type=UUID)
        redemption = await find_redemption(platform.database, huggg_id, redemption_id)
        return await _scan_of(platform, Outcome.REDEEMED, redemption, caller=caller, now=now)
    repetition = await redeemed_just_now(
        platform.database,
        reference,
        location_id,
        REPEAT_SECONDS,
        caller=caller,
        by_any_user=at_device,
    )
    if repetition is not None:
        return await _scan_of(platform, Outcome.REPEATED, repetition, caller=caller, now=now)
    return Scan(Outcome.REFUSED, now, reason=clerk_words(msgspec.json.decode(answer.body)["error"]))


async def undo(
    platform: Platform,
    huggg_id: UUID,
    redemption_id: UUID,
    *,
    caller: Caller,
    now: datetime,
    at_any_time: bool = False,
) -> None:
    """Take back a redemption of the last minute, or of any time.

    Raises TooLateToUndo, and the errors of `reverse_redemption`.
    """
    redemption = await find_redemption(platform.database, huggg_id, redemption_id)
    is_late = redemption is not None and redemption.redeemed and now - redemption.created_at > UNDO_FOR
    if is_late and not at_any_time:
        raise TooLateToUndo
    huggg = HugggReference(huggg_id, [])
    lookup = SpendableLookup(platform.database, huggg, None)
    await reverse_redemption(platform, lookup, redemption_id, caller=caller)


async def _scan_of(
    platform: Platform,
    outcome: Outcome,
    redemption: Redemption | None,
    *,
    caller: Caller,
    now: datetime,
) -> Scan:
    """Show how to ring up a redemption."""
    assert redemption is not None  # noqa: S101 - it was answered
    huggg = HugggReference(redemption.huggg_id, [])
    lookup = lookup_at_till(platform.database, huggg, redemption.location_id, brand_id=caller.brand_id)
    view = await view_at_till(platform.database, lookup, huggg, caller=caller, at_location=False)
    return Scan(outcome, now, redemption, view)


def _encode(redemption: Redemption) -> EncodedAnswer:
    """Keep under the key only which huggg it was; the page is written anew."""
    return EncodedAnswer(CREATED, msgspec.json.encode(redemption.huggg_id))
