"""The shapes of the token endpoint, as published, and of the logged-in user."""

from __future__ import annotations

from typing import Annotated, Literal

from asyncpg import Record
from msgspec import UNSET, Meta, Struct, UnsetType

from huggg.http.body import Name, Prose
from huggg.http.leniency import LenientBody
from huggg.http.published import Guid, Timestamp
from huggg.identity.caller import UserKind
from huggg.identity.token import ACCESS_LIFE, TokenPair
from huggg.kit.clock import timestamp
from huggg.people.personal_data import PersonalData

GRANTS = ("client_credentials", "password", "refresh_token")


class TokenRequest(LenientBody):
    """The body of all three grants: `grant_type` decides which fields are needed; a null is none."""

    grant_type: Annotated[Name, Meta(extra_json_schema={"enum": list(GRANTS)})]
    client_id: Name | None = None
    client_secret: Prose | None = None
    username: Name | None = None
    password: Prose | None = None
    refresh_token: Prose | None = None


class RevocationRequest(Struct, forbid_unknown_fields=True):
    """The body of `POST /oauth/revoke`, ours (RFC 7009)."""

    token: Annotated[
        Prose, Meta(description="An access token or a refresh token.", examples=["huggg_at_…"])
    ]
    client_id: Annotated[Name | None, Meta(examples=["k3v9x2m8q4t7w1z5"])] = None
    client_secret: Annotated[Prose | None, Meta(examples=["…"])] = None
    token_type_hint: Annotated[Name | None, Meta(description="Ignored, as RFC 7009 permits.")] = None


class TokenAnswer(Struct):
    """Tokens. A client on its own gets no refresh token."""

    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Meta(description="Seconds.", examples=[3600])]
    access_token: Annotated[str, Meta(examples=["huggg_at_…"])]
    refresh_token: Annotated[str, Meta(examples=["huggg_rt_…"])] | UnsetType = UNSET


class Revocation(Struct):
    """The empty answer to a revocation."""


USER_TYPES = {UserKind.CUSTOMER: 0, UserKind.MERCHANT: 1, UserKind.OPERATOR: 2}
UNKNOWN_RECIPIENT = 3
"""1 and 3 are published; the other two are ours."""


class PublishedUser(Struct):
    """The logged-in user."""

    id: Guid
    name: str
    team_id: Guid | None
    email: Annotated[str | None, Meta(description="The username of the log-in.")]
    phone_number: Annotated[str | None, Meta(description="E.164.", examples=["+447911123456"])]
    active: Annotated[int, Meta(ge=0, le=1)]
    type: Annotated[int, Meta(description="0 customer, 1 merchant, 2 operator, 3 recipient.")]
    role: Annotated[str, Meta(description="The user's role in the team.", examples=["participant"])]


class PublishedTeam(Struct):
    """A team of buyers with shared wallets; a subteam has a parent."""

    id: Guid
    created_at: Timestamp
    name: str
    parent_id: Guid | None


def token_answer(pair: TokenPair) -> TokenAnswer:
    """Write the 200 body; `refresh_token` is there for users only."""
    return TokenAnswer(
        token_type="Bearer",  # noqa: S106 - the scheme, not a secret
        expires_in=int(ACCESS_LIFE.total_seconds()),
        access_token=pair.access,
        refresh_token=UNSET if pair.refresh is None else pair.refresh,
    )


def published_user(row: Record, personal: PersonalData) -> PublishedUser:
    """Write a user."""
    return PublishedUser(
        id=row["id"],
        name=personal.name,
        team_id=row["team_id"],
        email=personal.username,
        phone_number=personal.phone_number,
        active=int(row["active"]),
        type=user_type(row),
        role=row["role"],
    )


def user_type(row: Record) -> int:
    """Give the published number of the kind of user; a user known by phone number alone is 3."""
    return UNKNOWN_RECIPIENT if row["unknown_recipient"] else USER_TYPES[UserKind(row["kind"])]


def published_team(row: Record) -> PublishedTeam:
    """Write a team."""
    return PublishedTeam(row["id"], timestamp(row["created_at"]), row["name"], row["parent_id"])
