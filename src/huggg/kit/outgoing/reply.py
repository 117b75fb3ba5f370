"""The reply to an outgoing request, and the error where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BODY_BYTES_MAX = 64 * 1024


class UnreachableError(Exception):
    """No answer that could be read: a host that is away, not to be called, too slow or too talkative."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of a service; its headers are named in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None  # none where there is more of it than BODY_BYTES_MAX
