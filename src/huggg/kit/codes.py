"""Codes that are worth money, stored so that a stolen database reveals none of them.

A code is *found* by its fingerprint (HMAC-SHA256, first 128 bits) and, if it must be shown again,
*sealed* (AES-256-GCM). Sealing binds the ciphertext to its row, so an attacker who can write to the
database cannot move a code to another huggg. The keys are numbered and live outside the database. The
newest key in use seals; every key still opens and still finds, so keys can be rotated.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import string
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from itertools import islice

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from huggg.kit.signing import SigningKey
from huggg.refusal import Unavailable

BASE62 = string.ascii_letters + string.digits
KEY_BYTES = 32
FINGERPRINT_BYTES = 16
NONCE_BYTES = 12
NUMBER_BYTES = 2
SEALED_AT_ONCE = 1_000
SPARE_BYTES = 8  # drawn beyond need, as some are thrown away


class SealBrokenError(Exception):
    """A sealed value does not open: another row's, tampered with, or sealed under an unknown key."""


class KeysInDoubtError(Unavailable):
    """The process may lack a key in use, so a code that it does not find may exist."""


class Finder:
    """HMAC-SHA256 under one key, its two paddings hashed once: half the cost of the library's."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def of(self, kind: str) -> Callable[[str], bytes]:
        """Fingerprint many codes of one kind: the common beginning of the hash is computed once."""
        of_kind, outside = self._inner.copy(), self._outer
        of_kind.update(f"{kind}\0".encode())

        def fingerprint(code: str) -> bytes:
            inner, outer = of_kind.copy(), outside.copy()
            inner.update(code.encode("utf-8", "surrogatepass"))
            outer.update(inner.digest())
            return outer.digest()[:FINGERPRINT_BYTES]

        return fingerprint


class Vault:
    """Seals, opens and fingerprints under numbered master keys.

    Each master key of 32 bytes yields three, for sealing, for fingerprints and for signing, so that no
    use can weaken another. The database says which keys are in use, see `keys/roll_call.py`; until
    it is asked, all of them are.
    """

    def __init__(
        self, keys: Mapping[int, bytes], reread: Callable[[], Mapping[int, bytes]] | None = None
    ) -> None:
        """Take the keys; `reread` gives those that there are by now."""
        if not keys:
            raise ValueError("a vault needs at least one key")
        self._reread = reread
        self._newest = max(keys)
        self._in_use: frozenset[int] = frozenset()
        self._lacks: tuple[int, ...] = ()
        self._sure_until = math.inf
        self._by_kind: dict[str, list[Callable[[str], bytes]]] = {}
        self._learn(keys)

    @property
    def newest(self) -> int:
        """The number of the key that seals."""
        return self._newest

    @property
    def checks(self) -> dict[int, bytes]:
        """Fingerprints of the keys, which distinguish keys of one number and reveal no more."""
        return {number: finder.of("key check")("") for number, finder in self._finders.items()}

    @property
    def lacks(self) -> list[int]:
        """The keys in use that this process lacks."""
        return list(self._lacks)

    @property
    def doubt(self) -> str | None:
        """The reason why this vault answers no look-ups, if it does not."""
        if self._lacks:
            return f"This server lacks key {', '.join(map(str, self._lacks))} of the database."
        if time.monotonic() > self._sure_until:
            return "This server has not heard for some time which keys are in use."
        return None

    def reload(self) -> None:
        """Load keys that were added since; a key in use stays, even if its file changed."""
        if self._reread is not None:
            keys_in_use = {number: key for number, key in self._keys.items() if number in self._in_use}
            keys = {**self._reread(), **keys_in_use}
            if keys != self._keys:
                self._learn(keys)

    def rely_on(
        self,
        in_use: Collection[int],
        *,
        newest: int,
        lacks: Collection[int] = (),
        until: float = math.inf,
    ) -> None:
        """Seal under `newest`, and look codes up `until` then by the monotonic clock.

        Where a key `lacks`, no code is looked up; another key may be here under its number.
        """
        self._in_use = frozenset(in_use) - frozenset(lacks)
        self._lacks = tuple(sorted(lacks))
        self._sure_until = until
        if newest != self._newest and newest in self._keys:
            self._newest = newest
            self._by_kind = {}  # its order is another one now

    def _learn(self, keys: Mapping[int, bytes]) -> None:
        """Replace the keys; the cache by kind is cleared last, so that no thread keeps an older one."""
        self._ciphers = {n: AESGCM(_derive(key, b"huggg seal")) for n, key in keys.items()}
        self._finders = {n: Finder(_derive(key, b"huggg fingerprint")) for n, key in keys.items()}
        self._signing = {n: SigningKey(_derive(key, b"huggg sign")) for n, key in keys.items()}
        self._oldest = keys[min(keys)]
        self._keys = dict(keys)
        self._by_kind = {}

    def seal(self, secret: bytes, *, bound_to: bytes) -> bytes:
        """Encrypt for one row. The result is number, nonce and ciphertext: 30 bytes longer."""
        nonce, newest = secrets.token_bytes(NONCE_BYTES), self.newest
        number = newest.to_bytes(NUMBER_BYTES, "big")
        return number + nonce + self._ciphers[newest].encrypt(nonce, secret, bound_to)

    def seal_many(self, secret_and_bound: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """Encrypt for many rows, with few reads of randomness, and never many secrets in memory."""
        newest = self.newest
        number, encrypt = newest.to_bytes(NUMBER_BYTES, "big"), self._ciphers[newest].encrypt
        pairs = iter(secret_and_bound)
        sealed: list[bytes] = []
        while chunk := list(islice(pairs, SEALED_AT_ONCE)):
            nonces = secrets.token_bytes(NONCE_BYTES * len(chunk))
            for index, (secret, bound_to) in enumerate(chunk):
                nonce = nonces[index * NONCE_BYTES : (index + 1) * NONCE_BYTES]
                sealed.append(number + nonce + encrypt(nonce, secret, bound_to))
        return sealed

    def open(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Decrypt a text that `seal` made for the same row. Raises SealBrokenError, KeysInDoubtError."""
        number = int.from_bytes(sealed[:NUMBER_BYTES], "big")
        if number not in self._ciphers:
            self.reload()
        cipher = self._ciphers.get(number)
        nonce = sealed[NUMBER_BYTES : NUMBER_BYTES + NONCE_BYTES]
        if cipher is None:
            self._refuse_in_doubt()
            raise SealBrokenError("sealed under a key that is not configured")
        try:
            return cipher.decrypt(nonce, sealed[NUMBER_BYTES + NONCE_BYTES :], bound_to)
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError("the sealed value does not belong here") from error

    def fingerprint(self, kind: str, code: str) -> bytes:
        """Fingerprint a new code, under the key that seals. `kind` keeps equal texts of two kinds apart.

        Raises KeysInDoubtError.
        """
        return self.finders(kind)[0](code)

    def fingerprints(self, kind: str, code: str) -> list[bytes]:
        """Fingerprint a presented code under every key it may have been stored with.

        Raises KeysInDoubtError.
        """
        return [fingerprint(code) for fingerprint in self.finders(kind)]

    def finders(self, kind: str) -> list[Callable[[str], bytes]]:
        """Give the fingerprinters of one kind of code: the sealing key's first, then newest first.

        Raises KeysInDoubtError.
        """
        self._refuse_in_doubt()
        # Taken once: if a key comes meanwhile, by another thread, it is another one.
        by_kind = self._by_kind
        fingerprinters = by_kind.get(kind)
        if fingerprinters is None:
            newest, finders = self._newest, self._finders
            others = sorted(finders.keys() - {newest}, reverse=True)
            fingerprinters = by_kind[kind] = [finders[number].of(kind) for number in (newest, *others)]
        return fingerprinters

    @property
    def public_keys(self) -> dict[int, bytes]:
        """Give the public halves of all signing keys, by number.

        A key is among them before it comes into use, so that tills know it before its first signature.
        """
        return {number: key.public for number, key in sorted(self._signing.items())}

    def sign(self, number: int, message: bytes) -> bytes:
        """Sign a message under a key, by its number. Raises KeyError."""
        return self._signing[number].sign(message)

    def verifies(self, number: int, message: bytes, signature: bytes) -> bool:
        """Tell whether a signature is that of a key of ours, by its number, of this message."""
        if number not in self._signing:
            self.reload()
        key = self._signing.get(number)
        return key is not None and key.verifies(message, signature)

    def _refuse_in_doubt(self) -> None:
        if self._lacks or time.monotonic() > self._sure_until:
            raise KeysInDoubtError

    def derive_text(self, label: str, length: int) -> str:
        """Derive a text that only holders of the oldest key can know, the same one at every call."""
        raw = HKDF(SHA256(), length, salt=None, info=b"huggg text " + label.encode())
        return "".join(BASE62[byte % len(BASE62)] for byte in raw.derive(self._oldest))


def _derive(key: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(key)


def random_text(length: int, alphabet: str = BASE62) -> str:
    """Draw a code: every symbol independent and equally likely."""
    [text] = random_texts(1, length, alphabet)
    return text


def random_texts(count: int, length: int, alphabet: str = BASE62) -> list[str]:
    """Draw so many codes.

    Bytes beyond the last whole alphabet in 256 are thrown away, as they would favour its first symbols;
    no byte is looked at one by one, because purchases draw codes by the hundred thousand.
    """
    symbols, unfair = _by_byte(alphabet)
    random_bytes = bytearray()
    while (missing := count * length - len(random_bytes)) > 0:
        spare = missing // 8 + SPARE_BYTES
        random_bytes += secrets.token_bytes(missing + spare).translate(symbols, unfair)
    text = random_bytes.decode("ascii")
    return [text[index * length : (index + 1) * length] for index in range(count)]


@lru_cache(maxsize=8)
def _by_byte(alphabet: str) -> tuple[bytes, bytes]:
    """Give the symbol that each byte stands for, and the bytes that stand for none."""
    fair = 256 - 256 % len(alphabet)
    symbols = (alphabet * (256 // len(alphabet) + 1)).encode("ascii")[:256]
    return symbols, bytes(range(fair, 256))
