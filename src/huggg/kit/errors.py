"""The refusals that every noun knows; each noun's own are in its `errors.py`."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class Malformed(Refusal):
    """The body is not JSON."""

    kind = Kind.MALFORMED
    example = "The body is not valid JSON."


class Invalid(Refusal):
    """The request is well-formed, but a value is not valid; the sentence names the field."""

    kind = Kind.INVALID
    example = "page: must be a whole number from 1 to 1000000000."


class Unauthenticated(Refusal):
    """The request has no valid token or credentials. Published for every endpoint."""

    kind = Kind.UNAUTHENTICATED
    sentence = "Authentication failed."


class Forbidden(Refusal):
    """The caller may not ask for this operation, on any object."""

    kind = Kind.FORBIDDEN
    sentence = "Forbidden."


class TooManyRequests(Refusal):
    """A limit is used up. The request changed nothing and may be sent again later."""

    kind = Kind.TOO_MANY
    sentence = "Too many requests. Please slow down."

    def __init__(self, wait_seconds: float, policy: str) -> None:
        """Keep the seconds after which to try again, and the name of the limit."""
        super().__init__()
        self.wait_seconds = wait_seconds
        self.policy = policy


def kept_refusal(name: str, sentence: str) -> Refusal:
    """Rebuild a refusal that was kept by the name of its class and its sentence.

    A name that another release kept and this one does not know is Invalid: its caller needs an answer.
    """
    kinds: list[type[Refusal]] = [Refusal]
    for kind in kinds:
        kinds += kind.__subclasses__()
    matching = (kind for kind in kinds if kind.__name__ == name)
    return next(matching, Invalid)(sentence)
