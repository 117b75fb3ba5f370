"""The life of a huggg: every change that may happen to it, as one table.

A row says which parties may make a change, from which state, to which state, where the value of the
huggg goes, and which event the change records. The statements of the nouns restate the states as guards.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from huggg.hugggs.errors import (
    CannotChangeHuggg,
    HugggAlreadyCancelled,
    HugggAlreadyClaimed,
    HugggAlreadyExpired,
    HugggAlreadySpent,
    HugggNotFound,
    HugggScheduled,
)
from huggg.hugggs.huggg import State
from huggg.refusal import Refusal


class Party(StrEnum):
    """A party that may change a huggg."""

    SENDER = "sender"  # its buyer
    TEAM = "team"  # a member of the buyer's team, or of its parent, whose role covers the order
    RECEIVER = "receiver"  # its receiver; without one, the holder of its link
    TILL = "till"
    OPERATOR = "operator"
    CLOCK = "clock"  # a worker, once an instant has come


class Change(StrEnum):
    """A change of a huggg."""

    SEND = "send"
    VIEW = "view"
    CLAIM = "claim"
    PICK = "pick"
    REDEEM = "redeem"
    UNREDEEM = "unredeem"
    CHANGE = "change"
    MOVE = "move"
    CANCEL = "cancel"
    EXPIRE = "expire"
    RETURN = "return"


class Money(StrEnum):
    """The way of a huggg's value when it changes."""

    STAYS = "stays"  # in the commitment account, or where it was
    POST = "post"  # to the merchant
    UNPOST = "unpost"  # back from the merchant
    VOID = "void"  # to the wallet or the card, as the refund policy says


class Transition(NamedTuple):
    """One row of the table."""

    change: Change
    parties: frozenset[Party]
    before: State
    after: State
    money: Money
    event: str


def _rows(
    change: Change,
    parties: Collection[Party],
    steps: Collection[tuple[State, State]],
    money: Money,
    event: str,
) -> list[Transition]:
    allowed = frozenset(parties)
    return [Transition(change, allowed, before, after, money, event) for before, after in steps]


_OPEN = (State.UNSENT, State.SENT)
_LIVE = (*_OPEN, State.CLAIMED)
_RECEIVERS = (Party.RECEIVER,)
_SENDERS = (Party.SENDER, Party.TEAM)
_TILLS = (Party.TILL, Party.RECEIVER, Party.SENDER)

TRANSITIONS: tuple[Transition, ...] = (
    *_rows(
        Change.SEND,
        (Party.CLOCK,),
        [(State.SCHEDULED, state) for state in _OPEN],
        Money.STAYS,
        "huggg.sent",
    ),
    *_rows(Change.VIEW, _RECEIVERS, [(state, state) for state in _OPEN], Money.STAYS, "huggg.viewed"),
    *_rows(
        Change.CLAIM,
        _RECEIVERS,
        [(state, State.CLAIMED) for state in _OPEN],
        Money.STAYS,
        "huggg.claimed",
    ),
    *_rows(
        Change.PICK,
        _RECEIVERS,
        [(state, state) for state in _LIVE],
        Money.STAYS,
        "huggg.picked",
    ),
    *_rows(
        Change.REDEEM,
        _TILLS,
        [(state, State.REDEEMED) for state in _LIVE],
        Money.POST,
        "huggg.redeemed",
    ),
    *_rows(
        Change.UNREDEEM,
        (Party.TILL,),
        [(State.REDEEMED, state) for state in _LIVE],
        Money.UNPOST,
        "huggg.unredeemed",
    ),
    *_rows(
        Change.CHANGE,
        _SENDERS,
        [(state, state) for state in (State.SCHEDULED, *_LIVE)],
        Money.STAYS,
        "huggg.changed",
    ),
    *_rows(
        Change.MOVE,
        _SENDERS,
        [(State.SCHEDULED, State.SCHEDULED), *((state, State.SENT) for state in _LIVE)],
        Money.STAYS,
        "huggg.moved",
    ),
    *_rows(
        Change.CANCEL,
        (*_SENDERS, Party.OPERATOR),
        [(state, State.CANCELLED) for state in (State.SCHEDULED, *_LIVE)],
        Money.VOID,
        "huggg.cancelled",
    ),
    *_rows(
        Change.EXPIRE,
        (Party.CLOCK,),
        [(state, State.EXPIRED) for state in _LIVE],
        Money.VOID,
        "huggg.expired",
    ),
    *_rows(
        Change.RETURN,
        (Party.CLOCK,),
        [(state, state) for state in (State.CANCELLED, State.EXPIRED)],
        Money.VOID,
        "huggg.returned",
    ),
)

_STOPPED: dict[State, type[Refusal]] = {
    State.SCHEDULED: HugggScheduled,
    State.CLAIMED: HugggAlreadyClaimed,
    State.REDEEMED: HugggAlreadySpent,
    State.CANCELLED: HugggAlreadyCancelled,
    State.EXPIRED: HugggAlreadyExpired,
}
"""The refusal of a change that a huggg in this state does not take."""


def allow(change: Change, state: State, parties: Collection[Party]) -> Transition:
    """Find the transition that a caller, who is these parties to the huggg, asks for.

    Raises HugggNotFound for a caller that is no party to it, CannotChangeHuggg for a party that may not
    make this change in any state, and the refusal of a state that does not take the change.
    """
    if not parties:
        raise HugggNotFound
    rows = [row for row in TRANSITIONS if row.change is change and row.parties & set(parties)]
    if not rows:
        raise CannotChangeHuggg
    for row in rows:
        if row.before is state:
            return row
    raise _STOPPED.get(state, CannotChangeHuggg)


def possible(state: State, parties: Collection[Party]) -> frozenset[Change]:
    """Name the changes that these parties may make of a huggg in this state."""
    roles = set(parties)
    return frozenset(row.change for row in TRANSITIONS if row.before is state and row.parties & roles)
