"""The receivers of an order: how each is reached, and all that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from huggg.notifications.delivery import Channel
from huggg.people.person_key import PersonKey
from huggg.transactions.errors import UnknownReceiver

Receiver = UUID | str
"""A user's id, a phone number in E.164, or an e-mail address."""


@dataclass(frozen=True, slots=True)
class ReceiverDetails:
    """The buyer's words about one receiver, beside the way to reach them."""

    name: str | None = None
    message: str | None = None
    language: str | None = None


NO_DETAILS = ReceiverDetails()


@dataclass(frozen=True, slots=True)
class KnownReceiver:
    """A receiver that is a user already, and the channels by which messages reach them.

    `key` seals the data of a delivery that differ from their own.
    """

    id: UUID
    channels: frozenset[Channel] = frozenset()
    key: PersonKey | None = None


def is_email(receiver: Receiver) -> bool:
    """Tell an e-mail address from an id and a number."""
    return isinstance(receiver, str) and "@" in receiver


def channel_for(
    receiver: Receiver,
    user: KnownReceiver | None,
    *,
    method: str | None,
    set_up: frozenset[Channel],
) -> Channel | None:
    """Choose the channel of a receiver's message; None for one that gets none.

    The order's delivery method decides. Without one, an e-mail address is written to, as published a
    number gets an SMS, and a user gets a mail or else an SMS, where this server is set up for it.
    """
    if method in ("email", "sms"):
        return Channel(method)
    if method is not None:
        return None
    if is_email(receiver):
        return Channel.EMAIL
    reaching = {Channel.SMS} if isinstance(receiver, str) else user.channels if user else frozenset()
    return next((each for each in Channel if each in reaching and each in set_up), None)


def unknown_user(place: int) -> str:
    """Write the sentence about a receiver that is no user."""
    return f"purchase.receivers[{place}].user_id: no such user."


def check_known(receivers: Sequence[Receiver], user_ids: Collection[Receiver]) -> None:
    """Refuse receivers that are users no more, all of them by position. Raises UnknownReceiver."""
    problems = [unknown_user(place) for place, each in enumerate(receivers) if each not in user_ids]
    if problems:
        raise UnknownReceiver(" ".join(problems))


def check_receivers(
    receivers: Sequence[Receiver], users: Mapping[Receiver, KnownReceiver], *, method: str | None
) -> None:
    """Refuse an order with receivers that do not exist or cannot be reached, all of them by position.

    Raises UnknownReceiver.
    """
    problems = [*_problems(receivers, users, method)]
    if problems:
        raise UnknownReceiver(" ".join(problems))


def _problems(
    receivers: Sequence[Receiver], users: Mapping[Receiver, KnownReceiver], method: str | None
) -> Iterator[str]:
    for place, receiver in enumerate(receivers):
        if not isinstance(receiver, UUID):
            continue
        field = f"purchase.receivers[{place}].user_id"
        if receiver not in users:
            yield unknown_user(place)
        elif method == "email" and Channel.EMAIL not in users[receiver].channels:
            yield f"{field}: has no e-mail address."
        elif method == "sms" and Channel.SMS not in users[receiver].channels:
            yield f"{field}: has no phone number."
