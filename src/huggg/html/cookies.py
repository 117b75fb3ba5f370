"""Cookies: sealed by this installation's keys, for this host and its pages alone.

A value is encrypted and authenticated as codes are (`kit/codes.py`), bound to its cookie's name, and
holds the instant at which it ends. A rotation of keys ends no cookie: each key opens all that it sealed
until it is taken away. `__Host-` keeps other hosts of the same domain from setting the cookie.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from huggg.http.web import Request
from huggg.kit.codes import SealBrokenError, Vault
from huggg.kit.sealed_text import read_sealed_text, sealed_text

T = TypeVar("T")

LENGTH_MAX = 3800
"""Characters of a sealed value: browsers drop a cookie of more than 4,096 bytes in all."""


class Cookie(Generic[T]):
    """A cookie, declared once: its name, the shape of its value, and how long it holds."""

    def __init__(self, name: str, shape: type[T], *, seconds: int) -> None:
        self._name = f"__Host-{name}"
        self._shape = tuple.__class_getitem__((int, shape))  # first the end, in seconds since 1970
        self._seconds = seconds
        self._bound_to = f"cookie\0{name}".encode()

    def line(self, value: T, vault: Vault, *, now: datetime) -> str:
        """Write the `Set-Cookie` line that gives a browser a value. Raises ValueError for a long one."""
        ends_at = int(now.timestamp()) + self._seconds
        sealed = vault.seal(msgspec.json.encode((ends_at, value)), bound_to=self._bound_to)
        text = sealed_text(sealed)
        if len(text) > LENGTH_MAX:
            raise ValueError(f"{self._name} is too long for a cookie")
        return self._line(text, self._seconds)

    def end(self) -> str:
        """Write the `Set-Cookie` line that takes the cookie away."""
        return self._line("", 0)

    def read(self, request: Request, vault: Vault, *, now: datetime) -> T | None:
        """Read the value; None where there is none, one that ended, or one that was not made here.

        Raises KeysInDoubtError: the key that sealed it may be lacking on this server alone.
        """
        texts = _values(request, self._name)
        if len(texts) != 1 or len(texts[0]) > LENGTH_MAX:  # two are not of this server's making
            return None
        try:
            plaintext = vault.open(read_sealed_text(texts[0]), bound_to=self._bound_to)
            ends_at, value = msgspec.json.decode(plaintext, type=self._shape)
        except (ValueError, SealBrokenError, msgspec.DecodeError):
            return None  # also for a value that another release gave another shape
        unexpired: T | None = value if now.timestamp() < ends_at else None
        return unexpired

    def _line(self, text: str, seconds: int) -> str:
        return f"{self._name}={text}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"


def _values(request: Request, name: str) -> list[str]:
    """List the values that a browser sends under a name; lines of HTTP/2 are one list here."""
    lines = (value.decode("latin-1") for key, value in request.scope["headers"] if key == b"cookie")
    pairs = (pair.strip().partition("=") for line in lines for pair in line.split(";"))
    return [value for key, _, value in pairs if key == name]
