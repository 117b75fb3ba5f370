"""Texts for users and docstrings name the acting role or component, and leave nothing to guess.

CONTRIBUTING has the rule. A text that breaks it by a word of this list fails here; the sentences of
huggg API v2 are published and stay to the letter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import huggg
from huggg.cli import build_command
from tests.promises.test_openapi import WRITTEN
from tests.support.refusals import all_refusals

ROOT = Path(__file__).parents[2]
SOURCE = Path(huggg.__file__).parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MODULES = sorted(
    path for folder in (SOURCE, ROOT / "tests", ROOT / "bench") for path in folder.rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
STATEMENTS = sorted(SOURCE.rglob("*.sql"))
SCRIPTS = sorted(SOURCE.rglob("*.js"))
TEMPLATES = sorted(path for path in SOURCE.rglob("*") if path.suffix in {".j2", ".html", ".txt", ".typ"})

GUESSED = re.compile(
    r"\b(?:whoever|whomever|whatever|whichever|nobody|somebody|anybody|everybody|thereof)\b",
    re.IGNORECASE,
)
HEADLESS = re.compile(r"[\s*_(-]*(?:who|whom|whose|what|which|how many|how much)\b", re.IGNORECASE)
UNNAMED = re.compile(r".*(?<!<)\bwhat\b", re.IGNORECASE | re.DOTALL)
"""A statement with this word in place of the thing that it means; a pattern's `(?P<what>` is no word."""

FRAGMENT = re.compile(r"(?:Of|Or|And|Also|Likewise|By an?|With those|Those)\b")
"""The beginning of a remark that has neither a subject nor a verb of its own."""

COMMENT = re.compile(r"(?:^|\s)(?:--|//) ?(.*)|/\*+(.*?)\*/", re.MULTILINE)

STATEMENT = re.compile(r"[^.:;!?|\n]+[.:;!?|\n]?")  # a cell of a table is one as well
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
SOFT_BREAK = re.compile(r"(?<=\S)\n *(?![\n #*>|-]|\d+\.)")  # within a paragraph

PUBLISHED: dict[str, str] = {}
"""Statements of the published pages that the list would refuse, each with its page."""


def riddles(text: str) -> list[str]:
    """Find words that stand for an unnamed person or thing, and statements without a subject."""
    prose = SOFT_BREAK.sub(" ", CODE.sub("`…`", text))
    statements = [statement.strip() for statement in STATEMENT.findall(prose)]
    claims = [each for each in statements if not each.endswith("?")]
    headless = [each for each in claims if HEADLESS.match(each) or UNNAMED.match(each)]
    return [each for each in (*GUESSED.findall(prose), *headless) if each not in PUBLISHED]


def faulty(texts: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Choose the texts that have riddles, each with its own."""
    return [(text, each) for text in texts if (each := riddles(text))]


def faulty_files(
    files: Iterable[Path], faults_of: Callable[[Path], Sequence[object]]
) -> dict[str, Sequence[object]]:
    """Choose the files that have faults, each with its own.

    One test reads all files of a kind: a test for each of two thousand costs more than the reading.
    """
    return {str(file.relative_to(ROOT)): each for file in files if (each := faults_of(file))}


@pytest.mark.parametrize(
    "text",
    [
        "The limit belongs to whoever asks.",
        "Nobody else is served.",
        "To anybody else there is none.",
        "Served by whomever it knows.",
        "Answered so, whatever else is wrong.",
        "The key's answer, whichever attempt learns it.",
        "Somebody holds the lease.",
        "Everybody shares one limit.",
        "Whose wallet is kept by a buyer.",
        "Refused: what is no number.",
        "Who may redeem, and where.",
        "Whom a role serves.",
        "Which keys are lacking.",
        "Slots: how many requests may be under way.",
        "| what is left | a figure |",
        "The sum thereof.",
        "Read what was sent.",
    ],
)
def test_a_text_that_leaves_its_subject_to_guess_is_found(text: str) -> None:
    assert riddles(text)


@pytest.mark.parametrize(
    "text",
    [
        "Users who share wallets.",
        "Sent! Who is next?",
        "The server names the missing key.",
        "What is next?",
        "Run `make whatever`.",
    ],
)
def test_a_text_that_names_its_subject_is_not(text: str) -> None:
    assert riddles(text) == []


def described(part: Any) -> Iterator[str]:
    """Give all summaries and descriptions of an OpenAPI document."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in {"summary", "description"} and isinstance(value, str):
                yield value
            else:
                yield from described(value)
    elif isinstance(part, list):
        for value in part:
            yield from described(value)


def test_the_openapi_document_has_no_riddles() -> None:
    texts = set(described(WRITTEN))
    assert len(texts) > 200
    assert faulty(sorted(texts)) == []


def test_refusals_have_no_riddles() -> None:
    texts = {
        text for kind in all_refusals() for text in (kind.sentence, kind.example, kind.__doc__) if text
    }
    assert faulty(sorted(texts)) == []


def helps(command: Any) -> Iterator[str]:
    """Give the help of a command, of its parameters, and of all commands below it."""
    yield command.help or ""
    for parameter in command.params:
        yield getattr(parameter, "help", None) or ""
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


def test_the_help_of_every_command_has_no_riddles() -> None:
    texts = list(helps(build_command()))
    assert len(texts) > 150
    assert faulty(texts) == []


def docstrings(tree: ast.Module) -> list[ast.Constant]:
    """Find the docstrings of a module, of its classes, functions and constants."""
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]


def messages(module: Path) -> list[str]:
    """Read the strings of a module that may be prose: those with a blank, but no docstrings."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    described_by = {id(node) for node in docstrings(tree)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if " " in node.value and id(node) not in described_by
    ]


def test_messages_settings_and_log_lines_have_no_riddles() -> None:
    modules = sorted(SOURCE.rglob("*.py"))
    assert faulty_files(modules, lambda module: faulty(messages(module))) == {}


def test_docstrings_have_no_riddles() -> None:
    assert faulty_files(MODULES, vague_docstrings) == {}


def vague_docstrings(module: Path) -> list[object]:
    """Choose docstrings that have riddles, and in the source those that are fragments."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    texts = [str(node.value) for node in docstrings(tree)]
    fragments = [text for text in texts if FRAGMENT.match(text)] if SOURCE in module.parents else []
    return [*faulty(texts), *fragments]


def test_names_of_tests_have_no_riddles() -> None:
    assert faulty_files(TESTS, vague_stories) == {}


def vague_stories(module: Path) -> list[str]:
    """Choose names of tests that leave their subject to guess."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = [node.name for node in ast.walk(tree) if isinstance(node, defined)]
    stories = [
        name.removeprefix("test_").replace("_", " ") for name in names if name.startswith("test_")
    ]
    return [story for story in stories if HEADLESS.match(story) or GUESSED.match(story)]


def test_pages_and_templates_have_no_riddles() -> None:
    assert (
        faulty_files([*PAGES, *TEMPLATES], lambda page: riddles(page.read_text(encoding="utf-8"))) == {}
    )


def remarks(file: Path) -> list[str]:
    """Read the comments of a file, those of lines that follow one another as one text."""
    lines = (
        (match[1] or match[2] or "").strip() if (match := COMMENT.search(line)) else ""
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    texts = "\n".join("" if line.startswith("name: ") else line for line in lines).split("\n\n")
    return [text.strip() for text in texts if text.strip()]


def test_remarks_about_statements_and_scripts_have_no_riddles() -> None:
    assert faulty_files([*STATEMENTS, *SCRIPTS], vague_remarks) == {}


def vague_remarks(file: Path) -> list[tuple[str, list[str]]]:
    """Choose remarks that have riddles, or no subject of their own."""
    return [(text, riddles(text)) for text in remarks(file) if riddles(text) or FRAGMENT.match(text)]


def test_texts_of_scripts_stand_for_no_unnamed_person() -> None:
    assert (
        faulty_files(SCRIPTS, lambda script: GUESSED.findall(script.read_text(encoding="utf-8"))) == {}
    )
