"""Loading the numbered keys: from the environment, or from a file that only its owner can read."""

from __future__ import annotations

import base64
import binascii
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from huggg.durable_files import PRIVATE, create_file, put_file
from huggg.kit.codes import KEY_BYTES, Vault

FILE_NAME = "keys"


class BadKeysError(Exception):
    """The keys, or the file that holds them, cannot be used as they are."""


class KeySettings(Protocol):
    """The part of the settings that tells where the keys are."""

    @property
    def data_dir(self) -> Path:
        """Give the folder of the key file."""

    @property
    def keys(self) -> str | None:
        """Give HUGGG_KEYS; None: the keys are in the file."""


def first_keys(settings: KeySettings) -> dict[int, bytes]:
    """Read the keys, making a first one if there is neither setting nor file.

    A first key is made only for a database that was never sealed: for another, a new key is of no use,
    and an operator would take its file for the right one. Raises BadKeysError.
    """
    if settings.keys is None and not _file(settings).exists():
        _create(_file(settings))
    return load_keys(settings)


def load_keys(settings: KeySettings, *, up_to: int | None = None) -> dict[int, bytes]:
    """Read the keys, or those up to a number: newer ones are not in use yet. Raises BadKeysError."""
    return {number: key for number, key in _read(settings).items() if up_to is None or number <= up_to}


def _read(settings: KeySettings) -> dict[int, bytes]:
    if settings.keys is not None:
        return _parse(settings.keys, "HUGGG_KEYS")
    path = _file(settings)
    if not path.exists():
        raise BadKeysError(
            f"{path} is missing, and this database is sealed: copy the key file from another server or"
            " from a backup, or set HUGGG_KEYS."
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadKeysError(f"{path} can be read by others: chmod 600 it.")
    return _parse(path.read_text(encoding="ascii"), str(path))


def load_vault(settings: KeySettings) -> Vault:
    """Make the vault; with a key file it notices a key that is added. Raises BadKeysError."""
    keys = load_keys(settings)
    return Vault(keys, None if settings.keys is not None else _Reread(settings, keys))


def place_of_keys(settings: KeySettings) -> str:
    """Name where the keys are kept here."""
    return "HUGGG_KEYS" if settings.keys is not None else str(_file(settings))


def add_key(settings: KeySettings) -> int:
    """Add a key to the file, for `adopt_key` to bring it into use. Raises BadKeysError."""
    if settings.keys is not None:
        raise BadKeysError(
            "HUGGG_KEYS is set: add a key there, restart every process,"
            " then run `huggg sealing-key rotate`."
        )
    keys, path = load_keys(settings), _file(settings)
    number = max(keys) + 1
    put_file(path, _written({**keys, number: secrets.token_bytes(KEY_BYTES)}), mode=PRIVATE)
    return number


class _Reread:
    """Reads the key file again when it has changed; a moment without it is no reason to stop."""

    def __init__(self, settings: KeySettings, keys: dict[int, bytes]) -> None:
        self._settings = settings
        self._keys = keys
        self._read_at = 0

    def __call__(self) -> dict[int, bytes]:
        with suppress(OSError, BadKeysError):
            changed_at = _file(self._settings).stat().st_mtime_ns
            if changed_at != self._read_at:
                self._keys, self._read_at = load_keys(self._settings), changed_at
        return self._keys


def _file(settings: KeySettings) -> Path:
    return settings.data_dir / FILE_NAME


def _create(path: Path) -> None:
    """Write a fresh key; of several processes that start at once, one wins and all read the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    create_file(path, _written({1: secrets.token_bytes(KEY_BYTES)}), mode=PRIVATE)


def _written(keys: dict[int, bytes]) -> bytes:
    lines = (f"{number}:{base64.b64encode(key).decode()}\n" for number, key in keys.items())
    return "".join(lines).encode("ascii")


def _parse(text: str, source: str) -> dict[int, bytes]:
    keys = {}
    for part in text.replace("\n", ",").split(","):
        if not part.strip():
            continue
        number, _, encoded = part.strip().partition(":")
        try:
            keys[int(number)] = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise BadKeysError(f"{source}: each key is written number:base64.") from None
    _check(keys, source)
    return keys


def _check(keys: dict[int, bytes], source: str) -> None:
    if not keys:
        raise BadKeysError(f"{source} holds no key.")
    for number, key in keys.items():
        if not 1 <= number < 2**16 or len(key) != KEY_BYTES:
            raise BadKeysError(f"{source}: key {number} must be {KEY_BYTES} bytes, numbered from 1.")
