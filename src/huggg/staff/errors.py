"""Refusals of staff."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class StaffNotFound(Refusal):
    """The merchant has no such member of staff, or the member works at another manager's locations."""

    kind = Kind.NOT_FOUND
    sentence = "staff not found"


class OwnRole(Refusal):
    """A manager would lower or disable their own account: perhaps the last one of the merchant."""

    kind = Kind.CONFLICT
    sentence = "Another manager changes your own role, or disables you."
