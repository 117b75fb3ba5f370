"""The list of guards in `docs/reference/mutants.md`: each mutant's killer, or why none can kill it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.mutants.guards import Guard, Key

LIST = Path(__file__).parents[2] / "docs" / "reference" / "mutants.md"
SHARE_KILLED_MIN = 0.95

ENTRY = re.compile(r"- `(?P<name>[^`]+)` — (?P<verdict>.+)")
TEST = re.compile(r"`(tests/[^`]+::[^`]+)`")
EQUIVALENT, SURVIVES = "equivalent: ", "survives"

HEAD = """\
# Mutants

Each line is a guard of a statement that writes, or of the schema, and the test that fails when the guard
is taken out. *Equivalent* means that no test can tell the mutant from the statement, for the reason
given; *survives* means that none of ours does. `make mutants` tries them all, and writes this page; with
`-` and a name behind it, as in `mutants-transactions.buy`, those of one statement. A test holds the page
to the source.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a guard, and the outcome of its mutant."""

    query: str
    name: str
    verdict: str

    @property
    def test(self) -> str | None:
        match = TEST.fullmatch(self.verdict)
        return match[1] if match else None

    @property
    def equivalent(self) -> bool:
        return self.verdict.startswith(EQUIVALENT)

    @property
    def survives(self) -> bool:
        return self.verdict.startswith(SURVIVES)

    @property
    def key(self) -> Key:
        return self.query, self.name


def listed() -> dict[Key, Entry]:
    """Read the list."""
    entries: dict[Key, Entry] = {}
    query = ""
    for line in LIST.read_text(encoding="utf-8").splitlines() if LIST.exists() else []:
        if line.startswith("## "):
            query = line.removeprefix("## ").strip()
        elif match := ENTRY.fullmatch(line):
            entry = Entry(query, match["name"], match["verdict"])
            entries[entry.key] = entry
    return entries


def write_list(entries: dict[Key, Entry], guards: list[Guard]) -> None:
    """Write the list, in the order of the guards; an entry without a guard is dropped."""
    kept = [entries[guard.key] for guard in guards if guard.key in entries]
    sections = [
        f"## {query}\n\n" + "".join(f"- `{entry.name}` — {entry.verdict}\n" for entry in group)
        for query, group in groupby(kept, key=lambda entry: entry.query)
    ]
    anew = LIST.with_suffix(".new")
    anew.write_text("\n".join([HEAD, *sections]), encoding="utf-8")
    anew.replace(LIST)


def share_killed(entries: Iterable[Entry]) -> float:
    """Give the share of killed mutants among those that can be killed."""
    killable = [entry for entry in entries if not entry.equivalent]
    return sum(entry.test is not None for entry in killable) / max(1, len(killable))


def missed(before: dict[Key, Entry], after: dict[Key, Entry]) -> list[Entry]:
    """Find the guards that a test noticed the absence of before, and none does now."""
    return [
        entry for key, entry in after.items() if entry.survives and key in before and before[key].test
    ]


def counted(entries: list[Entry]) -> str:
    equivalent = sum(entry.equivalent for entry in entries)
    survivors = sum(entry.survives for entry in entries)
    killed = len(entries) - equivalent - survivors
    return (
        f"{len(entries)} guards: {killed} killed, {equivalent} equivalent, {survivors} surviving."
        f" Of those that can be, {share_killed(entries):.1%} are killed."
    )
