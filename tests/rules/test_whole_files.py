"""A file that a command writes is there whole, or as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huggg.cli.whole_files import write_file


def test_a_file_is_replaced_with_its_mode_and_where_a_link_leads(tmp_path: Path) -> None:
    file, link = tmp_path / "catalogue.json", tmp_path / "link"
    write_file(file, b"first")
    file.chmod(0o640)
    link.symlink_to(file)
    write_file(link, b"second")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"second", 0o640)
    assert sorted(tmp_path.iterdir()) == [file, link]
    assert link.is_symlink()


def test_a_file_stays_where_the_new_one_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "catalogue.json"
    write_file(file, b"first")

    def fill_up(path: Path, content: bytes) -> int:
        with path.open("wb") as unfinished:
            unfinished.write(content[:1])
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(OSError, match="No space left"):
        write_file(file, b"second")
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_file(Path(os.devnull), b"anything")
    assert not Path(os.devnull).is_file()
