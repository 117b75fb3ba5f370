"""The text of a catalogue file: whether it is JSON at all, and JSON that we can keep."""

from __future__ import annotations

import codecs
import re
from typing import Any

import msgspec

from huggg.catalogue.errors import PROBLEMS_MAX, BadCatalogue, Problem
from huggg.catalogue.json_text import JsonText, read_path
from huggg.catalogue.shapes import SENTENCES
from huggg.kit.json_path import JsonPath, path_text

FILE_BYTES_MAX = 256 << 20
"""The size of a million stores; reading a file takes a few times its size in memory."""

ARCHIVES = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ")  # gzip, zip, bzip2, xz

# Backslashes pair up from the left, so every escape has to be stepped over to know the bad ones.
_ESCAPE = re.compile(
    rb"\\(?:(?P<nul>u0000)"
    rb"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|.)",
    re.DOTALL,
)
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_DECODE_MESSAGE = re.compile(r"^(?:JSON is malformed: )?(?P<reason>.*?)(?: \(byte (?P<offset>\d+)\))?$")
_VALIDATION_MESSAGE = re.compile(r"^(?P<reason>.*?)(?: - at `\$(?P<path>.*?)`)?$")


def read_text(text: bytes, shape: Any) -> Any:  # noqa: ANN401 - a union, which has no type of its own
    """Decode a whole file. Raises BadCatalogue."""
    if len(text) > FILE_BYTES_MAX:
        raise _bad_at(text, 0, f"more than {FILE_BYTES_MAX >> 20} MB; import it page by page")
    _refuse_unkeepable(text)
    try:
        return _decode(text, shape)
    except RecursionError:  # of reading it, or of finding the line of a fault in it
        raise _bad_at(text, 0, "nested too deeply") from None


def _decode(text: bytes, shape: Any) -> Any:  # noqa: ANN401 - as above
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError as error:
        path, reason = path_and_reason(error)
        problem = Problem(JsonText(text).line(path), path_text(path), f"not a page of brands: {reason}")
        raise BadCatalogue([problem]) from None
    except msgspec.DecodeError as error:
        raise _not_json(text, str(error)) from None


def without_mark(text: bytes) -> bytes:
    """Drop the byte order mark that some editors put before UTF-8."""
    return text.removeprefix(codecs.BOM_UTF8)


def path_and_reason(error: msgspec.ValidationError) -> tuple[JsonPath, str]:
    """Split msgspec's "Expected `int`, got `str` - at `$.weight`" into the path and the rest."""
    match = _VALIDATION_MESSAGE.match(str(error))
    reason, path = (match["reason"], match["path"] or "") if match else (str(error), "")
    for pattern, sentence in SENTENCES.items():
        if repr(pattern) in reason:
            return read_path(path), sentence
    return read_path(path), f"{reason[:1].lower()}{reason[1:].replace('`', '')}"


def _refuse_unkeepable(text: bytes) -> None:
    """Find files of another kind, and characters that UTF-8 or PostgreSQL cannot hold."""
    if not text.strip():
        raise _bad_at(text, 0, "an empty file")
    if text.startswith(ARCHIVES):
        raise _bad_at(text, 0, "a packed file; unpack it first")
    if b"\0" in text[:4]:  # every JSON text of two or four bytes a sign begins like that
        raise _bad_at(text, 0, "UTF-16 or UTF-32; save the file as UTF-8")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise _bad_at(text, error.start, "not UTF-8") from None
    if not _SUSPECT.search(text):
        return
    escapes = [match for match in _ESCAPE.finditer(text) if match["nul"] or match["half"]]
    if escapes:
        source = JsonText(text)
        raise BadCatalogue(
            [_unkeepable(source, escape) for escape in escapes[:PROBLEMS_MAX]], len(escapes)
        )


def _unkeepable(source: JsonText, escape: re.Match[bytes]) -> Problem:
    reason = "must not contain NUL" if escape["nul"] else "must not contain half a surrogate pair"
    return _problem_at(source, escape.start(), reason)


def _not_json(text: bytes, message: str) -> BadCatalogue:
    match = _DECODE_MESSAGE.match(message)
    reason, offset = (match["reason"], match["offset"]) if match else (message, None)
    return _bad_at(text, len(text) if offset is None else int(offset), f"not JSON: {reason}")


def _bad_at(text: bytes, offset: int, reason: str) -> BadCatalogue:
    return BadCatalogue([_problem_at(JsonText(text), offset, reason)])


def _problem_at(source: JsonText, offset: int, reason: str) -> Problem:
    return Problem(source.line_at(offset), f"column {source.column_at(offset)}", reason)
