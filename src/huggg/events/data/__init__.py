"""The data of events: one class for each set of keys, as `events.data` holds them.

A field with a default may be missing: it came with a later release, or one of several statements writes
it. Money is in pence.
"""

from __future__ import annotations

from msgspec import Struct


class EventData(Struct, frozen=True, kw_only=True):
    """The data of an event, beside its kind, subject, instant and author."""


class NoData(EventData, frozen=True):
    """Kind and subject say everything."""
