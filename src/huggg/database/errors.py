"""Refusals of statements that got no answer from PostgreSQL."""

from __future__ import annotations

from huggg.refusal import Busy, Unavailable


class DatabaseAwayError(Unavailable):
    """PostgreSQL gave no trustworthy answer in time. The statement may have taken effect."""


class RowHeldError(Busy):
    """Another transaction held a row too long, or waited for one of ours; this one was rolled back."""


class TooManyWaiting(Busy):
    """The queue of calls is full, or too slow for the caller's turn to come in time."""
