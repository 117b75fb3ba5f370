"""The words of a text, in every script: one rule splits messages and the texts searched in them.

PostgreSQL would split by the rules of its parser and its locale: an emoji glues itself to the word
before it, a mark ends a word of Hindi, Thai is one word a line. These rules depend on Unicode alone:

- texts that look or read the same are spelt the same first (NFKC, case folded), and signs that are not
  seen are dropped;
- letters, marks and digits in a row are a word, a symbol is a word of its own, all else parts words;
- where a script puts no blanks between words, each sign and each two in a row are words, so that any
  part is found.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from enum import Enum
from itertools import groupby, pairwise

from huggg.kit.names import is_invisible

LENGTH_MAX = 64
"""Characters of a word. Longer words are cut: an index takes no entry of many kilobytes."""

UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # of Chinese and Japanese: repetition, closing, zero
    (0x3040, 0x312F),  # Japanese syllables, and Chinese ones
    (0x31A0, 0x31FF),
    (0x3400, 0x9FFF),  # Chinese characters
    (0xA000, 0xA48F),  # Yi
    (0xA9E0, 0xA9FF),  # Burmese, more of it
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),  # Chinese characters, more of them
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
"""Scripts that are written without blanks between words."""

SEPARATOR = "\u200b"
"""A space of no width, which typists of such scripts put between words."""

_PLAIN = re.compile(r"[a-z0-9]+|[$+<=>^`|~]")
"""The same rules for plain ASCII text: several times as fast, and most messages are plain."""

_STARTS = [first for first, _ in UNSPACED]


class _Script(Enum):
    NOTHING = 0
    SPACED = 1
    UNSPACED = 2
    SYMBOL = 3


def words_of(text: str) -> list[str]:
    """Split a text into its words, each once, in the order in which they come up; none has a blank."""
    if text.isascii():
        return list(dict.fromkeys(word[:LENGTH_MAX] for word in _PLAIN.findall(text.lower())))
    return _split_up(_spelt(text))


def _split_up(spelt: str) -> list[str]:
    words: dict[str, None] = {}
    for kind, signs in groupby(spelt, key=_kind):
        if kind is not _Script.NOTHING:
            words.update(dict.fromkeys(_split(kind, "".join(signs))))
    return list(words)


def _split(kind: _Script, run: str) -> Iterator[str]:
    if kind is _Script.SPACED:
        yield run[:LENGTH_MAX]
        return
    yield from run
    if kind is _Script.UNSPACED:
        yield from (one + other for one, other in pairwise(run))


def _spelt(text: str) -> str:
    """Normalise a text. Folding can leave characters that have to be composed again."""
    visible = "".join(sign for sign in text if not _is_unseen(sign))
    folded = unicodedata.normalize("NFKC", visible).casefold()
    return unicodedata.normalize("NFKC", folded)


def _kind(sign: str) -> _Script:
    category = unicodedata.category(sign)
    if category[0] == "S":
        return _Script.SYMBOL
    if category[0] not in "LMN":
        return _Script.NOTHING
    return _Script.UNSPACED if _is_unspaced(ord(sign)) else _Script.SPACED


def _is_unspaced(code: int) -> bool:
    index = bisect_right(_STARTS, code) - 1
    return index >= 0 and code <= UNSPACED[index][1]


def _is_unseen(sign: str) -> bool:
    """Tell joiners, direction marks and variation selectors, which typists do not know they type."""
    return is_invisible(sign) and sign != SEPARATOR
