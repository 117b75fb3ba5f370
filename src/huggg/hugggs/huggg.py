"""The huggg as a value, and the rules that need no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from huggg.kit.codes import random_texts

SHORTCODE_SYMBOLS = 16  # of 62: 95 bits, out of reach of any guessing
REDEEM_CODE_SYMBOLS = 6
REDEEM_CODE_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""People take 0 for o and 1 for l, so new codes have none of them. Codes of older releases may."""


class State(StrEnum):
    """The state of a huggg; a later one of this list wins over an earlier one."""

    UNSENT = "unsent"  # bought, without a receiver
    SCHEDULED = "scheduled"  # bought, to be sent on a day that has not come
    SENT = "sent"  # its receiver is known
    CLAIMED = "claimed"  # its receiver took it
    EXPIRED = "expired"  # its last day is over
    CANCELLED = "cancelled"  # taken back by its sender
    REDEEMED = "redeemed"  # spent


class HugggCodes(Struct, frozen=True, gc=False):
    """The two codes each huggg is born with: one for its link, one to type by hand."""

    shortcode: str
    redeem_code: str

    def packed(self) -> bytes:
        """Join them for sealing."""
        return f"{self.shortcode} {self.redeem_code}".encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> HugggCodes:
        """Undo `packed`."""
        shortcode, _, redeem_code = packed.decode().partition(" ")
        return cls(shortcode, redeem_code)


def new_codes(count: int) -> list[HugggCodes]:
    """Draw a shortcode and a redeem code for each of so many hugggs."""
    shortcodes = random_texts(count, SHORTCODE_SYMBOLS)
    redeem_codes = random_texts(count, REDEEM_CODE_SYMBOLS, REDEEM_CODE_ALPHABET)
    return list(map(HugggCodes, shortcodes, redeem_codes))


class Huggg(Struct, frozen=True, gc=False):
    """A huggg as its sender and receiver see it; `codes` are in clear.

    Made by the hundred thousand, so it is built by C and nothing the garbage collector has to walk.
    """

    id: UUID
    transaction_id: UUID
    sender_id: UUID
    receiver_id: UUID | None
    product_id: UUID
    message_id: UUID | None
    voucher_id: UUID | None
    redemption_id: UUID | None
    theme_id: str
    type: str
    expiry_date: date
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    sent_at: datetime
    assigned_at: datetime | None
    assigned_client: str | None
    viewed_at: datetime | None
    viewed_client: str | None
    cancelled_at: datetime | None
    image_url: str | None
    choice_id: UUID | None  # the choice that it was bought as
    codes: HugggCodes
    code: str = ""  # of its voucher, once it has one that shows a code
    reminders: str | None = None  # the slots in which its receiver was reminded, by blanks apart

    @property
    def owner_id(self) -> UUID:
        """Give the id of the user who may spend it: the receiver, or the sender while there is none."""
        return self.receiver_id or self.sender_id

    @property
    def awaits_pick(self) -> bool:
        """Tell whether its receiver has yet to pick a product: until then it is the choice itself."""
        return self.choice_id == self.product_id

    def is_expired(self, now: datetime) -> bool:
        """Tell whether its last day is over."""
        return now >= self.expires_at

    def state(self, now: datetime) -> State:
        """Derive the state at an instant."""
        if self.redemption_id is not None:
            return State.REDEEMED
        if self.cancelled_at is not None:
            return State.CANCELLED
        if self.is_expired(now):
            return State.EXPIRED
        if self.assigned_at is not None:
            return State.CLAIMED
        if now < self.sent_at:
            return State.SCHEDULED
        return State.SENT if self.receiver_id is not None else State.UNSENT

    def is_there_for(self, user_id: UUID | None, now: datetime) -> bool:
        """Tell whether it exists for a caller: see the function of this name."""
        return is_there_for(user_id, sender_id=self.sender_id, sent_at=self.sent_at, now=now)


def is_there_for(user_id: UUID | None, *, sender_id: UUID, sent_at: datetime, now: datetime) -> bool:
    """Tell whether a huggg exists for a caller: until it is sent, for its sender alone.

    Every lookup, voucher, redemption and question of a till asks this before anything else, so that a
    shortcode that leaks early tells as little as one that was never drawn.
    """
    return now >= sent_at or user_id == sender_id


@dataclass(frozen=True, slots=True)
class Message:
    """The sender's message for one huggg, known by its `message_id`."""

    id: UUID
    huggg_id: UUID
    sender_id: UUID
    created_at: datetime
    message: str
