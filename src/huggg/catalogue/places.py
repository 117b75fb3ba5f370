"""Places in a file: from `data[3].sale_price` to the line an editor can jump to.

msgspec says what it found but not where, so the way down is walked again, for the few places that a
refusal names: a list's items follow each other with nothing but commas between, an object's values
follow their keys.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

import msgspec

from huggg.kit.json_place import Place

Span = tuple[int, int]

_BETWEEN = re.compile(rb"[\s,]*")


def parsed(path: str) -> Place:
    """Read a place back; names with dots or brackets in them are nothing that we look for."""
    steps = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    return tuple(int(number) if number else name for number, name in steps)


class Source:
    """A JSON text in which places can be found."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._inside: dict[Place, dict[str | int, Span]] = {}

    def line(self, place: Place) -> int:
        """Find the line, from 1, where a place begins; for what is missing, where its parent does."""
        return self.line_at(self._span(place)[0])

    def line_at(self, offset: int) -> int:
        """Find the line of a byte."""
        return bisect_right(self._line_starts, offset)

    def column_at(self, offset: int) -> int:
        """Find how far into its line a byte stands, from 1."""
        return offset - self._line_starts[self.line_at(offset) - 1] + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(newline.end() for newline in re.finditer(rb"\n", self._text))]

    def _span(self, place: Place) -> Span:
        if not place:
            return _skip(self._text, 0), len(self._text)
        parent = place[:-1]
        if parent not in self._inside:
            self._inside[parent] = self._children(self._span(parent))
        return self._inside[parent].get(place[-1], self._span(parent))

    def _children(self, span: Span) -> dict[str | int, Span]:
        text = self._text[slice(*span)]
        try:
            found = msgspec.json.decode(text, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
        except msgspec.DecodeError:
            return {}
        spans = _items(text, found) if isinstance(found, list) else _values(text, found)
        return {step: (span[0] + start, span[0] + end) for step, (start, end) in spans.items()}


def _items(text: bytes, found: list[msgspec.Raw]) -> dict[str | int, Span]:
    spans: dict[str | int, Span] = {}
    end = text.index(b"[") + 1
    for number, item in enumerate(found):
        start = _skip(text, end)
        end = start + len(memoryview(item))
        spans[number] = (start, end)
    return spans


def _values(text: bytes, found: dict[str, msgspec.Raw]) -> dict[str | int, Span]:
    return {key: span for key, value in found.items() if (span := _value(text, key, bytes(value)))}


def _value(text: bytes, key: str, raw: bytes) -> Span | None:
    """Find where this value follows this key; the same key deeper down has other values."""
    for match in re.finditer(re.escape(msgspec.json.encode(key)) + rb"\s*:\s*", text):
        if text.startswith(raw, match.end()):
            return match.end(), match.end() + len(raw)
    return None


def _skip(text: bytes, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at
