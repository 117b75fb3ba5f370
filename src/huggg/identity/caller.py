"""A caller: the client and perhaps the user behind a valid token or API key."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from huggg.identity.errors import UserNeeded
from huggg.identity.permissions import Scope, Standing
from huggg.identity.role import RIGHTS, Right, Role


class UserKind(StrEnum):
    """The kinds of user."""

    CUSTOMER = "customer"  # buys and receives
    MERCHANT = "merchant"  # acts for one brand at its tills
    OPERATOR = "operator"  # runs the platform


STANDINGS: dict[UserKind | None, Standing] = {
    None: Standing.CLIENT,
    **{kind: Standing(kind) for kind in UserKind},
}
"""The members by a user's kind: looking an enum's member up takes longer."""


class Caller(Struct, frozen=True, gc=False):
    """The authenticated caller. Only `authenticate` makes one from a request."""

    client_id: str
    user_id: UUID | None = None
    kind: UserKind | None = None
    team_id: UUID | None = None
    role: Role = Role.PARTICIPANT  # in that team
    brand_id: UUID | None = None
    every_location: bool = True
    location_ids: frozenset[str] = frozenset()
    shows_hugggs: bool = False  # the client may show any huggg to the holder of its link
    scopes: frozenset[Scope] | None = None  # of an API key; None: not limited by one

    @property
    def standing(self) -> Standing:
        """Give the kind of caller, for the table of permissions."""
        if self.scopes is not None:
            return Standing.KEY
        return STANDINGS[self.kind]

    @property
    def name(self) -> str:
        """Tell callers apart, for idempotency keys: the same key of another caller is another key."""
        return f"{self.client_id}/{self.user_id or ''}"

    @property
    def key(self) -> str:
        """Name the holder of the limits: a user through all clients, a client on its own, or a key."""
        return self.client_id if self.user_id is None else str(self.user_id)

    def required_user(self) -> UUID:
        """Name the user. Raises UserNeeded for a client calling on its own behalf."""
        if self.user_id is None:
            raise UserNeeded
        return self.user_id

    def may(self, right: Right) -> bool:
        """Tell whether the caller's role in their team allows it."""
        return self.team_id is not None and right in RIGHTS[self.role]

    def sight(self) -> dict[str, UUID | bool | None]:
        """Give the parameters of the SQL function `sees_orders_of`."""
        return {
            "own_team": self.team_id,
            "sees_team": self.may(Right.SEE_TEAM_ORDERS),
            "sees_subteams": self.may(Right.SEE_SUBTEAMS),
        }

    def acts_for(self, brand_ids: frozenset[UUID]) -> bool:
        """Tell whether this is staff of one of these merchants."""
        return self.brand_id is not None and self.brand_id in brand_ids

    def acts_at(self, location_id: str) -> bool:
        """Tell whether staff may stand at this till; its merchant is checked by `acts_for`."""
        return self.every_location or location_id in self.location_ids


def author(caller: Caller | None) -> dict[str, Any]:
    """Give the parameters by which an event names its author; a command of an operator has none."""
    if caller is None:
        return {"user_id": None, "client_id": None}
    return {"user_id": caller.user_id, "client_id": caller.client_id}
