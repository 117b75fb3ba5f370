"""A file has its old content or its new one, whole, also after a full disk or a power cut."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from huggg.cli.whole_files import write_file
from huggg.durable_files import PRIVATE, PUBLIC, create_file, put_file, sync_folder

Sync = Callable[[int], None]


def test_a_new_file_has_its_mode_less_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        put_file(tmp_path / "private", b"", mode=PRIVATE)
        put_file(tmp_path / "public", b"", mode=PUBLIC)
    finally:
        os.umask(before)
    assert [mode_of(tmp_path / name) for name in ("private", "public")] == [0o600, 0o640]


def test_a_file_is_replaced_with_its_mode_and_where_a_link_leads(tmp_path: Path) -> None:
    file, link = tmp_path / "catalogue.json", tmp_path / "link"
    write_file(file, b"first")
    file.chmod(0o646)
    link.symlink_to(file)
    write_file(link, b"second")
    assert (file.read_bytes(), mode_of(file)) == (b"second", 0o646)
    assert sorted(tmp_path.iterdir()) == [file, link]
    assert link.is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only the superuser gives files away.")
def test_a_file_that_the_superuser_replaces_keeps_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    put_file(file, b"first", mode=PRIVATE)
    os.chown(file, 4711, 4712)
    put_file(file, b"second", mode=PRIVATE)
    assert (file.stat().st_uid, file.stat().st_gid, mode_of(file)) == (4711, 4712, 0o600)


def test_the_content_is_safe_before_the_name_and_the_name_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, steps = tmp_path / "keys", list[tuple[bool, bool]]()

    def note(descriptor: int) -> None:
        steps.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), file.exists()))

    monkeypatch.setattr(os, "fsync", note)
    for write in (put_file, create_file):
        write(file, b"content", mode=PRIVATE)
        file.unlink()
    assert steps == [(False, False), (True, True)] * 2


@pytest.mark.parametrize("write", [put_file, create_file])
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]
) -> None:
    file = tmp_path / "catalogue.json"
    put_file(file, b"first", mode=PUBLIC)
    monkeypatch.setattr(os, "fsync", fails_with(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left"):
        write(file, b"second", mode=PUBLIC)
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_the_first_to_create_a_file_wins(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    create_file(file, b"first", mode=PRIVATE)
    create_file(file, b"second", mode=PRIVATE)
    assert (file.read_bytes(), mode_of(file)) == (b"first", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_its_file_system_cannot_sync_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", fails_with(errno.EINVAL))
    sync_folder(tmp_path)
    monkeypatch.setattr(os, "fsync", fails_with(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        sync_folder(tmp_path)


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_file(Path(os.devnull), b"anything")
    assert not Path(os.devnull).is_file()


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def fails_with(number: int) -> Sync:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return fail
