"""A gift as its page shows it, and the rules that need no database: its state, and its next steps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.hugggs.huggg import Huggg, State
from huggg.identity.team import CodeViewers
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.integrations.integration import CodeOwner, Symbol


class PageState(StrEnum):
    """The states of a gift page; each has its own words and steps."""

    SCHEDULED = "scheduled"  # bought for a later day: the page tells the day, and nothing else
    CHOICE = "choice"  # its receiver has yet to pick one of several products
    WAITING = "waiting"  # not claimed yet
    CLAIMED = "claimed"
    CODE_SHOWN = "code shown"
    REDEEMED = "redeemed"
    MOVED = "moved"  # it has another link now
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NONE_LEFT = "none left"  # its brand has no code, or its group no huggg, to give
    UNKNOWN = "unknown"
    AWAY = "away"  # the database does not answer


OVER = frozenset(
    {PageState.REDEEMED, PageState.MOVED, PageState.CANCELLED, PageState.EXPIRED, PageState.UNKNOWN}
)
"""States in which a browser keeps nothing of the page."""

_STATES = {
    State.UNSENT: PageState.WAITING,
    State.SENT: PageState.WAITING,
    State.SCHEDULED: PageState.SCHEDULED,
    State.CLAIMED: PageState.CLAIMED,
    State.EXPIRED: PageState.EXPIRED,
    State.CANCELLED: PageState.CANCELLED,
    State.REDEEMED: PageState.REDEEMED,
}


class GiftRedemption(Struct, frozen=True):
    """The redemption of a gift, as its page tells it."""

    at: datetime
    location: str  # its name


class ShownGift(Struct, frozen=True):
    """The facts about one huggg that its page shows."""

    huggg: Huggg
    link: bytes  # its codes as they are sealed: a move seals others
    team_id: UUID | None  # of the sender, whose themes its page may have
    sender: str  # the team's name, or the user's own
    message: str | None
    redemption: GiftRedemption | None
    viewers: CodeViewers  # by the wish of its team
    thanked: bool
    version: int  # changes whenever another state has to be shown


class Show(StrEnum):
    """The ways in which a gift is shown at a till."""

    CODE = "code"
    SEGMENT = "segment"  # the recipient chooses a segment, and gets its code
    PIN = "pin"  # staff enter the store's PIN


class Steps(Struct, frozen=True):
    """The steps that a page offers to its reader."""

    show: Show | None = None
    claim: bool = False
    pick: bool = False
    thank: bool = False


CLAIM_FIRST = frozenset({Show.SEGMENT, Show.PIN})
"""Ways that need a form of their own: a page that waits to be claimed offers one thing at a time."""


def page_state(huggg: Huggg, *, now: datetime, code_shown: bool = False) -> PageState:
    """Tell the state of a huggg's page; `code_shown` for a reader who asked for the code."""
    state = _STATES[huggg.state(now)]
    if now < huggg.sent_at and state is PageState.CLAIMED:
        return PageState.SCHEDULED
    if huggg.awaits_pick and state in (PageState.WAITING, PageState.CLAIMED):
        return PageState.CHOICE
    if code_shown and state in (PageState.WAITING, PageState.CLAIMED):
        return PageState.CODE_SHOWN
    return state


def steps_of(gift: ShownGift, state: PageState, integration_id: int | None, *, may_show: bool) -> Steps:
    """Offer the steps that a gift in a state still has; `may_show` its code to this reader."""
    thank = not gift.thanked
    match state:
        case PageState.CHOICE:
            return Steps(pick=may_show)
        case PageState.WAITING:
            show = way_to_show(gift, integration_id)
            return Steps(claim=True, show=None if show in CLAIM_FIRST else show)
        case PageState.CLAIMED:
            return Steps(show=way_to_show(gift, integration_id) if may_show else None, thank=thank)
        case PageState.CODE_SHOWN | PageState.REDEEMED:
            return Steps(thank=thank)
    return Steps()


def way_to_show(gift: ShownGift, integration_id: int | None) -> Show:
    """Tell how a gift is shown at a till; a segment that was chosen is not asked for again."""
    integration = integration_of(integration_id)
    if integration.code_owner is CodeOwner.NONE:
        return Show.PIN
    if integration.per_segment and gift.huggg.voucher_id is None:
        return Show.SEGMENT
    return Show.CODE


def symbol_of(integration_id: int | None) -> Symbol:
    """Tell the form of a code, where its brand has not chosen one."""
    return integration_of(integration_id).shown_as
