"""The report of an import."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields

from asyncpg import Record


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers of new, changed and unchanged entities of one kind."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of a file's entities by outcome, and the warnings, a line each."""

    brands: Count
    products: Count
    stores: Count
    segments: Count
    locations: Count
    adjustment_codes: Count
    choices: Count
    warnings: Sequence[str] = ()

    @property
    def changed(self) -> bool:
        """Tell whether anything was written at all."""
        counts = self.counts().values()
        return any(count["created"] or count["updated"] for count in counts)

    def counts(self) -> dict[str, dict[str, int]]:
        """Give plain numbers, by kind."""
        return {name: asdict(count) for name, count in self._kinds()}

    def __str__(self) -> str:
        """Lay the numbers out as a table, and the warnings under it."""
        rows = [("", *(field.name for field in fields(Count)))]
        rows += [
            (name.replace("_", " "), *(f"{number:,}" for number in count.values()))
            for name, count in self.counts().items()
        ]
        table = [f"{row[0]:<16}" + "".join(f"{cell:>11}" for cell in row[1:]) for row in rows]
        warned = ["Imported with warnings:", *(f"  {line}" for line in self.warnings)]
        return "\n".join([*table, *(warned if self.warnings else ())])

    def _kinds(self) -> Iterator[tuple[str, Count]]:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Count):
                yield field.name, value


def count(keys: Collection[str], rows: Iterable[Record], rows_below: Iterable[Record] = ()) -> Count:
    """Count the new, changed and unchanged entities among those that a statement was given.

    `rows_below` name entities whose relations changed, even if their row did not.
    """
    created = {row["key"] for row in rows if row["created"]}
    touched = {row["key"] for row in rows} | {row["key"] for row in rows_below}
    return Count(len(created), len(touched - created), len(keys) - len(touched))
