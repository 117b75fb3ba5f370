"""A name is a noun for its value, and each class has a name of its own."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import huggg

ROOT = Path(__file__).parents[2]
SOURCE = Path(huggg.__file__).parent
STATEMENTS = sorted(path for path in SOURCE.rglob("*.sql") if "migrations" not in path.parts)

COMMENT = re.compile("--.*")
ALIAS = re.compile(r"(\w+) AS (?:MATERIALIZED )?\(|\bAS (\w+)|\b(?:FROM|JOIN|USING) \w+ (\w+)")

PARTICIPLES = re.compile(
    "asked|begun|due|found|given|heard|held|looked|made|named|noted|said|seen|told|wanted|written"
)
"""Words that tell the way of a value, in place of a noun for it: request, rows, document."""

PARTICIPLES_OF_SOURCE = re.compile(
    "bought|built|chosen|claimed|done|drawn|kept|known|listed|loaded|lost|moved|opened|picked|put|reached"
    "|read|sent|shown|sold|taken"
)
"""Others of the kind, which a test's few lines explain and a module's do not."""

PARTICIPLES_OF_ROWS = re.compile(
    "added|addressed|adopted|aged|answered|brought|checked|cleared|decided|dropped|emptied|enqueued"
    "|entered|filled|finished|forgotten|freed|given_up|gone|grouped|hastened|keyed|labelled|leased"
    "|limited|linked|living|meant|minted|offered|placed|planned|queued|readdressed|remembered"
    "|removed|reversed|reworded|sealed|served|silenced|stopped|stored|superseded|touched|unlinked"
    "|unshown|used|viewed|vouchered|worded"
)
"""Those of expressions and aliases in SQL, where a reader looks for the rows: new_hugggs, upserts."""

PUBLISHED = {"bought", "claimed", "due"}
"""Columns that commands and metrics publish."""

PRONOUNS = re.compile("everybody|everyone|everything|nobody|somebody|them|they|who|whom")

QUESTIONS = re.compile("how|what|when|where|why")
"""Questions about a value, in place of the noun that answers them: reason, state, place."""

UNNAMED = {"anybody", "nobody", "nobodys", "somebody", "thing", "what", "whoever", "whom", "whose"}
"""Words of a function's name that leave its subject or object to guess."""


def test_no_two_classes_share_a_name() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for module, node in _nodes():
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            modules[node.name].append(module)
    assert {name: places for name, places in modules.items() if len(places) > 1} == {}


def test_no_value_is_named_by_a_participle_a_pronoun_or_a_question_alone() -> None:
    refused = (PARTICIPLES, PARTICIPLES_OF_SOURCE, PRONOUNS, QUESTIONS)
    assert [each for each in _bound(SOURCE) if any(words.fullmatch(each[1]) for words in refused)] == []


@pytest.mark.parametrize("folder", ["tests", "bench"])
def test_no_value_of_a_test_is_named_by_one_that_says_nothing(folder: str) -> None:
    refused = (PARTICIPLES, PRONOUNS)
    bound = _bound(ROOT / folder)
    assert [each for each in bound if any(words.fullmatch(each[1]) for words in refused)] == []


def test_no_function_is_named_by_a_word_without_a_meaning_of_its_own() -> None:
    functions = (
        (module, node.name)
        for module, node in _nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [(module, name) for module, name in functions if UNNAMED & set(name.split("_"))] == []


def test_an_exception_is_caught_as_a_refusal_or_as_an_error() -> None:
    handlers = ((module, node) for module, node in _nodes() if isinstance(node, ast.ExceptHandler))
    names = {(module, node.name) for module, node in handlers if node.name}
    assert {each for each in names if each[1] not in {"error", "refusal"}} == set()


@pytest.mark.parametrize("file", STATEMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_rows_are_named_by_a_participle_or_pronoun_alone(file: Path) -> None:
    statements = COMMENT.sub("", file.read_text(encoding="utf-8"))
    aliases = {alias for match in ALIAS.finditer(statements) for alias in match.groups() if alias}
    refused = (PARTICIPLES, PARTICIPLES_OF_SOURCE, PARTICIPLES_OF_ROWS, PRONOUNS)
    vague = {each for each in aliases if any(words.fullmatch(each) for words in refused)}
    assert vague - PUBLISHED == set()


def _bound(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the modules of a folder, and the names that each brings about."""
    return ((module, name) for module, node in _nodes(folder) if (name := _variable(node)))


def _variable(node: ast.AST) -> str | None:
    """Give the name that a node brings about: a variable's, a field's or a parameter's."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return node.arg if isinstance(node, ast.arg) else None


def _nodes(folder: Path = SOURCE) -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(folder.rglob("*.py")):
        module = str(path.relative_to(folder))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield module, node
