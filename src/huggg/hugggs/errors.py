"""Refusals to show or claim a huggg, in the published words where there are some."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class HugggNotFound(Refusal):
    """The id or shortcode is unknown, or the caller may not see the huggg, or not yet."""

    kind = Kind.NOT_FOUND
    sentence = "huggg not found"


class HugggNotYetSent(Refusal):
    """The huggg is scheduled for a later day. Only its sender gets this answer; others get 404."""

    kind = Kind.CONFLICT
    sentence = "huggg is scheduled and cannot be redeemed yet."


class HugggAlreadyClaimed(Refusal):
    """The huggg belongs to another receiver, who claimed it first."""

    kind = Kind.CONFLICT
    sentence = "huggg already claimed."
