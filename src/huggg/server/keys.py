"""Where the numbered keys come from: the environment, or a file that only the owner can read."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from huggg.kit.codes import KEY_BYTES
from huggg.server.settings import SettingError, Settings

FILE_NAME = "keys"


def load_keys(settings: Settings) -> dict[int, bytes]:
    """Read the keys, making a first one if there is neither setting nor file. Raises SettingError."""
    if settings.keys is not None:
        return _parse(settings.keys, "HUGGG_KEYS")
    path = settings.data_dir / FILE_NAME
    if not path.exists():
        _create(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingError(f"{path} can be read by others: chmod 600 it.")
    return _parse(path.read_text(encoding="ascii"), str(path))


def _create(path: Path) -> None:
    """Write a fresh key; of several processes that start at once, one wins and all read the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{FILE_NAME}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"1:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _parse(text: str, source: str) -> dict[int, bytes]:
    keys = {}
    for part in text.replace("\n", ",").split(","):
        if not part.strip():
            continue
        number, _, encoded = part.strip().partition(":")
        try:
            keys[int(number)] = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise SettingError(f"{source}: each key is written number:base64.") from None
    _check(keys, source)
    return keys


def _check(keys: dict[int, bytes], source: str) -> None:
    if not keys:
        raise SettingError(f"{source} holds no key.")
    for number, key in keys.items():
        if not 1 <= number < 2**16 or len(key) != KEY_BYTES:
            raise SettingError(f"{source}: key {number} must be {KEY_BYTES} bytes, numbered from 1.")
