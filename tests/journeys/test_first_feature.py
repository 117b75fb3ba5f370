"""`docs/first-feature.md`, followed by the letter in a copy of the repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/first-feature.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'^```\w+ title="(?P<file>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
MUTANTS = re.compile(
    r"^\.venv/bin/(?P<command>python -m tests\.mutants .*?)^```$", re.MULTILINE | re.DOTALL
)
LIST = "docs/reference/mutants.md"
REVISIONS = "src/huggg/database/migrations/versions"
FEATURE = "src/huggg/suggestions"
COPIED = ("src", "tests", "docs", "bench", "pyproject.toml", "Makefile", "install.py")
KEPT = ".mypy_cache"  # of `make types`: unchanged modules are not checked again

TESTS = (
    "tests/promises",
    "tests/rules/test_suggestion.py",
    "tests/api/test_suggestions.py",
    "tests/storage/test_suggestion_guards.py",
    "tests/api/test_pages.py",
    "tests/journeys/test_access.py",
    "tests/journeys/test_scopes.py",
    "tests/storage/test_constraints.py",
)
TOUCHED = "uggestion or every_operation or written_here or promises and not words"
"""The tests that the feature can change: texts of other modules were read where they stand."""

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
    ("pytest", *TESTS, "-k", TOUCHED),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the guide: a new file, or a change of one that the repository has."""

    file: str
    text: str

    def apply(self, tree: Path) -> None:
        """Write the file, or change the lines that the block names."""
        file = tree / self.file
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text, encoding="utf-8")
            return
        marked = self.text.splitlines(keepends=True)
        before = "".join(line[1:] for line in marked if line[0] != "+")
        after = "".join(line[1:] for line in marked if line[0] != "-")
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{self.file} has not once:\n{before}"
        file.write_text(text.replace(before, after), encoding="utf-8")


def blocks() -> Iterator[Block]:
    """Read the blocks of the guide, with the numbers of its revision and of the one before."""
    latest = max(path.name[:4] for path in (ROOT / REVISIONS).glob("[0-9]*.py"))
    numbered = GUIDE.replace("NNNN", f"{int(latest) + 1:04}").replace("MMMM", latest)
    for match in BLOCK.finditer(numbered):
        yield Block(match["file"], match["text"])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the feature of the guide in it."""
    tree = tmp_path_factory.mktemp("repository")
    pages = [page.name for page in ROOT.glob("*.md")]
    locks = [lock.name for lock in ROOT.glob("*.lock")]
    for name in (*COPIED, *pages, *locks, KEPT):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name)  # with the compiled modules
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, tree / name)
    for block in blocks():
        block.apply(tree)
    for generator in re.findall(r"make format (schema openapi events)", GUIDE)[0].split():
        run(tree, sys.executable, "-m", f"tests.support.{generator}")
    return tree


def run(tree: Path, program: str, *arguments: str) -> None:
    """Run a program in the tree, where Python finds the tree's package first."""
    done = subprocess.run(
        [program, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree / 'src'}:{tree}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{program} {' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    )


def test_the_guide_adds_each_part_of_a_feature() -> None:
    files = {block.file.rpartition("/")[2] for block in blocks() if "suggestion" in block.file}
    parts = {"queries.sql", "suggest.py", "api.py", "wire.py", "pages.py", "events.py", "jobs.py"}
    assert parts <= files


in_a_tree_without_the_feature = pytest.mark.skipif(
    (ROOT / FEATURE).exists(), reason="a reader of the guide has added the feature here"
)


@in_a_tree_without_the_feature
@pytest.mark.timeout(600)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: " ".join(check[:2]))
def test_the_repository_with_the_feature_is_green(tree: Path, check: tuple[str, ...]) -> None:
    program, *arguments = check
    run(tree, str(Path(sys.executable).with_name(program)), *arguments)


@in_a_tree_without_the_feature
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    "HUGGG_TESTS_EVERY_COMMAND" not in os.environ, reason="make nightly: this takes 15 s of a core"
)
def test_the_command_for_mutants_writes_the_lines_that_the_guide_shows(tree: Path) -> None:
    shown = (tree / LIST).read_text(encoding="utf-8")
    shutil.copy2(ROOT / LIST, tree / LIST)
    (command,) = MUTANTS.findall(GUIDE)
    _, *arguments = shlex.split(command.replace("\\\n", ""))
    run(tree, sys.executable, *arguments)
    assert (tree / LIST).read_text(encoding="utf-8") == shown
