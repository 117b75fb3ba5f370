"""Refusals: the ways in which a request can be turned down, each a small class with its reason.

A refusal is raised where its rule lives and knows nothing of HTTP. It names its kind; `server/errors.py`
gives each kind its status.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of refusal it is, which decides what a program does next."""

    MALFORMED = "malformed"  # the request cannot be read
    UNAUTHENTICATED = "unauthenticated"  # the credentials open nothing
    UNPAID = "unpaid"  # the wallet or the card does not pay
    FORBIDDEN = "forbidden"  # this caller may not
    NOT_FOUND = "not found"  # it does not exist, or this caller may not see it
    CONFLICT = "conflict"  # the thing is in another state than the request needs
    INVALID = "invalid"  # the request can be read, and asks for the impossible
    TOO_MANY = "too many"  # a limit is used up
    UNAVAILABLE = "unavailable"  # a try later may succeed


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a malfunction
    """A request was understood and turned down; `str()` is the sentence the caller reads.

    The first line of a subclass's docstring is not shown: the sentence is `sentence`, published
    ones letter by letter.
    """

    kind: ClassVar[Kind]
    sentence = ""
    example = ""  # of a sentence that depends on the case, for the API's documentation

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(self.sentence if sentence is None else sentence)

    def __init_subclass__(cls, **named: Any) -> None:  # noqa: ANN401 - as Python hands it on
        """Raise TypeError for a refusal without a kind: it would have no status."""
        super().__init_subclass__(**named)
        if not hasattr(cls, "kind"):
            raise TypeError(f"{cls.__name__} names no kind")

    @classmethod
    def told(cls, sentence: str) -> dict[str, str]:
        """Give the members of the answer's JSON object."""
        return {"error": sentence}


class Unavailable(Refusal):
    """The database is away or too slow. What was asked may or may not have happened."""

    kind = Kind.UNAVAILABLE
    sentence = "Temporarily unavailable. Please try again."


class Busy(Unavailable):
    """Too much at once, or somebody holds what is needed. Nothing happened."""
