"""The token endpoint's shapes, as published on the pages of `POST /oauth/token`."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from huggg.identity.token import ACCESS_LIFE, TokenPair
from huggg.kit.body import Name, Prose
from huggg.kit.errors import Invalid


class TokenRequest(Struct):
    """The body of all three grants; which fields are needed depends on `grant_type`."""

    grant_type: Name
    client_id: Name | UnsetType = UNSET
    client_secret: Prose | UnsetType = UNSET
    username: Name | UnsetType = UNSET
    password: Prose | UnsetType = UNSET
    refresh_token: Prose | UnsetType = UNSET


class RevocationRequest(Struct, forbid_unknown_fields=True):
    """The body of `POST /oauth/revoke`, ours (RFC 7009 in JSON)."""

    token: Prose
    client_id: Name
    client_secret: Prose
    token_type_hint: Name | UnsetType = UNSET  # RFC 7009 allows it to be ignored


def needed(value: str | UnsetType, field: str) -> str:
    """Insist on a field that this grant cannot do without. Raises Invalid."""
    if value is UNSET:
        raise Invalid(f"{field}: is required.")
    assert isinstance(value, str)  # noqa: S101 - for the type checker
    return value


def token_answer(pair: TokenPair) -> dict[str, Any]:
    """Write the 200 body; `refresh_token` is there for users only."""
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "access_token": pair.access,
    }
    if pair.refresh is not None:
        answer["refresh_token"] = pair.refresh
    return answer
