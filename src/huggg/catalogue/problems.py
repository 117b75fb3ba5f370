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
        self._problems: list[tuple[JsonPath, str]] = []
        self._warnings: list[tuple[JsonPath, str, str]] = []

    def add(self, path: JsonPath, reason: str) -> None:
        """Add a problem: import cannot accept the value at this path."""
        self._problems.append((path, reason))

    def warn(self, path: JsonPath, reason: str, effect: str) -> None:
        """Add a warning: import accepts this value, with this oddity and this consequence."""
        self._warnings.append((path, reason, effect))

    def refuse_if_any(self, *, strict: bool = False) -> None:
        """Raise BadCatalogue when anything was noted; where `strict`, a warning is a problem too."""
        problems = list(self._problems)
        if strict:
            problems += [(path, f"{reason}: {effect}") for path, reason, effect in self._warnings]
        if problems:
            shown_problems = [self._problem(*problem) for problem in problems[:PROBLEMS_MAX]]
            raise BadCatalogue(shown_problems, len(problems))

    def warnings(self) -> list[str]:
        """Write the warnings, a line each; of similar ones the first few, and their number."""
        keyed_warnings = [
            ((_key(path), effect), (path, f"{reason}: {effect}"))
            for path, reason, effect in self._warnings
        ]
        keyed_warnings.sort(key=itemgetter(0))  # keeps the order of the file among those alike
        lines: list[str] = []
        for _, group in groupby(keyed_warnings, key=itemgetter(0)):
            lines += self._alike([warning for _, warning in group])
        return lines

    def _alike(self, warnings: list[tuple[JsonPath, str]]) -> Iterator[str]:
        yield from (str(self._problem(*problem)) for problem in warnings[:ALIKE_MAX])
        if len(warnings) > ALIKE_MAX:
            yield f"… and {len(warnings) - ALIKE_MAX:,} more like it"

    def _problem(self, path: JsonPath, reason: str) -> Problem:
        return Problem(self._source.line(path), path_text(path), reason)


def _key(path: JsonPath) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))
