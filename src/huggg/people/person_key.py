"""Person keys: drawn at random, kept sealed, and used to seal texts of one person, or of two.

A sealed person key is read from its row together with the text that it opens, so an erased person's
text stops opening with the statement that deletes the row. Opened ciphers are remembered by the sealed
key, which only that row gives.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from huggg.kit.codes import KEY_BYTES, NONCE_BYTES, SealBrokenError, Vault

REMEMBERED_MAX = 4096


class PersonKey(Struct, frozen=True, gc=False):
    """A row of `person_keys`: the key of one person, sealed under the vault's keys."""

    person_id: UUID
    sealed: bytes


def new_person_keys(vault: Vault, person_ids: Sequence[UUID]) -> list[PersonKey]:
    """Draw a key for each person. A text sealed under it stays readable only once the row is kept."""
    return _seal_keys(vault, person_ids, _random_keys(len(person_ids)))


def new_person_key(vault: Vault, person_id: UUID) -> PersonKey:
    """Draw a key for one person."""
    [key] = new_person_keys(vault, [person_id])
    return key


def person_key(person_id: UUID, sealed: bytes | None) -> PersonKey | None:
    """Read a row that a statement joined; None: the key is destroyed, or was never made."""
    return None if sealed is None else PersonKey(person_id, sealed)


def reseal_person_key(vault: Vault, key: PersonKey) -> PersonKey:
    """Seal a key again under the vault's newest key; the texts under it stay as they are."""
    bound_to = _sealed_for(key.person_id)
    return PersonKey(
        key.person_id, vault.seal(vault.open(key.sealed, bound_to=bound_to), bound_to=bound_to)
    )


def seal_for(vault: Vault, text: bytes, *keys: PersonKey, bound_to: bytes) -> bytes:
    """Seal a text to a row, under one person's key or under several: then each of them erases it.

    The result is nonce and ciphertext, 28 bytes longer than the text.
    """
    return _encrypt(_cipher(vault, keys), text, bound_to)


def open_for(vault: Vault, sealed: bytes, *keys: PersonKey | None, bound_to: bytes) -> bytes | None:
    """Open a text that was sealed under the same keys; None where one of them is destroyed.

    Raises SealBrokenError, KeysInDoubtError.
    """
    existing = tuple(key for key in keys if key is not None)
    if len(existing) < len(keys):
        return None
    try:
        return _cipher(vault, existing).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("the sealed text does not belong here") from error


def seal_under_new_keys(
    vault: Vault, texts: Iterable[tuple[UUID, bytes, bytes]]
) -> list[tuple[PersonKey, bytes]]:
    """Draw a key for each person, and seal a text under it: person id, text, and its row.

    For many at once: no sealed key is opened again.
    """
    plaintexts = list(texts)
    raw_keys = _random_keys(len(plaintexts))
    keys = _seal_keys(vault, [person_id for person_id, _, _ in plaintexts], raw_keys)
    return [
        (key, _encrypt(AESGCM(secret), text, bound_to))
        for key, secret, (_, text, bound_to) in zip(keys, raw_keys, plaintexts, strict=True)
    ]


def _random_keys(count: int) -> list[bytes]:
    raw = secrets.token_bytes(KEY_BYTES * count)
    return [raw[place : place + KEY_BYTES] for place in range(0, len(raw), KEY_BYTES)]


def _seal_keys(vault: Vault, person_ids: Sequence[UUID], raw_keys: Sequence[bytes]) -> list[PersonKey]:
    pairs = zip(raw_keys, map(_sealed_for, person_ids), strict=True)
    return list(map(PersonKey, person_ids, vault.seal_many(pairs)))


def _sealed_for(person_id: UUID) -> bytes:
    return b"person_keys.key\0" + person_id.bytes


def _encrypt(cipher: AESGCM, text: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, text, bound_to)


@lru_cache(maxsize=REMEMBERED_MAX)
def _cipher(vault: Vault, keys: tuple[PersonKey, ...]) -> AESGCM:
    plaintexts = [vault.open(key.sealed, bound_to=_sealed_for(key.person_id)) for key in keys]
    if len(plaintexts) == 1:
        return AESGCM(plaintexts[0])
    return AESGCM(hashlib.sha256(b"".join(plaintexts)).digest())
