"""Collecting the problems and warnings of a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from huggg.catalogue.errors import PROBLEMS_MAX, BadCatalogue, Problem
from huggg.catalogue.json_text import JsonText
from huggg.kit.json_path import JsonPath, path_text

ALIKE_MAX = 3
"""The warnings with one text about one key that a report lists; a page may have hundreds of them."""


class Problems:
    """The problems and warnings of one file. Only the lines that the report lists are looked up."""

    def __init__(self, text: bytes) -> None:
        self._source = JsonText(text)
        self._found: list[tuple[JsonPath, str]] = []
        self._warned: list[tuple[JsonPath, str, str]] = []

    def add(self, path: JsonPath, reason: str) -> None:
        """Add a problem: import cannot accept the value at this path."""
        self._found.append((path, reason))

    def warn(self, path: JsonPath, what: str, effect: str) -> None:
        """Add a warning: import accepts this value, with this oddity and this consequence."""
        self._warned.append((path, what, effect))

    def refuse_if_any(self, *, strict: bool = False) -> None:
        """Raise BadCatalogue when anything was noted; where `strict`, a warning is a problem too."""
        problems = list(self._found)
        if strict:
            problems += [(path, f"{what}: {effect}") for path, what, effect in self._warned]
        if problems:
            shown_problems = [self._problem(*problem) for problem in problems[:PROBLEMS_MAX]]
            raise BadCatalogue(shown_problems, len(problems))

    def warnings(self) -> list[str]:
        """Write the warnings, a line each; of similar ones the first few, and their number."""
        keyed = [
            ((_key(path), effect), (path, f"{what}: {effect}")) for path, what, effect in self._warned
        ]
        keyed.sort(key=itemgetter(0))  # keeps the order of the file among those alike
        lines: list[str] = []
        for _, group in groupby(keyed, key=itemgetter(0)):
            lines += self._alike([warning for _, warning in group])
        return lines

    def _alike(self, warned: list[tuple[JsonPath, str]]) -> Iterator[str]:
        yield from (str(self._problem(*problem)) for problem in warned[:ALIKE_MAX])
        if len(warned) > ALIKE_MAX:
            yield f"… and {len(warned) - ALIKE_MAX:,} more like it"

    def _problem(self, path: JsonPath, reason: str) -> Problem:
        return Problem(self._source.line(path), path_text(path), reason)


def _key(path: JsonPath) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))
