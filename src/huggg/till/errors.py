"""Refusals of the till's own calls."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class KeyNotFound(Refusal):
    """No request of this caller came with the key, or it is forgotten."""

    kind = Kind.NOT_FOUND
    sentence = "idempotency key not found"
