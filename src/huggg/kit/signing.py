"""Signing keys (Ed25519): a holder of the public key proves a text of ours without asking us."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SigningKey:
    """One key; `public` is its public half, 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        """Take the private half, 32 bytes."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._verifier = self._private.public_key()
        self.public = self._verifier.public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Sign a message; the signature is 64 bytes."""
        return self._private.sign(message)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Tell whether a signature is this key's, of this message."""
        try:
            self._verifier.verify(signature, message)
        except InvalidSignature:
            return False
        return True
