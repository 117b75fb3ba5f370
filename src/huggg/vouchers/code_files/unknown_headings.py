"""Unknown headings: a first line of words above the codes, in a column that no list of headings names.

No list has all headings, and a heading that is taken for a code is sold. So the first line is compared
with the lines below it. Words have no digit, or consist of several parts. Of drawn codes, some have no
digit either (one in a hundred of the mint's): a first line without one is a code where it is shaped like
the codes below it.
"""

from __future__ import annotations

from collections.abc import Sequence

LINES_MIN = 20
"""From so many codes on, a place where each of them has a digit is a place for digits, by no chance.

Of fewer codes it is one if they mix letters and digits in no place at all, as numbers after a prefix do.
"""

DIGIT, LETTER = "digit", "letter"


def reads_as_heading(first: str, others: Sequence[str]) -> bool:
    """Tell whether the first cell of a column, not blank, is a heading by the filled cells below it."""
    if not others:
        return _has_parts(first) and not _has_digit(first)
    if _has_parts(first) and not any(map(_has_parts, others)):
        return True
    return not _has_digit(first) and all(map(_has_digit, others)) and not _is_shaped_like(first, others)


def _is_shaped_like(word: str, codes: Sequence[str]) -> bool:
    """Tell whether a word may be one of these codes, which all have digits."""
    lengths = list(map(len, codes))
    if not min(lengths) <= len(word) <= max(lengths) or not _cases(word) <= _cases("".join(codes)):
        return False
    kinds = [_kinds_at(at, codes) for at in range(max(lengths))]
    mixed = len(codes) == 1 or any({DIGIT, LETTER} <= each for each in kinds)
    lenient = mixed and len(codes) < LINES_MIN
    return all(
        _kind(symbol) in each or (lenient and _kind(symbol) == LETTER and DIGIT in each)
        for symbol, each in zip(word, kinds, strict=False)
    )


def _kinds_at(at: int, codes: Sequence[str]) -> set[str]:
    return {_kind(code[at]) for code in codes if at < len(code)}


def _kind(symbol: str) -> str:
    """Give the kind of a symbol; each sign between groups is a kind of its own."""
    return DIGIT if symbol.isdigit() else LETTER if symbol.isalpha() else symbol


def _cases(text: str) -> set[tuple[bool, bool]]:
    return {(symbol.isupper(), symbol.islower()) for symbol in text if symbol.isalpha()}


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _has_parts(text: str) -> bool:
    return " " in text or "_" in text
