"""The refusals that every noun knows; each noun's own are in its `errors.py`."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class Malformed(Refusal):
    """The body is not JSON at all."""

    kind = Kind.MALFORMED
    example = "The body is not valid JSON."


class Invalid(Refusal):
    """The request is well-formed and asks for something that cannot be; the sentence names the field."""

    kind = Kind.INVALID
    example = "page: must be a whole number from 1 to 1000000000."


class Unauthenticated(Refusal):
    """No valid token, or credentials that open nothing. Published for every endpoint."""

    kind = Kind.UNAUTHENTICATED
    sentence = "Authentication failed."


class Forbidden(Refusal):
    """The caller is known and may not do this at all, whatever it is done to."""

    kind = Kind.FORBIDDEN
    sentence = "Forbidden."


class TooManyRequests(Refusal):
    """A limit is used up. Nothing happened, and later it may."""

    kind = Kind.TOO_MANY
    sentence = "Too many requests. Please slow down."

    def __init__(self, wait_seconds: float, policy: str) -> None:
        """Say when another try makes sense, and which limit it was."""
        super().__init__()
        self.wait_seconds = wait_seconds
        self.policy = policy
