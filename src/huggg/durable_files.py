"""Durable files: each has its old content or its new one, whole, after a power cut or a full disk."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SUFFIX = ".part"
"""How the name of an unfinished file ends."""

PRIVATE = 0o600
PUBLIC = 0o666
"""Modes of new files, of which the umask takes away."""


def put_file(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file. One that is there is replaced, and leaves its mode and its owner to the new one.

    Raises OSError; the file is then as it was.
    """
    with _draft(file, content, mode) as draft:
        draft.replace(file)
    sync_folder(file.parent)


def create_file(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file, unless it is there: of several processes that begin at once, one wins.

    Raises OSError; the file is then as it was.
    """
    with _draft(file, content, mode) as draft, suppress(FileExistsError):
        os.link(draft, file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Have a folder's names survive a power cut, where its file system can. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _draft(file: Path, content: bytes, mode: int) -> Iterator[Path]:
    """Write the content to a file beside, and remove that in the end unless it was renamed."""
    draft = file.with_name(f".{secrets.token_hex(8)}{SUFFIX}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as unfinished:
            with suppress(FileNotFoundError):
                _inherit(unfinished.fileno(), file.stat())
            unfinished.write(content)
            unfinished.flush()
            os.fsync(unfinished.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _inherit(descriptor: int, replaced: os.stat_result) -> None:
    with suppress(PermissionError):  # only the superuser gives files away
        os.fchown(descriptor, replaced.st_uid, replaced.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(replaced.st_mode))
