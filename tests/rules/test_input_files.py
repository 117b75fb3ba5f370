"""Files that a command reads whole."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from huggg.cli.whole_files import read_file


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "brands.json"
    file.write_bytes(b"0123456789")
    assert read_file(file, bytes_max=10) == b"0123456789"


def test_a_device_without_an_end_is_read_to_a_byte_past_the_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_file(Path("/dev/zero"), bytes_max=10) == bytes(11)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(bytes(100))))
    assert read_file(Path("-"), bytes_max=10) == bytes(11)
