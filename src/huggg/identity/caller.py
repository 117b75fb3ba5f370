"""A caller: the client and perhaps the user behind a valid token."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from huggg.kit.errors import Forbidden


class UserKind(StrEnum):
    """What a person is to the platform."""

    CUSTOMER = "customer"  # buys and receives
    MERCHANT = "merchant"  # acts for one brand at its tills
    OPERATOR = "operator"  # runs the platform


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling. Only `authenticate` makes one from the outside."""

    client_id: str
    user_id: UUID | None = None
    kind: UserKind | None = None
    team_id: UUID | None = None
    brand_id: UUID | None = None
    every_location: bool = True
    location_ids: frozenset[str] = frozenset()
    shows_hugggs: bool = False  # the client may show any huggg to whoever holds its link

    @property
    def name(self) -> str:
        """Tell callers apart, for idempotency keys: the same key of another caller is another key."""
        return f"{self.client_id}/{self.user_id or ''}"

    def required_user(self) -> UUID:
        """Name the user. Raises Forbidden for a client calling on its own behalf."""
        if self.user_id is None:
            raise Forbidden
        return self.user_id

    def acts_for(self, brand_ids: frozenset[UUID]) -> bool:
        """Tell whether this is staff of one of these merchants."""
        return self.brand_id is not None and self.brand_id in brand_ids

    def acts_at(self, location_id: str) -> bool:
        """Tell whether staff may stand at this till; its merchant is checked by `acts_for`."""
        return self.every_location or location_id in self.location_ids
