"""Refusals of the till's own calls."""

from __future__ import annotations

from huggg.kit.errors import Forbidden
from huggg.refusal import Kind, Refusal


class KeyNotFound(Refusal):
    """No request of this caller came with the key, or it is forgotten."""

    kind = Kind.NOT_FOUND
    sentence = "idempotency key not found"


class BeyondRole(Forbidden):
    """The page or form needs a right that the role of the signed-in staff does not have."""

    sentence = "Your role does not allow this. Ask a manager."
