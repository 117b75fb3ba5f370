"""Refusals of notifications."""

from __future__ import annotations

from huggg.refusal import Kind, Refusal


class DeliveryUnderway(Refusal):
    """A message with this gift to the same address waits, or left less than a minute ago."""

    kind = Kind.CONFLICT
    sentence = "A message to this receiver is on its way already."


class DeliveriesUsedUp(Refusal):
    """The gift was sent as often as it may be."""

    kind = Kind.CONFLICT
    sentence = "huggg was sent as often as it may be."


class NotReachable(Refusal):
    """The huggg has no receiver with an address or a number, and the request names none."""

    kind = Kind.INVALID
    sentence = "email: is required, as this huggg has no receiver that a message reaches."


class AwaitsPerson(Refusal):
    """The huggg is of a group, which gives it to the next person who confirms an address."""

    kind = Kind.CONFLICT
    sentence = "huggg waits for a person of its group: share the group's link, or name a receiver first."


class NothingToPrint(Refusal):
    """No huggg of the purchase, or of this page of it, can still be used."""

    kind = Kind.NOT_FOUND
    sentence = "No huggg is left to print."
