"""Why a caller was turned away; the common ones (`Unauthenticated`, `Forbidden`) are in the kit."""

from __future__ import annotations

from huggg.kit.errors import Busy, Refusal


class LoginBusy(Busy):
    """More passwords are waiting to be checked than can be within the caller's patience."""


class NameTaken(Refusal):
    """A username, client id or phone number already belongs to somebody."""


class TeamNotFound(Refusal):
    """No such team, or one that is not the caller's to see."""

    sentence = "team not found"
