"""A meter: counts and times for the operator's monitoring.

It is a port: counting code does not know the implementation. `metrics/series.py` lists the names with
their labels. Labels take values from small closed sets, never an id, a path or a caller's text.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from huggg.refusal import Refusal


class Meter(Protocol):
    """The port to which figures go."""

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Count something that happened."""

    def observe(self, name: str, value: float, *labels: str) -> None:
        """Note a size or a number of seconds, to be seen as a distribution."""


class NoMeter:
    """A meter that counts nothing, for commands and for tests of other things."""

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Let it pass."""

    def observe(self, name: str, value: float, *labels: str) -> None:
        """Let it pass."""


class outcome:  # noqa: N801 - read as a statement; a generator would cost the redeem path more
    """Counts the outcome of a block: `success`, or the class of its refusal."""

    __slots__ = ("_labels", "_meter", "_name", "_success")

    def __init__(self, meter: Meter, name: str, *labels: str, success: str) -> None:
        self._meter = meter
        self._name = name
        self._labels = labels
        self._success = success

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self._meter.count(self._name, *self._labels, self._success)
        elif issubclass(kind, Refusal):
            self._meter.count(self._name, *self._labels, kind.__name__)
