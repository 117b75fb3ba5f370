"""Refusals: the reasons to turn a request down, each a small class.

A refusal is raised where its rule lives and knows nothing of HTTP. It names its kind; `server/errors.py`
gives each kind its status.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """The sort of a refusal, by which a program decides its next step."""

    MALFORMED = "malformed"  # the request cannot be read
    UNAUTHENTICATED = "unauthenticated"  # the credentials open nothing
    UNPAID = "unpaid"  # the wallet or the card does not pay
    FORBIDDEN = "forbidden"  # this caller may not
    NOT_FOUND = "not found"  # it does not exist, or this caller may not see it
    CONFLICT = "conflict"  # the thing is in another state than the request needs
    INVALID = "invalid"  # the request can be read, but a value is not valid
    TOO_MANY = "too many"  # a limit is used up
    UNAVAILABLE = "unavailable"  # a try later may succeed


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a malfunction
    """A request was understood and turned down; `str()` is the sentence that the caller reads.

    The OpenAPI document shows a subclass's docstring beside that sentence. Published sentences are
    kept letter by letter.
    """

    kind: ClassVar[Kind]
    sentence = ""
    example = ""  # of a sentence that depends on the case, for the API's documentation

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(self.sentence if sentence is None else sentence)

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - as Python hands it on
        """Raise TypeError for a refusal without a kind: it would have no status."""
        super().__init_subclass__(**options)
        if not hasattr(cls, "kind"):
            raise TypeError(f"{cls.__name__} names no kind")

    @classmethod
    def members(cls, sentence: str) -> dict[str, str]:
        """Give the members of the answer's JSON object."""
        return {"error": sentence}


class Unavailable(Refusal):
    """The database is away or too slow. The request may or may not have taken effect."""

    kind = Kind.UNAVAILABLE
    sentence = "Temporarily unavailable. Please try again."


class Busy(Unavailable):
    """The server has too many requests, or another one holds the row. This request changed nothing."""
