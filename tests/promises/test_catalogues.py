"""Every text has its translations: none is missing, none is left over, and all name the same values."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from huggg.languages.language import ENGLISH, FOLDER, NAMES
from tests.support.catalogues import catalogue_text, read, template, texts

TRANSLATED = sorted(set(NAMES) - {ENGLISH})
PLACE = re.compile(r"%\((\w+)\)s")


def strings(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def places(text: str) -> set[str]:
    return set(PLACE.findall(text))


def test_there_are_texts_and_each_language_has_a_catalogue() -> None:
    assert len(list(texts())) > 0
    assert sorted(path.stem for path in FOLDER.iterdir()) == TRANSLATED


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_is_as_it_is_written_anew(tag: str) -> None:
    """`make catalogues` adds texts that are new, and takes those out that code says no more."""
    assert (FOLDER / f"{tag}.po").read_text(encoding="utf-8") == catalogue_text(tag).decode()


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_is_complete(tag: str) -> None:
    known = read(tag)
    missing = [
        message.id
        for message in template()
        if message.id and not _is_translated(known.get(strings(message.id)[0]), known.num_plurals)
    ]
    assert missing == []


def _is_translated(message: Message | None, forms: int) -> bool:
    if message is None or message.fuzzy:
        return False
    expected = forms if isinstance(message.id, tuple) else 1
    translations = strings(message.string)
    return len(translations) == expected and all(text.strip() for text in translations)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_names_the_values_of_its_text(tag: str) -> None:
    wrong = [
        message.id
        for message in read(tag)
        if message.id
        for text in strings(message.string)
        if not places(text) <= set().union(*map(places, strings(message.id)))
        or places(strings(message.id)[0]) - places(text) - {"number"}
    ]
    assert wrong == []
