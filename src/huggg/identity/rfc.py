"""RFC 6749 and 7009: a body may be a form, and a form is refused by a code that clients read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from msgspec import Struct

from huggg.http.body import read_body
from huggg.http.form import is_form, read_form
from huggg.http.web import Request
from huggg.identity.errors import (
    BasicUnproven,
    ClientUnproven,
    CredentialsMissing,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    OAuthRefusal,
    UnauthorizedClient,
    UnknownGrant,
    UnsupportedGrantType,
    UserNeeded,
)
from huggg.kit.errors import Forbidden, Invalid, Malformed, Unauthenticated
from huggg.refusal import Refusal

IN_RFC_WORDS: dict[type[Refusal], type[OAuthRefusal]] = {
    ClientUnproven: InvalidClient,
    CredentialsMissing: InvalidClient,
    Unauthenticated: InvalidGrant,
    Forbidden: UnauthorizedClient,
    UnknownGrant: UnsupportedGrantType,
    Invalid: InvalidRequest,
    Malformed: InvalidRequest,
}
"""The code for each refusal of a form.

Limits and outages are not here: they have one answer for forms and JSON.
"""

OF_TOKENS = {"Pragma": "no-cache"}
"""Beside `Cache-Control: no-store`, which is on every answer that has secrets: RFC 6749, 5.1."""

BASIC = {"WWW-Authenticate": 'Basic realm="huggg", charset="UTF-8"'}

HINT = "Huggg-Hint"
"""Explains a published sentence, which stays as it is because clients compare it to the letter."""

HEADERS: dict[type[Refusal], Mapping[str, str]] = {
    Unauthenticated: {"WWW-Authenticate": "Bearer"},
    UserNeeded: {HINT: "This takes a user's access token or an API key, and a client's came."},
    OAuthRefusal: OF_TOKENS,
    InvalidClient: OF_TOKENS | BASIC,
    BasicUnproven: BASIC,
}
"""Headers of some refusals, beside their sentence."""

S = TypeVar("S", bound=Struct)


def read_either(request: Request, body: bytes, shape: type[S]) -> S:
    """Read a body, in JSON or as a form. Raises Malformed, Invalid."""
    return read_form(body, shape) if _is_form(request, body) else read_body(body, shape)


@contextmanager
def in_the_words_of(request: Request, body: bytes) -> Iterator[None]:
    """Let JSON be refused as published, and a form as RFC 6749 has it."""
    try:
        yield
    except Refusal as refusal:
        kinds = type(refusal).__mro__ if _is_form(request, body) else ()
        words = next((IN_RFC_WORDS[kind] for kind in kinds if kind in IN_RFC_WORDS), None)
        if words is None:
            raise
        raise words(str(refusal)) from None


def _is_form(request: Request, body: bytes) -> bool:
    return is_form(request.header(b"content-type"), body)
