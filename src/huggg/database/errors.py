"""Why a statement has no answer."""

from __future__ import annotations

from huggg.refusal import Busy, Unavailable


class DatabaseAwayError(Unavailable):
    """No answer in time, or none that could be trusted. The statement may have happened."""


class RowHeldError(Busy):
    """Somebody holds a row for longer than we wait, or waits for one of ours; it was rolled back."""


class TooManyWaiting(Busy):
    """The queue is full, or moved so slowly that the caller's turn never came."""
