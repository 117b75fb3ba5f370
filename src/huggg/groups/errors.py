"""Refusals of groups."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class GroupClosed(Refusal):
    """The group has no huggg to take: all are taken, or it is cancelled, or its last day is over."""

    kind = Kind.CONFLICT
    sentence = "No huggg of this group is left to claim."
