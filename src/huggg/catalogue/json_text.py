"""The lines of a JSON text: from `data[3].sale_price` to the line that an editor can jump to.

msgspec tells a path but no line, so the text is walked again along the few paths that a refusal
names: a list's items follow each other with nothing but commas between, an object's values
follow their keys.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

import msgspec

from huggg.kit.json_path import JsonPath

Span = tuple[int, int]

_BETWEEN = re.compile(rb"[\s,]*")


def read_path(path: str) -> JsonPath:
    """Read a path back. No name of a catalogue has dots or brackets."""
    steps = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    return tuple(int(number) if number else name for number, name in steps)


class JsonText:
    """A JSON text in which the line of a path can be found."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._inside: dict[JsonPath, dict[str | int, Span]] = {}

    def line(self, path: JsonPath) -> int:
        """Find the line, from 1, where a value begins; for a missing value, that of its parent."""
        return self.line_at(self._span(path)[0])

    def line_at(self, offset: int) -> int:
        """Find the line of a byte."""
        return bisect_right(self._line_starts, offset)

    def column_at(self, offset: int) -> int:
        """Find how far into its line a byte stands, from 1."""
        return offset - self._line_starts[self.line_at(offset) - 1] + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(newline.end() for newline in re.finditer(rb"\n", self._text))]

    def _span(self, path: JsonPath) -> Span:
        if not path:
            return _skip(self._text, 0), len(self._text)
        parent = path[:-1]
        if parent not in self._inside:
            self._inside[parent] = self._children(self._span(parent))
        return self._inside[parent].get(path[-1], self._span(parent))

    def _children(self, span: Span) -> dict[str | int, Span]:
        text = self._text[slice(*span)]
        try:
            children = msgspec.json.decode(text, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
        except msgspec.DecodeError:
            return {}
        spans = _items(text, children) if isinstance(children, list) else _values(text, children)
        return {step: (span[0] + start, span[0] + end) for step, (start, end) in spans.items()}


def _items(text: bytes, items: list[msgspec.Raw]) -> dict[str | int, Span]:
    spans: dict[str | int, Span] = {}
    end = text.index(b"[") + 1
    for number, item in enumerate(items):
        start = _skip(text, end)
        end = start + len(memoryview(item))
        spans[number] = (start, end)
    return spans


def _values(text: bytes, values: dict[str, msgspec.Raw]) -> dict[str | int, Span]:
    return {key: span for key, value in values.items() if (span := _value(text, key, bytes(value)))}


def _value(text: bytes, key: str, raw: bytes) -> Span | None:
    """Find where this value follows this key; the same key deeper down has other values."""
    for match in re.finditer(re.escape(msgspec.json.encode(key)) + rb"\s*:\s*", text):
        if text.startswith(raw, match.end()):
            return match.end(), match.end() + len(raw)
    return None


def _skip(text: bytes, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at
