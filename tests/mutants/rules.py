"""`python -m tests.mutants.rules`: have mutmut change the rules, and list changes that no test notices.

mutmut is told in `pyproject.toml` which modules to change. A change that survives is listed in
`docs/reference/mutants-of-rules.md`, with the reason why no test can tell, or why none needs to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "reference" / "mutants-of-rules.md"
MUTMUT = str(Path(sys.executable).with_name("mutmut"))
SURVIVES = "survives"
KILLED = {1, 3, 24, 36, 152, 255}
"""How a run of pytest ends that noticed: a failure, or no end in time."""

MODULE = re.compile(r"## `(?P<module>[^`]+)`: (?P<killed>\d+) of (?P<all>\d+) killed")
ENTRY = re.compile(r"- `(?P<old>[^`]+)` → `(?P<new>[^`]+)` — (?P<verdict>.+)")

HEAD = """\
# Mutants of the rules

mutmut changes the code that decides and computes without a database, in one place at a time, and
`tests/rules` must fail. This page lists each change on which they pass: *equivalent* means that no
test can tell the difference, for the reason given. `make mutants-rules` tries all changes, and writes
this page.
"""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test notices: a line, and its mutated form."""

    module: str
    old: str
    new: str
    verdict: str = SURVIVES

    @property
    def key(self) -> tuple[str, str, str]:
        return self.module, self.old, self.new


@dataclass(frozen=True, slots=True)
class Module:
    """A module, how many of its mutants there are, and how many of them are killed."""

    name: str
    mutants: int
    killed: int


def modules_listed() -> list[Module]:
    """Read the list's entries by module."""
    return [
        Module(match["module"], int(match["all"]), int(match["killed"]))
        for match in MODULE.finditer(LIST.read_text(encoding="utf-8"))
    ]


def modules_mutated() -> list[str]:
    """Name the modules that mutmut is told to change."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [path.removeprefix("src/huggg/") for path in project["tool"]["mutmut"]["only_mutate"]]


def survivors_listed() -> list[Survivor]:
    """Read the survivors."""
    survivors, module = [], ""
    for line in LIST.read_text(encoding="utf-8").splitlines() if LIST.exists() else []:
        if match := MODULE.fullmatch(line):
            module = match["module"]
        elif match := ENTRY.fullmatch(line):
            survivors.append(Survivor(module, match["old"], match["new"], match["verdict"]))
    return survivors


def share_killed(modules: list[Module], survivors: list[Survivor]) -> float:
    """Give the share of killed mutants among those that can be killed."""
    equivalent = sum(survivor.verdict.startswith("equivalent: ") for survivor in survivors)
    return sum(each.killed for each in modules) / (sum(each.mutants for each in modules) - equivalent)


def main() -> None:
    """Run mutmut, and write the list; end with 1 where a change survives that was not listed."""
    subprocess.run([MUTMUT, "run", *sys.argv[1:]], cwd=ROOT, check=True)
    verdicts = {survivor.key: survivor.verdict for survivor in survivors_listed()}
    sections, unlisted = [HEAD], []
    for name in modules_mutated():
        meta = ROOT / "mutants" / "src" / "huggg" / f"{name}.meta"
        ends: dict[str, int | None] = json.loads(meta.read_bytes())["exit_code_by_key"]
        left = [_survivor(name, mutant) for mutant, end in ends.items() if end not in KILLED]
        lines = [
            f"- `{each.old}` → `{each.new}` — {verdicts.get(each.key, SURVIVES)}\n" for each in left
        ]
        unlisted += [each for each in left if each.key not in verdicts]
        heading = f"## `{name}`: {len(ends) - len(left)} of {len(ends)} killed\n"
        sections.append("\n".join([heading, "".join(lines)]) if lines else heading)
    LIST.write_text("\n".join(sections), encoding="utf-8")
    if unlisted:
        sentence = "".join(f"\n  {each.module}: {each.old} → {each.new}" for each in unlisted)
        raise SystemExit(f"No test notices these changes of rules, which were not listed:{sentence}")


def _survivor(module: str, mutant: str) -> Survivor:
    shown = subprocess.run(
        [MUTMUT, "show", mutant], cwd=ROOT, check=True, capture_output=True, text=True
    )
    lines = shown.stdout.splitlines()
    old = " ".join(line[1:].strip() for line in lines if re.match(r"-(?!--)", line))
    new = " ".join(line[1:].strip() for line in lines if re.match(r"\+(?!\+\+)", line))
    return Survivor(module, old, new)


if __name__ == "__main__":
    main()
