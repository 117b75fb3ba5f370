"""Text: a code file as UTF-8 with plain line ends, piece by piece, from any encoding."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain
from typing import IO, cast

from huggg.kit.errors import Invalid
from huggg.vouchers.code_files.hints import Hints
from huggg.vouchers.code_files.spreadsheet import SPREADSHEETS, spreadsheet_lines
from huggg.vouchers.errors import BadCodes

PIECE_BYTES = 256 * 1024
MARKUP = (b"<", b"{\\rtf", b"%PDF-")  # of a page that a browser saved or of XML, of word processors
SHEETS_ONLY = "--sheet: the file is text, which has no sheets."
GZIP_MAGIC = b"\x1f\x8b"
SAMPLE_BYTES = 4096
ZEROS_OF = 4  # bytes: in Latin text every second one is zero, in a damaged file few are
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = "cp1252"
NO_TEXT = (
    "it is neither text nor a spreadsheet. Save the codes as CSV in UTF-8, or as .xlsx; "
    "an encoding that has no mark can be named with --encoding"
)


@dataclass(frozen=True, slots=True)
class FileText:
    """The pieces of a file, and the guesses about its encoding."""

    pieces: Iterator[bytes]
    guessed: bool = False  # which single-byte encoding it is: only ASCII is certain
    from_spreadsheet: bool = False


def text_of(source: IO[bytes], hints: Hints) -> FileText:
    """Open a file. Raises BadCodes, also while the pieces are read."""
    pieces = _pieces(_unzipped(source))
    first = next(pieces, b"")
    if not first:
        raise bad_file("it is empty")
    if first.lstrip().startswith(MARKUP):
        raise bad_file(NO_TEXT)
    pieces = chain([first], pieces)
    if first.startswith(SPREADSHEETS):
        return FileText(spreadsheet_lines(pieces, hints.sheet), from_spreadsheet=True)
    if hints.sheet is not None:
        raise Invalid(SHEETS_ONLY)
    if hints.encoding is not None:
        return FileText(_plain_ends(_without_mark(_recoded(pieces, hints.encoding))))
    encoding = _encoding_of(first)
    recoded = pieces if encoding == "utf-8" else _recoded(pieces, encoding)
    return FileText(_plain_ends(_without_mark(recoded)), guessed=encoding == WESTERN)


def bad_file(reason: str) -> BadCodes:
    """Say why the file as a whole is refused."""
    return BadCodes(f"The file was refused, no code was taken: {reason}.")


def _unzipped(source: IO[bytes]) -> IO[bytes]:
    reader = (
        source if isinstance(source, BufferedReader) else BufferedReader(cast("BufferedReader", source))
    )
    if reader.peek(2)[:2] == GZIP_MAGIC:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=reader))
    return reader


def _pieces(reader: IO[bytes]) -> Iterator[bytes]:
    try:
        while piece := reader.read(PIECE_BYTES):
            yield piece
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise bad_file("its gzip is damaged or cut short") from None


def _encoding_of(first: bytes) -> str:
    for mark, encoding in MARKS:
        if first.startswith(mark):
            return encoding
    if b"\0" in first:
        return _unmarked_utf16(first[:SAMPLE_BYTES])
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return WESTERN
    return "utf-8"


def _unmarked_utf16(sample: bytes) -> str:
    """Tell by the zero bytes, of which Latin text has one in each pair, always on the same side."""
    high, low, many = sample[0::2].count(0), sample[1::2].count(0), len(sample) // ZEROS_OF
    if low > many and not high:
        return "utf-16-le"
    if high > many and not low:
        return "utf-16-be"
    raise bad_file(NO_TEXT)


def _recoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    try:
        for piece in pieces:
            text = decoder.decode(piece)
            line += text.count("\n")
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        reason = f"line {line} or one soon after it is not {encoding}; name the encoding with --encoding"
        raise bad_file(reason) from None


def _without_mark(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield next(pieces, b"").removeprefix(codecs.BOM_UTF8)
    yield from pieces


def _plain_ends(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """End every line with a line feed; a carriage return that ends a piece may be half of an end."""
    rest = b""
    for piece in pieces:
        text, rest = rest + piece, b""
        if b"\r" in text:
            if text.endswith(b"\r"):
                text, rest = text[:-1], b"\r"
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield text
    if rest:
        yield b"\n"
