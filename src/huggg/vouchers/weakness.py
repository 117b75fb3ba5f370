"""Weaknesses of a sample of codes: guessable, not typable at a till, or rounded by a spreadsheet."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

SAMPLE = 10_000
BITS_MIN = 40  # 8 base-32 symbols: minutes of unthrottled guessing among a million live codes
SPREADSHEET_DIGITS = 15  # of a number; the others become zeros
ZEROS_BY_CHANCE_MAX = 6  # one file in a million ends all its codes so
SHARE_MAX = 0.05  # neighbours that count up: by chance next to none do

CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
WEB_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*:)?//|www\.|([a-z0-9-]+\.)+[a-z]{2,}/", re.IGNORECASE)
TAIL = re.compile(r"\d{1,18}\Z", re.ASCII)


def warnings(codes: Sequence[str]) -> Iterator[str]:
    """Judge a sample from the beginning of a file."""
    if not codes:
        return
    bits = min(map(bits_at_most, codes))
    if bits < BITS_MIN:
        yield f"Some codes are short: {bits:.0f} bits at most, guessable below {BITS_MIN}."
    if len(codes) > 1 and _counting(codes) > SHARE_MAX * (len(codes) - 1):
        yield "Codes count up: a holder of one can guess the next."
    if len(set(map(len, codes))) > 1 and all(map(_is_unpadded, codes)):
        yield (
            "Codes are numbers of several lengths, none of which begins with 0:"
            " a spreadsheet may have removed zeros."
        )
    if any(map(WEB_ADDRESS.match, codes)):
        yield "Some codes are web addresses: a till may want only the part that names the gift."
    if any(not unicodedata.is_normalized("NFKC", code) for code in codes):
        yield "Some codes have full-width or joined characters, for which a till has no keys."


def are_rounded(codes: Sequence[str]) -> bool:
    """Tell numbers of which a spreadsheet kept 15 digits: in every one, zeros follow."""
    tails = [code[SPREADSHEET_DIGITS:] for code in codes if code.isdigit()]
    return sum(map(len, tails)) >= ZEROS_BY_CHANCE_MAX and not "".join(tails).strip("0")


def bits_at_most(code: str) -> float:
    """Estimate the bits of a guess, if every symbol were drawn from its kind."""
    code = unicodedata.normalize("NFKC", code)
    alphabet = sum(len(kind) for kind in CLASSES if any(symbol in kind for symbol in code))
    return len(code) * math.log2(alphabet or 2)


def _is_unpadded(code: str) -> bool:
    return code.isdecimal() and not code.startswith("0")


def _counting(codes: Sequence[str]) -> int:
    numbers = [_number(code) for code in codes]
    return sum(
        head == next_head and abs(following - number) == 1
        for (head, number), (next_head, following) in pairwise(numbers)
    )


def _number(code: str) -> tuple[str, int]:
    tail = TAIL.search(code)
    return (code[: tail.start()], int(tail.group())) if tail else (code, -1)
