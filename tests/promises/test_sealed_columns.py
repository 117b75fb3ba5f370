"""Every column of bytes is listed once for a rotation of keys: as sealed, as found by, or as open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from huggg.keys.sealed_columns import FOUND_BY, OF_THEIR_OWN, OPEN, RESEALED, UNDER_PERSON_KEYS
from tests.support.schema import SCHEMA

TABLE = re.compile(r"CREATE (?:UNLOGGED )?TABLE public\.(\w+) \((.*?)\n\)", re.DOTALL)
BYTES = re.compile(r"^ +\"?(\w+)\"? bytea\b", re.MULTILINE)


def columns_of_bytes() -> Iterator[str]:
    for table, columns in TABLE.findall(SCHEMA.read_text(encoding="utf-8")):
        yield from (f"{table}.{column}" for column in BYTES.findall(columns))


def test_a_rotation_knows_every_column_of_bytes_once() -> None:
    resealed = [f"{each.table}.{each.column}" for each in RESEALED]
    listed = [*resealed, *OF_THEIR_OWN, *UNDER_PERSON_KEYS, *FOUND_BY, *OPEN]
    there = list(columns_of_bytes())
    assert "hugggs.codes" in there  # the pattern still reads the schema
    assert sorted(listed) == sorted(there)
