"""Collecting what is wrong with a file."""

from __future__ import annotations

from huggg.catalogue.errors import PROBLEMS_MAX, BadCatalogue, Problem
from huggg.catalogue.places import Place, Source, written


class Problems:
    """What is wrong with one file. Lines are looked up only for what gets told."""

    def __init__(self, text: bytes) -> None:
        self._source = Source(text)
        self._found: list[tuple[Place, str]] = []

    def add(self, place: Place, reason: str) -> None:
        """Note that what stands here cannot be taken."""
        self._found.append((place, reason))

    def refuse_if_any(self) -> None:
        """Raise BadCatalogue when anything was noted."""
        if self._found:
            some = [self._told(*found) for found in self._found[:PROBLEMS_MAX]]
            raise BadCatalogue(some, len(self._found))

    def _told(self, place: Place, reason: str) -> Problem:
        return Problem(self._source.line(place), written(place), reason)
