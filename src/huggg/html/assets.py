"""Assets: style sheets, scripts and pictures, each at an address that names its content.

The address holds a hash of the file. So a browser keeps an asset for a year without asking again, and a
file that changed has another address. An address with another hash is 404: it is never answered with the
content of another release.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[1]
FOLDER = "static"
"""Each package keeps its assets in a folder of this name."""

HASH_DIGITS = 16  # of hex: 64 bits

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class Asset(Struct, frozen=True):
    """A file as it is served."""

    path: str
    body: bytes
    media_type: str


class Assets:
    """All assets of all packages, read when the first one is asked for. One per process."""

    def __init__(self, root: Path = ROOT) -> None:
        """Take the folder that holds the packages."""
        self._root = root

    def path(self, name: str) -> str:
        """Give the address of an asset by its package and file: `html/huggg.css`. Raises KeyError."""
        return self._by_name[name].path

    def find(self, path: str) -> Asset | None:
        """Find the asset that has exactly this address."""
        return self._by_path.get(path)

    @cached_property
    def _by_name(self) -> Mapping[str, Asset]:
        files = sorted(self._root.glob(f"*/{FOLDER}/*"))
        return {f"{file.parent.parent.name}/{file.name}": _read(file) for file in files}

    @cached_property
    def _by_path(self) -> Mapping[str, Asset]:
        return {asset.path: asset for asset in self._by_name.values()}


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    digest = sha256(body).hexdigest()[:HASH_DIGITS]
    path = f"/{FOLDER}/{file.stem}-{digest}{file.suffix}"
    return Asset(path, body, MEDIA_TYPES[file.suffix])
