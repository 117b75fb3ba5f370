"""The list of guards is held to the source: see `tests/mutants`."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.mutants import rules
from tests.mutants.guards import Guard, Key, statement_guards
from tests.mutants.listed import SHARE_KILLED_MIN, Entry, listed, missed, share_killed
from tests.mutants.schema import schema_guards

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def entries() -> dict[Key, Entry]:
    return listed()


@pytest.fixture(scope="module")
def guards() -> list[Guard]:
    return [*statement_guards(), *schema_guards()]


def test_every_guard_is_listed(entries: dict[Key, Entry], guards: list[Guard]) -> None:
    unlisted = [guard for guard in guards if guard.key not in entries]
    names = " ".join(sorted({guard.query for guard in unlisted}))
    assert not unlisted, (
        "These guards are not in docs/reference/mutants.md. Have their lines written by `python -m"
        f" tests.mutants --new --tests TEST … -- {names}`, where TEST is the file or the test that fails"
        " without them, and commit the page:\n" + "\n".join(map(str, unlisted))
    )


def test_every_line_is_a_guard_of_the_source(entries: dict[Key, Entry], guards: list[Guard]) -> None:
    gone = sorted(set(entries) - {guard.key for guard in guards})
    assert not gone, (
        "These lines of docs/reference/mutants.md name guards that are nowhere. `make"
        " mutants-list` takes them out, and tells what is not listed yet:\n"
        + "\n".join(": ".join(key) for key in gone)
    )


TWICE = """
from tests.mutants import plugin
plugin.watch_loading()
plugin.watch_running()
from huggg.keys import check
for _ in range(2):
    with plugin.noting() as names:
        check.queries.begin.sql
    print(*names)
"""


def test_a_statement_is_noted_for_each_test_that_uses_it() -> None:
    python = subprocess.run([sys.executable, "-c", TWICE], cwd=ROOT, capture_output=True, check=True)
    assert python.stdout.decode().split() == ["keys.roll_call.begin"] * 2


def test_every_test_that_kills_a_mutant_exists(entries: dict[Key, Entry]) -> None:
    test_names = {entry.test for entry in entries.values() if entry.test}
    assert sorted(test for test in test_names if not _exists(test)) == []


def test_every_line_says_what_kills_the_mutant_or_why_nothing_can(
    entries: dict[Key, Entry],
) -> None:
    unclear = [
        entry
        for entry in entries.values()
        if not (entry.test or entry.survives or len(entry.verdict) > len("equivalent: no"))
    ]
    assert unclear == []


def test_nearly_every_mutant_is_killed(entries: dict[Key, Entry]) -> None:
    assert share_killed(entries.values()) >= SHARE_KILLED_MIN


@pytest.mark.parametrize(
    ("before", "after", "noticed"),
    [
        ("`tests/storage/test_x.py::test_y`", "survives", False),
        ("`tests/storage/test_x.py::test_y`", "`tests/storage/test_x.py::test_z`", True),
        ("`tests/storage/test_x.py::test_y`", "equivalent: the join picks the same rows", True),
        ("survives", "survives", True),
        (None, "survives", True),
    ],
)
def test_a_guard_that_no_test_notices_any_more_is_told(
    before: str | None,
    after: str,
    noticed: bool,  # noqa: FBT001
) -> None:
    entry = Entry("hugggs.claim", "claimed: WHERE id = :huggg_id", after)
    was = {} if before is None else {entry.key: Entry(entry.query, entry.name, before)}
    assert missed(was, {entry.key: entry}) == ([] if noticed else [entry])


def test_every_module_of_rules_that_is_changed_is_listed_and_nearly_every_change_is_noticed() -> None:
    modules = rules.modules_listed()
    assert [module.name for module in modules] == rules.modules_mutated()
    assert rules.share_killed(modules, rules.survivors_listed()) >= SHARE_KILLED_MIN


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return (ROOT / path).exists() and name.split("::")[-1] in _functions(path)


@cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
