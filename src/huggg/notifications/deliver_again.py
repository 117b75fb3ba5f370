"""Deliver again: a gift goes to its receiver once more, to the same or to a corrected address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from asyncpg import Record
from msgspec import Struct

from huggg.database.pool import Database
from huggg.hugggs.errors import (
    HugggAlreadyCancelled,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggNotFound,
)
from huggg.hugggs.huggg import Huggg, State
from huggg.hugggs.reference import link_reference
from huggg.hugggs.store import huggg_from, lookup_huggg
from huggg.identity.caller import Caller
from huggg.kit.codes import Vault
from huggg.kit.email import clean_email, email_key
from huggg.kit.errors import Invalid
from huggg.kit.ids import new_id
from huggg.kit.phone import e164
from huggg.kit.race import Race
from huggg.notifications.addressee import UNREADABLE, Addressee, readable_addressee, seal_addressee
from huggg.notifications.delivery import Channel, DeliveryKind, DeliveryState, ShownDelivery
from huggg.notifications.errors import AwaitsPerson, DeliveriesUsedUp, DeliveryUnderway, NotReachable
from huggg.notifications.store import deliveries_of_huggg, delivery_from, queries
from huggg.people.store import ensure_person_keys
from huggg.refusal import Refusal

TIMES_MAX = 10
AGAIN_AFTER = timedelta(minutes=1)

ENDED: dict[State, type[Refusal]] = {
    State.REDEEMED: HugggAlreadySpent,
    State.CANCELLED: HugggAlreadyCancelled,
    State.EXPIRED: HugggAlreadyExpired,
}


class Correction(Struct, frozen=True):
    """The address or number to which a gift shall go from now on."""

    channel: Channel
    address: str


class GiftDelivery(Struct, frozen=True):
    """A gift's earlier delivery, as far as the decision needs it."""

    channel: Channel
    state: DeliveryState
    queued_at: datetime
    addressee: Addressee | None  # None: nothing is left to send to, or it was the receiver before a move


class FurtherDelivery(Struct, frozen=True):
    """The decision: a further delivery, in its slot. A correction takes the place of one that waits."""

    slot: str
    channel: Channel
    addressee: Addressee
    corrects: bool


def read_correction(*, email: str | None, phone_number: str | None) -> Correction | None:
    """Read a corrected address, or none. Raises Invalid, which names the field."""
    if email and phone_number:
        raise Invalid("email: cannot be given together with phone_number.")
    if email:
        return Correction(Channel.EMAIL, clean_email(email, "email"))
    if phone_number:
        return Correction(Channel.SMS, e164(phone_number, "phone_number"))
    return None


def decide_again(
    state: State,
    before: Sequence[GiftDelivery],
    correction: Correction | None,
    *,
    awaits_person: bool,
    now: datetime,
) -> FurtherDelivery:
    """Decide about sending a gift once more, after its deliveries `before`, the latest last.

    Raises, in this order, the refusal of a huggg that ended, AwaitsPerson, NotReachable,
    DeliveryUnderway, DeliveriesUsedUp.
    """
    if state in ENDED:
        raise ENDED[state]
    if awaits_person:
        raise AwaitsPerson
    latest = before[-1] if before else None
    addressee = latest.addressee if latest else None
    if correction is not None:
        name, language = (addressee.name, addressee.language) if addressee else (None, None)
        channel, target = correction.channel, Addressee(correction.address, name, language)
    elif latest is not None and addressee is not None:
        channel, target = latest.channel, addressee
    else:
        raise NotReachable
    is_same = latest is not None and addressee is not None and _spelling(addressee) == _spelling(target)
    is_waiting = latest is not None and latest.state is DeliveryState.QUEUED
    if latest is not None and is_same and (is_waiting or now - latest.queued_at < AGAIN_AFTER):
        raise DeliveryUnderway
    if len(before) >= TIMES_MAX:
        raise DeliveriesUsedUp
    return FurtherDelivery(str(len(before)) if before else "", channel, target, corrects=not is_same)


def _spelling(addressee: Addressee) -> str | None:
    """Fold an address, so that the same one in other letters is no correction."""
    address = addressee.address
    return email_key(address) if address and "@" in address else address


async def deliver_again(
    database: Database, vault: Vault, huggg: Huggg, correction: Correction | None, *, caller: Caller
) -> ShownDelivery:
    """Queue a gift once more, for its sender or a user whose role shows the order.

    A corrected address is that of the receiver whose link the caller saw. Raises HugggNotFound where
    that link finds nothing any more, the errors of `decide_again`, and Busy when concurrent calls won
    again and again.
    """
    lookup = lookup_huggg(database, link_reference(vault, huggg.codes.shortcode))
    race = Race()
    while True:
        huggg_row = await lookup.row()
        if huggg_row["id"] is None:
            raise HugggNotFound
        huggg = huggg_from(huggg_row, vault, has_code=False)
        rows = await deliveries_of_huggg(database, huggg.id)
        gifts = [row for row in rows if row["kind"] == DeliveryKind.GIFT]
        facts = await database.one(queries.sending_facts, huggg_id=huggg.id)
        before, now = [_gift(row, vault) for row in gifts], facts["now"]
        next_delivery = decide_again(
            huggg.state(now), before, correction, awaits_person=facts["awaits_person"], now=now
        )
        values = await _recipient(database, vault, huggg, next_delivery.addressee)
        row = await database.row(
            queries.deliver_again,
            huggg_id=huggg.id,
            link=huggg_row["codes"],
            slot=next_delivery.slot,
            corrects=next_delivery.corrects,
            earlier=len(gifts),
            delivery_id=new_id(),
            channel=next_delivery.channel,
            user_id=caller.user_id,
            client_id=caller.client_id,
            customer_id=caller.team_id or caller.required_user(),
            **values,
        )
        if row is not None:
            return delivery_from(row, address=next_delivery.addressee.address)
        await race.lost()


async def _recipient(
    database: Database, vault: Vault, huggg: Huggg, addressee: Addressee
) -> dict[str, Any]:
    """Seal an addressee, under the key of the huggg's receiver if the huggg has one."""
    person_id = huggg.receiver_id
    keys = await ensure_person_keys(database, vault, [person_id]) if person_id else {}
    key = keys.get(person_id) if person_id else None
    sealed = seal_addressee(vault, addressee, subject_id=huggg.id, key=key)
    return {"person_id": person_id if key else None, "sealed": sealed}


def _gift(row: Record, vault: Vault) -> GiftDelivery:
    return GiftDelivery(
        Channel(row["channel"]),
        DeliveryState(row["state"]),
        row["queued_at"],
        None if row["before_move"] else _addressee(row, vault),
    )


def _addressee(row: Record, vault: Vault) -> Addressee | None:
    addressee = readable_addressee(row, vault)
    return None if addressee is UNREADABLE else addressee
