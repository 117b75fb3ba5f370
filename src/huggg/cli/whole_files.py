"""Files that a command reads or writes whole: by path, or a standard stream for `-`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def read_file(file: Path, *, bytes_max: int) -> bytes:
    """Read a file, and at most a byte more than its reader takes: a device has no end."""
    if str(file) == "-":
        return sys.stdin.buffer.read(bytes_max + 1)
    with file.open("rb") as source:
        return source.read(bytes_max + 1)


def write_file(file: Path, content: bytes) -> None:
    """Write a file. One that is there is replaced by the whole content, or stays as it is."""
    if str(file) == "-":
        sys.stdout.buffer.write(content)
    elif file.exists() and not file.is_file():  # a device, or a pipe
        file.write_bytes(content)
    else:
        _replace(file.resolve(), content)


def _replace(file: Path, content: bytes) -> None:
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(content)
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
