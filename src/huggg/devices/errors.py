"""Refusals of devices."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class PairingRefused(Refusal):
    """The pairing code is wrong, was used, or is older than ten minutes."""

    kind = Kind.NOT_FOUND
    sentence = "This pairing code is wrong or used up. Ask a manager for a new one."


class DeviceNotFound(Refusal):
    """The merchant has no such device, or it was revoked before."""

    kind = Kind.NOT_FOUND
    sentence = "device not found"
