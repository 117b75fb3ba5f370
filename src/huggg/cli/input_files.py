"""Files that a command reads whole: by path, or standard input for `-`."""

from __future__ import annotations

import sys
from pathlib import Path


def read_file(file: Path, *, bytes_max: int) -> bytes:
    """Read a file, and at most a byte more than its reader takes: a device has no end."""
    if str(file) == "-":
        return sys.stdin.buffer.read(bytes_max + 1)
    with file.open("rb") as source:
        return source.read(bytes_max + 1)
