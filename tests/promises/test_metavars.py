"""A command's usage names each value by its noun: `brand show BRAND`, never `brand show ID`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from huggg.cli import build_command

NAMES_AN_ID = re.compile(r"\bid\b|\bids\b")
NOUN = re.compile(r"[A-Z]+(?:\|[A-Z]+)?")


def values(command: Any, words: str = "huggg") -> Iterator[tuple[str, Any]]:
    """Give each parameter that takes a value beside the words of its command, and all below."""
    for parameter in command.params:
        if not getattr(parameter, "is_flag", False):
            yield words, parameter
    for name, below in getattr(command, "commands", {}).items():
        yield from values(below, f"{words} {name}")


def is_an_id(parameter: Any) -> bool:
    text = getattr(parameter, "help", None) or ""
    return parameter.name.endswith(("_id", "_ids")) or NAMES_AN_ID.search(text) is not None


def test_an_id_is_named_by_the_noun_of_its_entity() -> None:
    ids = [(words, each) for words, each in values(build_command()) if is_an_id(each)]
    assert len(ids) > 60
    others = [
        (words, each.opts[0], each.metavar)
        for words, each in ids
        if each.metavar is None or not NOUN.fullmatch(each.metavar) or each.metavar == "ID"
    ]
    assert others == []


def test_an_argument_is_a_noun_in_capitals() -> None:
    arguments = [
        (words, each) for words, each in values(build_command()) if not each.opts[0].startswith("-")
    ]
    assert len(arguments) > 70
    others = [
        (words, each.opts[0], each.metavar)
        for words, each in arguments
        if each.metavar is None or not NOUN.fullmatch(each.metavar)
    ]
    assert others == []
