"""Tokens: opaque, 256 random bits, with a prefix that secret scanners can look for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from huggg.kit.codes import random_text

TOKEN_SYMBOLS = 43  # of 62: 256 bits

ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(days=30)
"""No chain of refreshes outlives the login it came from by more."""

GRACE = timedelta(seconds=30)
"""The time for which a spent refresh token repeats its answer, because that may have been lost."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The tokens of a login; a client on its own gets no refresh token."""

    access: str
    refresh: str | None


def new_pair(*, refreshable: bool) -> TokenPair:
    """Draw fresh tokens."""
    refresh = f"huggg_rt_{random_text(TOKEN_SYMBOLS)}" if refreshable else None
    return TokenPair(f"huggg_at_{random_text(TOKEN_SYMBOLS)}", refresh)


class Exchange(StrEnum):
    """The possible treatments of a presented refresh token."""

    ROTATE = "rotate"  # first use: a new pair
    REPEAT = "repeat"  # again within the grace: the same pair
    REVOKE = "revoke"  # after the grace: the token was copied, end the session


def decide_exchange(*, spent_at: datetime | None, now: datetime) -> Exchange:
    """Tell a first use from a lost answer from a stolen token."""
    if spent_at is None:
        return Exchange.ROTATE
    return Exchange.REPEAT if now < spent_at + GRACE else Exchange.REVOKE
