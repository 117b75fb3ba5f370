"""Refusals of a catalogue file, and of entities that are not in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huggg.refusal import Kind, Refusal

PROBLEMS_MAX = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of a file and its position: the line, and the path for files that are all one line."""

    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        """Read `line 12, data[3].sale_price: expected int, got str`."""
        place = f"line {self.line}, {self.path}" if self.path else f"line {self.line}"
        return f"{place}: {self.reason}"


class BadCatalogue(Refusal):
    """The file is no catalogue, or contradicts itself or the stored one. Import took none of it."""

    kind = Kind.INVALID

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = len(problems) if total is None else total
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        count = "1 problem" if self.total == 1 else f"{self.total} problems"
        more = self.total - len(self.problems)
        return [
            f"The catalogue was refused, nothing was changed. It has {count}:",
            *(f"  {problem}" for problem in self.problems),
            *([f"  … and {more} more"] if more else []),
        ]


class BrandNotFound(Refusal):
    """The brand does not exist, or is no longer on sale. Worded as `huggg not found` is."""

    kind = Kind.NOT_FOUND
    sentence = "brand not found"


class ProductNotFound(Refusal):
    """The product does not exist, or cannot be bought any longer."""

    kind = Kind.NOT_FOUND
    sentence = "product not found"
