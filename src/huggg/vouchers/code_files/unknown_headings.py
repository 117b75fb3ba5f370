"""Unknown headings: a first line of words above the codes, in a column that no list of headings names.

No list has all headings, and a heading that is taken for a code is sold. So the first line is compared
with the lines below it. Words have no digit, or consist of several parts. Of drawn codes, some have no
digit either (one in a hundred of the mint's): a first line without one is a code where it is shaped like
the codes below it.
"""

from __future__ import annotations

from collections.abc import Sequence

LINES_MIN = 20
"""From so many codes on, a place where each of them has a digit is a place for digits, by no chance."""

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
    if len(codes) > 1 and len({tuple(map(_kind, code)) for code in codes}) == 1:
        return False  # letters and digits have their places, and the word breaks them
    return all(_may_stand(word[at], _kinds_at(at, codes), len(codes)) for at in range(len(word)))


def _may_stand(symbol: str, kinds: set[str], lines: int) -> bool:
    kind = _kind(symbol)
    return kind in kinds or (lines < LINES_MIN and kind == LETTER and DIGIT in kinds)


def _kinds_at(at: int, codes: Sequence[str]) -> set[str]:
    return {_kind(code[at]) for code in codes if at < len(code)}


def _kind(symbol: str) -> str:
    """Name what a symbol is; signs between groups are told apart."""
    return DIGIT if symbol.isdigit() else LETTER if symbol.isalpha() else symbol


def _cases(text: str) -> set[tuple[bool, bool]]:
    return {(symbol.isupper(), symbol.islower()) for symbol in text if symbol.isalpha()}


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _has_parts(text: str) -> bool:
    return " " in text or "_" in text
