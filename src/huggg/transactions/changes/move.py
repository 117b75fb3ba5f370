"""Move: a huggg goes to another receiver, by a new link, and by a message where it was sent by one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import BoundStatement, Queries
from huggg.hugggs.errors import HugggCodeShown
from huggg.hugggs.huggg import Huggg, new_codes
from huggg.hugggs.reference import REDEEM_CODE
from huggg.hugggs.store import sealed_for
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.notifications.addressee import Addressee, seal_addressee
from huggg.notifications.delivery import Channel
from huggg.people.person_key import person_key
from huggg.people.store import ensure_person_keys
from huggg.transactions.changes.moved_message import message_for
from huggg.transactions.ends.end import Author
from huggg.transactions.errors import UnknownReceiver
from huggg.transactions.known_receivers import find_receiver
from huggg.transactions.newcomers import newcomer_values
from huggg.transactions.purchase import Newcomer
from huggg.transactions.receivers import KnownReceiver, Receiver, ReceiverDetails, channel_for

queries = Queries(__file__)


class PlannedDelivery(NamedTuple):
    """The slot of a message, and its channel; None: there is no message."""

    slot: str
    channel: Channel | None


async def plan_move(
    database: Database,
    vault: Vault,
    huggg: Huggg,
    receiver: UUID | str,
    details: ReceiverDetails,
    *,
    author: Author,
    set_up: frozenset[Channel],
    now: datetime,
) -> BoundStatement:
    """Plan a move: the statement that gives a huggg to another receiver under a new shortcode.

    It gives no row if the huggg changed since, and fails if the receiver was registered since. The
    receiver gets a message where the purchase was delivered by mail or SMS, by the name and in the
    language of `details`. `set_up` are the channels of this server. Raises UnknownReceiver, and
    HugggCodeShown: a code that the receiver before may have seen stays.
    """
    keeps_voucher = await _keeps_voucher(database, huggg)
    user = await find_receiver(database, vault, receiver)
    if user is None and isinstance(receiver, UUID):
        raise UnknownReceiver("receiver.user_id: no such user.")
    delivery = await _plan_delivery(database, huggg, receiver, user, set_up)
    return queries.move.with_values(
        huggg_id=huggg.id,
        **await _receiver_values(database, vault, huggg, details, user=user, address=str(receiver)),
        **_new_code_values(vault, huggg),
        voucher_id=huggg.voucher_id,
        keeps_voucher=keeps_voucher,
        seen_at=huggg.updated_at,
        slot=delivery.slot,
        channel=delivery.channel,
        delivery_id=new_id(),
        at=now,
        user_id=author.user_id,
        client_id=author.client_id,
    )


async def _receiver_values(
    database: Database,
    vault: Vault,
    huggg: Huggg,
    details: ReceiverDetails,
    *,
    user: KnownReceiver | None,
    address: str,
) -> dict[str, object]:
    """Give the receiver, who may be new, and the words for them, sealed under their key."""
    receiver_id = user.id if user else new_id()
    newcomer = newcomer_values(
        vault, None if user else Newcomer(receiver_id, address, details.name or "")
    )
    key = person_key(receiver_id, newcomer["person_key"])
    if user is not None:
        key = (await ensure_person_keys(database, vault, [receiver_id])).get(receiver_id)
    addressee = Addressee(name=details.name if user else None, language=details.language)
    return {
        "receiver_id": receiver_id,
        **newcomer,
        **await message_for(database, vault, huggg.id, key),
        "sealed": seal_addressee(vault, addressee, subject_id=huggg.id, key=key),
    }


def _new_code_values(vault: Vault, huggg: Huggg) -> dict[str, object]:
    """Draw other codes for a huggg; the old shortcode is remembered, so that its page says *moved*."""
    [codes] = new_codes(1)
    return {
        "codes": vault.seal(codes.packed(), bound_to=sealed_for(huggg.id)),
        "fingerprint": vault.fingerprint("shortcode", codes.shortcode),
        "redeem_fingerprint": vault.fingerprint(REDEEM_CODE, codes.redeem_code),
        "old_fingerprints": vault.fingerprints("shortcode", huggg.codes.shortcode),
    }


async def _keeps_voucher(database: Database, huggg: Huggg) -> bool:
    """Tell whether the voucher goes to the new receiver: its code was issued, and was not seen yet.

    Raises HugggCodeShown.
    """
    if huggg.voucher_id is None:
        return True
    row = await database.row(queries.code_before, huggg_id=huggg.id)
    if row is None or not row["issued"]:
        return False  # the code is the old shortcode
    if row["reached_receiver"] or huggg.viewed_at is not None or huggg.assigned_at is not None:
        raise HugggCodeShown
    return True


async def _plan_delivery(
    database: Database,
    huggg: Huggg,
    receiver: Receiver,
    user: KnownReceiver | None,
    set_up: frozenset[Channel],
) -> PlannedDelivery:
    row = await database.one(
        queries.deliveries_before, huggg_id=huggg.id, transaction_id=huggg.transaction_id
    )
    return plan_delivery(
        receiver, user, method=row["delivery_method"], gifts=row["gifts"], set_up=set_up
    )


def plan_delivery(
    receiver: Receiver,
    user: KnownReceiver | None,
    *,
    method: str | None,
    gifts: int,
    set_up: frozenset[Channel],
) -> PlannedDelivery:
    """Plan the message about a huggg that moves; `gifts` is the number of those to earlier receivers.

    A huggg that its sender handed out, as a link or on paper, gets no message.
    """
    by_method = {Channel(method)} if method in set(Channel) else set()
    if not gifts and not by_method:
        return PlannedDelivery("", None)
    channel = channel_for(receiver, user, method=None, set_up=set_up | by_method)
    return PlannedDelivery(str(gifts) if gifts else "", channel)
