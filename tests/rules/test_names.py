"""A name is one line, and all of it is visible."""

from __future__ import annotations

import pytest

from huggg.kit.errors import Invalid
from huggg.kit.names import clean_name


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (" Our shop ", "Our shop"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("Kettle & Finch [red]", "Kettle & Finch [red]"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\U0001f469\u200d\U0001f373\ufe0f", "\U0001f469\u200d\U0001f373\ufe0f"),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_name_is_trimmed_and_composed(text: str, kept: str) -> None:
    assert clean_name(text, "name") == kept


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "name: must have 1 to 255 characters."),
        (" \n ", "name: must have 1 to 255 characters."),
        ("x" * 256, "name: must have 1 to 255 characters."),
        ("a\x1b[31mb", "name: must not contain U+001B."),
        ("a\nb", "name: must not contain U+000A."),
        ("a\x00b", "name: must not contain U+0000."),
        ("a\x85b", "name: must not contain U+0085."),
        ("a\u2028b", "name: must not contain LINE SEPARATOR."),
        ("a\u202eb", "name: must not contain RIGHT-TO-LEFT OVERRIDE."),
        ("a\u2066b", "name: must not contain LEFT-TO-RIGHT ISOLATE."),
        ("a\u200bb", "name: must not contain ZERO WIDTH SPACE."),
        ("a\ufeffb", "name: must not contain ZERO WIDTH NO-BREAK SPACE."),
        ("a\ud800b", "name: must not contain U+D800."),
        ("\u200d\ufe0f", "name: must show something."),
    ],
)
def test_a_name_that_hides_something_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_name(text, "name")
    assert str(refused.value) == sentence
