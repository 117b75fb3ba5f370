"""Refusals of holds."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class HoldNotFound(Refusal):
    """The huggg has no such hold, or the hold is another merchant's."""

    kind = Kind.NOT_FOUND
    sentence = "hold not found"


class HoldReversed(Refusal):
    """The hold was reversed, and cannot be confirmed any more."""

    kind = Kind.CONFLICT
    sentence = "hold already reversed."


class HoldLapsed(Refusal):
    """The time of the hold ran out before it was confirmed. The huggg may be held or redeemed again."""

    kind = Kind.CONFLICT
    sentence = "hold has lapsed."
