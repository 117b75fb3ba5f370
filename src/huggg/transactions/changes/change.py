"""Change: the days, the receiver and the labels of hugggs that have not ended; never their message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from huggg.database.pool import Database
from huggg.database.queries import BoundStatement, Queries
from huggg.hugggs.errors import HugggAtTill, HugggNotFound
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lifecycle import Change, allow
from huggg.hugggs.lookup import Lookup
from huggg.hugggs.store import huggg_from, is_at_till
from huggg.hugggs.visible import Parties
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.race import Race
from huggg.notifications.delivery import Channel
from huggg.transactions.changes.label import check_label, label, plan_label
from huggg.transactions.changes.move import plan_move
from huggg.transactions.ends.end import TOGETHER_MAX, Author
from huggg.transactions.errors import NothingToChange
from huggg.transactions.receivers import NO_DETAILS, ReceiverDetails
from huggg.transactions.terms import SCHEDULED_AHEAD_MAX

queries = Queries(__file__)


@dataclass(frozen=True, slots=True)
class Changes:
    """The requested changes; None leaves as it is. `send_date` and `send_at` exclude each other."""

    expiry_date: date | None = None
    claim_expiry_date: date | None = None  # of hugggs that have a next last day
    send_date: date | None = None
    send_at: datetime | None = None
    receiver: UUID | str | None = None
    receiver_details: ReceiverDetails = NO_DETAILS  # name and language; never a message
    title: str | None = None
    reason_code: str | None = None

    @property
    def sends(self) -> bool:
        """Tell whether the day of sending changes."""
        return self.send_date is not None or self.send_at is not None

    @property
    def days(self) -> bool:
        """Tell whether any day changes."""
        return self.sends or self.expiry_date is not None or self.claim_expiry_date is not None

    @property
    def new_labels(self) -> dict[str, str | None]:
        """Give the labels of the purchase that change; an empty text takes a label away."""
        requested = {"title": self.title, "reason_code": self.reason_code}
        return {name: text or None for name, text in requested.items() if text is not None}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of the days of one huggg, or the strictest ones of several."""

    now: datetime
    today: date  # where the brand is
    are_scheduled: bool
    last_sent_on: date
    last_day: date  # that the merchant grants
    expiry_days: int
    first_expiry: date  # the last day to redeem
    sends_on: date | None  # the requested day of sending, where the brand is
    first_claim: date | None = None  # the last day to claim, of hugggs that have one
    last_claim: date | None = None


def decide_days(changes: Changes, bounds: Bounds) -> None:
    """Check the requested days against today, each other, and the merchant's days of validity.

    Raises Invalid, which names the field.
    """
    sent_on, last_day = bounds.last_sent_on, bounds.last_day
    if bounds.sends_on is not None:
        _check_sending(changes, bounds, bounds.sends_on)
        sent_on = bounds.sends_on
        last_day = sent_on + timedelta(days=bounds.expiry_days)
    expires_on = changes.expiry_date or bounds.first_expiry
    field = "expiryDate" if changes.expiry_date else "sendDate"
    first = max(sent_on, bounds.today)
    if expires_on < first:
        raise Invalid(f"{field}: the last day would be {expires_on}, which is before {first}.")
    if changes.expiry_date is not None and expires_on > last_day:
        raise Invalid(f"expiryDate: must not be after {last_day}.")
    _check_claiming(changes, bounds, first=first, expires_on=expires_on)


def _check_claiming(changes: Changes, bounds: Bounds, *, first: date, expires_on: date) -> None:
    """Check that the last day to claim lies between the first day and the last day to redeem."""
    claimed_by = changes.claim_expiry_date
    if bounds.first_claim is None or bounds.last_claim is None:
        if claimed_by is not None:
            raise Invalid("claimExpiryDate: no huggg has a last day to claim any more.")
        return
    if (claimed_by or bounds.first_claim) < first:
        field = "claimExpiryDate" if claimed_by else "sendDate"
        raise Invalid(f"{field}: the last day to claim would be before {first}.")
    if (claimed_by or bounds.last_claim) > expires_on:
        field = "claimExpiryDate" if claimed_by else "expiryDate"
        raise Invalid(f"{field}: the last day to claim would be after {expires_on}, the last day.")


def _check_sending(changes: Changes, bounds: Bounds, sends_on: date) -> None:
    if not bounds.are_scheduled:
        raise Invalid("sendDate: is over, and cannot be changed any more.")
    is_past = changes.send_at is not None and changes.send_at < bounds.now
    if sends_on < bounds.today or is_past:
        raise Invalid("sendDate: must not be in the past.")
    if sends_on > bounds.today + SCHEDULED_AHEAD_MAX:
        raise Invalid(f"sendDate: must be at most {SCHEDULED_AHEAD_MAX.days} days ahead.")


async def change_huggg(
    database: Database,
    vault: Vault,
    lookup: Lookup,
    changes: Changes,
    *,
    parties: Parties,
    author: Author,
    set_up: frozenset[Channel] = frozenset(),
) -> UUID:
    """Change the huggg of a lookup by `lookup_huggg`, and its purchase's labels; returns its id.

    A new receiver gets a message where the purchase was delivered by mail or SMS, by the channels that
    are `set_up`. Raises HugggNotFound for a stranger, CannotChangeHuggg for its receiver,
    HugggAlreadySpent, HugggAlreadyCancelled, HugggAlreadyExpired, HugggAtTill, HugggCodeShown,
    UnknownReceiver, Invalid, and Busy when concurrent calls won again and again.
    """
    race = Race()
    while True:
        row = await lookup.row()
        huggg = None if row["id"] is None else huggg_from(row, vault)
        callers_parts = await parties(row)
        if huggg is None:
            raise HugggNotFound
        change = Change.CHANGE if changes.receiver is None else Change.MOVE
        allow(change, huggg.state(row["now"]), callers_parts)
        if await _change_one(
            database, vault, huggg, changes, author=author, set_up=set_up, now=row["now"]
        ):
            return huggg.id
        touches_huggg = changes.days or changes.receiver is not None
        if touches_huggg and await is_at_till(database, huggg.id):
            raise HugggAtTill
        await race.lost()


async def _change_one(
    database: Database,
    vault: Vault,
    huggg: Huggg,
    changes: Changes,
    *,
    author: Author,
    set_up: frozenset[Channel],
    now: datetime,
) -> bool:
    """Check all that is asked, then record all of it.

    False, and no change, if the huggg or the labels changed since.
    """
    purchase_id = huggg.transaction_id
    move, days, labels = [], [], []
    if changes.days:
        bounds = await _bounds(database, purchase_id, huggg.id, changes)
        if bounds is None:
            return False
        decide_days(changes, bounds)
        days.append(_plan_days([huggg.id], changes, author=author, now=now))
    if changes.new_labels:
        labels.append(await plan_label(database, vault, purchase_id, changes.new_labels, author))
    if changes.receiver is not None:
        receiver, details = changes.receiver, changes.receiver_details
        plan = plan_move(
            database, vault, huggg, receiver, details, author=author, set_up=set_up, now=now
        )
        move.append(await plan)
    # The move comes first: it tells by the instant of the last change that the huggg is as it was.
    statements = [*move, *days, *labels]
    if len(statements) > 1:
        people = [each for each in (huggg.sender_id, huggg.receiver_id) if each is not None]
        statements.insert(0, queries.hold_keys.with_values(people_ids=people))
    try:
        return await database.all_or_none(statements)
    except asyncpg.UniqueViolationError:  # the new receiver was registered meanwhile
        return False


async def change_transaction(
    database: Database, vault: Vault, transaction_id: UUID, changes: Changes, *, author: Author
) -> None:
    """Change all hugggs of a purchase that have not ended, and its labels.

    Raises Invalid, NothingToChange where days are asked for and no huggg is left, and Busy when
    concurrent calls won again and again.
    """
    if changes.receiver is not None:
        raise Invalid("receiver: belongs to one huggg, and is changed there.")
    await check_label(database, vault, transaction_id, changes.new_labels)
    if changes.days:
        bounds = await _bounds(database, transaction_id, None, changes)
        if bounds is None:
            raise NothingToChange
        decide_days(changes, bounds)
        after = 0
        while rows := await database.rows(
            queries.changeable, transaction_id=transaction_id, after=after, most=TOGETHER_MAX
        ):
            ids = [row["id"] for row in rows]
            days = _plan_days(ids, changes, author=author, now=rows[0]["now"])
            await database.all_or_none([days])
            after = rows[-1]["position"]
    await label(database, vault, transaction_id, changes.new_labels, author)


async def _bounds(
    database: Database, transaction_id: UUID, huggg_id: UUID | None, changes: Changes
) -> Bounds | None:
    row = await database.one(
        queries.change_facts,
        transaction_id=transaction_id,
        huggg_id=huggg_id,
        send_date=changes.send_date,
        send_at=changes.send_at,
    )
    if not row["hugggs"]:
        return None
    return Bounds(**{name: row[name] for name in Bounds.__slots__})


def _plan_days(ids: list[UUID], changes: Changes, *, author: Author, now: datetime) -> BoundStatement:
    """Plan the statement that changes the days of hugggs; it gives a row for each that it changes."""
    return queries.change.with_values(
        ids=ids,
        sends=changes.sends,
        expiry_date=changes.expiry_date,
        claim_expiry_date=changes.claim_expiry_date,
        send_date=changes.send_date,
        send_at=changes.send_at,
        at=now,
        user_id=author.user_id,
        client_id=author.client_id,
    )
