"""Stretches: a file cut at line ends, into parts that can be read apart from each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from huggg.vouchers.code_files.text import PIECE_BYTES, bad_file

QUOTE, END = b'"', b"\n"
TRIES_MAX = 100


def stretches(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Give each stretch with the number of its first line. Raises BadCodes for a line without end."""
    line, carried = 1, b""
    for piece in pieces:
        carried += piece
        end = _end_outside_quotes(carried)
        if end:
            yield carried[:end], line
            line += carried.count(END, 0, end)
            carried = carried[end:]
        elif len(carried) > 2 * PIECE_BYTES:
            raise bad_file(f"line {line} opens a quote that is not closed, or has no end")
    if carried:
        yield carried, line


def _end_outside_quotes(text: bytes) -> int:
    """Find the last line end that no quoted cell spans: the quotes before it are even in number."""
    end = text.rfind(END) + 1
    for _ in range(TRIES_MAX):
        if not end or text.count(QUOTE, 0, end) % 2 == 0:
            return end
        end = text.rfind(END, 0, text.rfind(QUOTE, 0, end)) + 1
    return 0
