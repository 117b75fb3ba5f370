"""Presented: how a client proves itself at the token endpoint, by its id and secret or by its token."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_plus

from huggg.identity.errors import BasicUnproven, ClientUnproven, CredentialsMissing


class CredentialsBody(Protocol):
    """A body that may carry the client's credentials."""

    client_id: str | None
    client_secret: str | None


@dataclass(frozen=True, slots=True)
class PresentedCredentials:
    """A client's id and secret as they came, not yet checked; `unproven` is raised if they are wrong."""

    client_id: str
    secret: str
    unproven: type[ClientUnproven] = ClientUnproven


def presented(request: CredentialsBody, authorization: str | None) -> PresentedCredentials:
    """Take the credentials out of the body, or else out of the header.

    A body with both is enough: the header is then not looked at, as the published API's only public
    client sends its old token along with every refresh. Raises CredentialsMissing, BasicUnproven.
    """
    if request.client_secret is None and _scheme(authorization) == "basic":
        basic = _of_basic(authorization or "")
        if request.client_id not in (None, basic.client_id):
            raise BasicUnproven
        return basic
    if request.client_id is None:
        raise CredentialsMissing("client_id: is required.")
    if request.client_secret is None:
        raise CredentialsMissing("client_secret: is required.")
    return PresentedCredentials(request.client_id, request.client_secret)


def bears_token(authorization: str | None) -> bool:
    """Tell whether the header carries an access token, or tries to."""
    return _scheme(authorization) == "bearer"


def _scheme(authorization: str | None) -> str:
    return (authorization or "").partition(" ")[0].lower()


def _of_basic(authorization: str) -> PresentedCredentials:
    """Read HTTP Basic as RFC 6749 2.3.1 has it: both parts are form-encoded before they are joined."""
    try:
        joined = b64decode(authorization.partition(" ")[2].strip(), validate=True).decode()
        client_id, colon, secret = joined.partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except ValueError:
        raise BasicUnproven from None
    if not colon or "\0" in client_id:
        raise BasicUnproven
    return PresentedCredentials(client_id, secret, BasicUnproven)
