"""Refusals of log-ins and names; the common ones (`Unauthenticated`, `Forbidden`) are in the kit."""

from __future__ import annotations

from huggg.kit.errors import Forbidden, Invalid, Unauthenticated
from huggg.refusal import Busy, Kind, Refusal


class LoginBusy(Busy):
    """Too many passwords wait to be checked; another one would wait too long."""


class NameTaken(Refusal):
    """The username, client id or phone number is already in use."""

    kind = Kind.CONFLICT


class TeamNotFound(Refusal):
    """The team does not exist, or the caller may not see it."""

    kind = Kind.NOT_FOUND
    sentence = "team not found"


class ClientUnproven(Unauthenticated):
    """The client's id and secret, or its access token, are wrong or missing."""


class BasicUnproven(ClientUnproven):
    """The client's id and secret are wrong, and came by HTTP Basic, so the challenge is Basic's too."""


class CredentialsMissing(Invalid):
    """The grant needs the client's id and secret, and the request has one of them at most."""


class UnknownGrant(Invalid):
    """The token endpoint does not know this `grant_type`."""

    sentence = "grant_type: must be client_credentials, password or refresh_token."


class UserNeeded(Forbidden):
    """The operation needs a user's access token or an API key, and the caller is a client on its own."""


class OAuthRefusal(Refusal):
    """The token endpoint's refusal of a form: a code of RFC 6749 5.2 and a sentence."""

    kind = Kind.MALFORMED
    code = ""
    example = "client_id: is required."

    @classmethod
    def members(cls, sentence: str) -> dict[str, str]:
        """Give the members that RFC 6749 wants."""
        return {"error": cls.code, "error_description": sentence}


class InvalidRequest(OAuthRefusal):
    """The form lacks a parameter, repeats one, or is no form."""

    code = "invalid_request"


class InvalidClient(OAuthRefusal):
    """The client is unknown, its secret is wrong, or the form has no credentials."""

    kind = Kind.UNAUTHENTICATED
    code = "invalid_client"
    example = "Authentication failed."


class InvalidGrant(OAuthRefusal):
    """The username, the password or the refresh token is wrong."""

    code = "invalid_grant"
    example = "Authentication failed."


class UnauthorizedClient(OAuthRefusal):
    """The client may not log users in, or not this user."""

    code = "unauthorized_client"
    example = "Forbidden."


class UnsupportedGrantType(OAuthRefusal):
    """The token endpoint does not know the form's `grant_type`."""

    code = "unsupported_grant_type"
    example = UnknownGrant.sentence
