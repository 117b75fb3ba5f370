"""The printed sheet of a gift: one page holds it, however long its words are."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
import typst
from PIL import Image, ImageChops

from huggg.languages.language import language
from huggg.notifications.gift_letters import Gift
from huggg.notifications.sheet import sheets_pdf

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 4
MESSAGES = [
    "Thank you.",
    None,
    "W" * 2000,
    "Thank you. " * 180,
    "\n".join(str(line) for line in range(80)),
    "\n" * 1000 + "x" * 1000,
    "\u0634\u0643\u0631\u0627! " * 280,
]
MARGIN = 25 / 210  # of a page's width


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Image.Image]:
    """The pages that were typeset, as pictures."""
    pictures: list[Image.Image] = []
    really = typst.compile

    def draw(source: bytes, *, sys_inputs: dict[str, str], **_: Any) -> bytes:
        drawn = really(source, format="png", ppi=40, sys_inputs=sys_inputs)
        files = drawn if isinstance(drawn, list) else [drawn]
        pictures.extend(Image.open(BytesIO(file)).convert("L") for file in files)
        return b""

    monkeypatch.setattr(typst, "compile", draw)
    return pictures


def gift(words: str, message: str | None) -> Gift:
    return Gift(
        product=words,
        brand=words,
        sender=None,
        name=words,
        message=message,
        link="https://gifts.example/qL4ZFtiazoE5i75X",
        last_day=date(2027, 11, 29),
    )


@pytest.mark.parametrize("words", ["Flat white", LONG_WORD])
def test_each_gift_has_one_page_and_no_word_runs_off_it(pages: list[Image.Image], words: str) -> None:
    sheets_pdf([gift(words, message) for message in MESSAGES], language("en"))
    assert len(pages) == len(MESSAGES)
    for page in pages:
        box = ImageChops.invert(page).getbbox()
        assert box is not None
        left, _, right, _ = box
        assert left >= MARGIN * page.width - 2
        assert right <= (1 - MARGIN) * page.width + 2
