"""Refusals: the ways in which a request can be turned down, each a small class with its reason.

A refusal is raised where the rule lives and knows nothing of HTTP; the table in `server/errors.py`
gives each class its status, and a test finds any class that is missing from it.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a malfunction
    """A request was understood and turned down; `str()` is the sentence the caller reads.

    The first line of a subclass's docstring is not shown: the sentence is `sentence`, published
    ones letter by letter.
    """

    sentence = ""
    example = ""  # of a sentence that depends on the case, for whoever reads about it
    code = ""  # of RFC 6749, in refusals of those requests whose clients read one

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(self.sentence if sentence is None else sentence)

    @classmethod
    def told(cls, sentence: str) -> dict[str, str]:
        """Give the members of the answer's JSON object."""
        return {"error": cls.code, "error_description": sentence} if cls.code else {"error": sentence}


class Malformed(Refusal):
    """The body is not JSON at all."""

    example = "The body is not valid JSON."


class Invalid(Refusal):
    """The request is well-formed and asks for something that cannot be; the sentence names the field."""

    example = "page: must be a whole number from 1 to 1000000000."


class Unauthenticated(Refusal):
    """No valid token, or credentials that open nothing. Published for every endpoint."""

    sentence = "Authentication failed."


class Forbidden(Refusal):
    """The caller is known and may not do this at all, whatever it is done to."""

    sentence = "Forbidden."


class UserNeeded(Forbidden):
    """The caller is a client on its own, and a user's access token or an API key is needed."""


class Unavailable(Refusal):
    """The database is away or too slow. What was asked may or may not have happened."""

    sentence = "Temporarily unavailable. Please try again."


class Busy(Unavailable):
    """Too much at once, or somebody holds what is needed. Nothing happened."""


class TooManyAtOnce(Busy):
    """So many requests are under way that one more would only make all of them slower."""


class TooManyRequests(Refusal):
    """A limit is used up. Nothing happened, and later it may."""

    sentence = "Too many requests. Please slow down."

    def __init__(self, wait_seconds: float, policy: str) -> None:
        """Say when another try makes sense, and which limit it was."""
        super().__init__()
        self.wait_seconds = wait_seconds
        self.policy = policy
