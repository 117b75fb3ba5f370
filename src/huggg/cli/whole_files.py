"""Files that a command reads or writes whole: by path, or a standard stream for `-`."""

from __future__ import annotations

import sys
from pathlib import Path

from huggg.durable_files import PUBLIC, put_file


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
        put_file(file.resolve(), content, mode=PUBLIC)
