"""Claim: a receiver takes a huggg, and from then on it is theirs.

Without a named receiver the holder of the link may take it: a user of the API, or a browser that opened
the gift page. A purchase may limit how many of its hugggs one person takes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg import Record
from msgspec import Struct
from msgspec.structs import replace

from huggg.database.pool import Database
from huggg.hugggs.errors import ClaimLimitReached, HugggNotFound
from huggg.hugggs.huggg import Huggg, State
from huggg.hugggs.lifecycle import Change, Party, allow
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import huggg_from, queries
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.race import Race

ONE_CLAIM_OF_EACH_NUMBER = "one_claim_of_each_number"  # the index that says it a second time


class Claimer(Struct, frozen=True):
    """The person who claims; `key` tells people apart within a purchase.

    `browser` is the fingerprint of the secret that a browser holds from then on.
    """

    key: bytes
    client_id: str
    user_id: UUID | None = None
    browser: bytes | None = None


def claiming_user(caller: Caller) -> Claimer:
    """Take a user of the API for the claimer. Raises UserNeeded for a client without a user."""
    user_id = caller.required_user()
    return Claimer(user_id.bytes, caller.client_id, user_id=user_id)


def claiming_browser(secret: str, *, client_id: str) -> Claimer:
    """Take a browser for the claimer, by the secret that it was given."""
    browser = browser_fingerprint(secret)
    return Claimer(browser, client_id, browser=browser)


def browser_fingerprint(secret: str) -> bytes:
    """Fingerprint a browser's secret, which is random and long, so that no key is needed."""
    return hashlib.sha256(secret.encode()).digest()


async def claim(
    database: Database, vault: Vault, lookup: Lookup, *, claimer: Claimer
) -> tuple[Huggg, Record]:
    """Give the huggg of a lookup by `lookup_huggg` to its claimer; to a user also when they ask again.

    Gives the row that was read, too, by which an answer with the huggg's code notes that it shows it.

    Raises the errors of `decide_claim`, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        huggg = None if row["id"] is None else huggg_from(row, vault)
        claims = None if huggg is None else await _claims_left(database, huggg, claimer)
        claimed_huggg = decide_claim(
            huggg,
            claimer,
            has_one_left=claims is not None and _has_one_left(claims),
            is_claimer=claims is not None and claims["is_claimer"],
            now=row["now"],
        )
        assert claims is not None  # noqa: S101 - else it was refused
        next_day = claims["next_expiry_date"] is not None
        if claimed_huggg is huggg or await insert_claim(
            database,
            claimed_huggg,
            claimer,
            link=row["codes"],
            number=claims["claim_number"],
            begins_next_day=next_day,
        ):
            return (_with_next_day(claimed_huggg, claims) if next_day else claimed_huggg), row
        await race.lost()


def decide_claim(
    huggg: Huggg | None, claimer: Claimer, *, has_one_left: bool, is_claimer: bool, now: datetime
) -> Huggg:
    """Give a huggg to its claimer; `has_one_left` of the purchase's limit.

    A user who claimed it before, and whose answer may have been lost, gets it as it is.

    Raises HugggNotFound, also for one that is sent to another receiver, or not yet; HugggScheduled for
    its sender; HugggAlreadyClaimed, HugggAlreadySpent, HugggAlreadyCancelled, HugggAlreadyExpired;
    ClaimLimitReached.
    """
    if huggg is None or not huggg.is_there_for(claimer.user_id, now):
        raise HugggNotFound
    if not _may_take(huggg, claimer):
        raise HugggNotFound
    if is_claimer and claimer.user_id is not None and huggg.state(now) is State.CLAIMED:
        return huggg
    allow(Change.CLAIM, huggg.state(now), (Party.RECEIVER,))
    if not has_one_left:
        raise ClaimLimitReached
    return replace(
        huggg,
        receiver_id=claimer.user_id or huggg.receiver_id,
        assigned_at=now,
        assigned_client=claimer.client_id,
        viewed_at=huggg.viewed_at or now,
        viewed_client=huggg.viewed_client or claimer.client_id,
        updated_at=now,
    )


def _may_take(huggg: Huggg, claimer: Claimer) -> bool:
    """Let the named receiver, and a browser that holds the link, take it.

    Another user learns that a huggg is claimed, because a claim without a named receiver is a race.
    """
    is_addressed = huggg.receiver_id is not None and huggg.assigned_at is None
    return not is_addressed or claimer.user_id in (None, huggg.receiver_id)


def _with_next_day(huggg: Huggg, claims: Record) -> Huggg:
    return replace(huggg, expiry_date=claims["next_expiry_date"], expires_at=claims["next_expires_at"])


async def _claims_left(database: Database, huggg: Huggg, claimer: Claimer) -> Record:
    """Read the number that the claim would have, null without a limit and where none is left."""
    return await database.one(queries.claims_left, huggg_id=huggg.id, claimer=claimer.key)


def _has_one_left(claims: Record) -> bool:
    return claims["claim_limit"] is None or claims["claim_number"] is not None


async def insert_claim(
    database: Database,
    huggg: Huggg,
    claimer: Claimer,
    *,
    link: bytes,
    number: int | None,
    begins_next_day: bool = False,
) -> bool:
    """Record a claim; False if the huggg, or the claimer's number, was taken since the decision.

    `link` are the huggg's codes as the decision read them, sealed: it may have moved since. With
    `begins_next_day` the huggg has its next last day from then on.
    """
    try:
        row = await database.row(
            queries.claim,
            huggg_id=huggg.id,
            link=link,
            receiver_id=claimer.user_id,
            client_id=claimer.client_id,
            claimer=claimer.key,
            claim_number=number,
            begins_next_day=begins_next_day,
            browser=claimer.browser,
            now=huggg.assigned_at,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != ONE_CLAIM_OF_EACH_NUMBER:
            raise
        return False
    return row is not None
