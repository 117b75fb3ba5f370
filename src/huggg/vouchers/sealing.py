"""Turning stretches of a file into rows for COPY, in processes beside: sealing is all computing."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from huggg.hugggs.voucher_code import VoucherCode
from huggg.hugggs.voucher_seal import code_sealed_for
from huggg.kit.codes import Vault
from huggg.vouchers.code_files.code_lines import CodeLine, Lines, read_lines
from huggg.vouchers.code_files.layout import Layout
from huggg.vouchers.import_report import LINES_SHOWN, UnderstoodLine
from huggg.vouchers.issuers.issuer import code_kind
from huggg.vouchers.weakness import SAMPLE

COLUMNS = ("line", "valid_until", "fingerprint", "code", "older")
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
COPY_END = struct.pack(">h", -1)

NOT_UTF8 = "is not UTF-8; name the encoding with --encoding"

BYTEA = 17  # the type's number in PostgreSQL
ABSENT = struct.pack(">i", -1)  # null
FOR_EVER = 2**63 - 1  # infinity
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND_PARTS = 1_000_000

_HEAD = struct.Struct(">hiqiqi16si")


@dataclass(frozen=True, slots=True)
class FileContext:
    """The common parts of all stretches of a file."""

    brand_id: UUID
    time_zone: str
    layout: Layout
    now: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a file, ready to be copied."""

    rows: bytes
    count: int
    blank: Sequence[int]
    expired: Sequence[int]
    problems: Sequence[tuple[int, str]]
    sample: Sequence[str] = ()  # of the first stretch only, to be judged
    understood: Sequence[UnderstoodLine] = ()  # likewise, to be shown


class Sealer:
    """Seals the codes of one file."""

    def __init__(self, vault: Vault, context: FileContext) -> None:
        self._vault = vault
        self._context = context
        self._finders = vault.finders(code_kind(context.brand_id))

    def seal(self, text: bytes, first: int) -> Stretch:
        """Read and seal the lines from `first` on."""
        try:
            decoded = text.decode()
        except UnicodeDecodeError as error:
            line = first + text.count(b"\n", 0, error.start)
            return Stretch(b"", 0, (), (), [(line, NOT_UTF8)])
        context = self._context
        lines = read_lines(
            decoded, first=first, layout=context.layout, time_zone=context.time_zone, now=context.now
        )
        return self._stretch(lines, first)

    def _stretch(self, lines: Lines, first: int) -> Stretch:
        return Stretch(
            rows=b"".join(self._rows(lines.codes)),
            count=len(lines.codes),
            blank=lines.blank,
            expired=lines.expired,
            problems=lines.problems,
            sample=[code.code for code in lines.codes[:SAMPLE]] if first == 1 else (),
            understood=[_understood(code) for code in lines.codes[:LINES_SHOWN]] if first == 1 else (),
        )

    def _rows(self, codes: Sequence[CodeLine]) -> Iterator[bytes]:
        """Write each code as PostgreSQL's binary COPY wants it; the hottest loop of an import."""
        brand_id, pack = self._context.brand_id, _HEAD.pack
        newest, *older = self._finders
        prints = [newest(code.code) for code in codes]
        sealed = self._vault.seal_many(
            (VoucherCode(code.code, code.pin).packed(), code_sealed_for(brand_id, fingerprint))
            for code, fingerprint in zip(codes, prints, strict=True)
        )
        for code, fingerprint, secret in zip(codes, prints, sealed, strict=True):
            until = FOR_EVER if code.valid_until is None else _microseconds(code.valid_until)
            yield pack(len(COLUMNS), 8, code.line, 8, until, 16, fingerprint, len(secret)) + secret
            yield _array([finder(code.code) for finder in older]) if older else ABSENT


def _understood(code: CodeLine) -> UnderstoodLine:
    return UnderstoodLine(code.line, code.code, code.pin, code.valid_until)


def _microseconds(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * MICROSECOND_PARTS + since.microseconds


def _array(items: Sequence[bytes]) -> bytes:
    """Write a bytea[]."""
    body = struct.pack(">iiiii", 1, 0, BYTEA, len(items), 1)
    body += b"".join(struct.pack(">i", len(item)) + item for item in items)
    return struct.pack(">i", len(body)) + body


_sealer: Sealer | None = None


def prepare(keys: Mapping[int, bytes], context: FileContext) -> None:
    """Make this process's sealer; runs once in each process beside."""
    global _sealer  # noqa: PLW0603 - a process of a pool has no other place to keep it
    _sealer = Sealer(Vault(keys), context)


def seal_stretch(text: bytes, first: int) -> Stretch:
    """Seal, in a process that was prepared."""
    assert _sealer is not None  # noqa: S101 - for the type checker
    return _sealer.seal(text, first)
