"""Passwords: Argon2id, a few at a time.

One hash costs tens of milliseconds and 19 MiB by design, so an open login page could exhaust the
machine. At most as many run at once as there are cores, and a log-in that would wait too long is
refused.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from huggg.identity.errors import LoginBusy
from huggg.kit.errors import Invalid

WAIT_SECONDS_MAX = 2.0
LENGTH_MIN = 8
LENGTH_MAX = 2000  # as many as a request may carry

TIME_COST = 2  # these three are OWASP's minimum for Argon2id
MEMORY_KIB = 19 * 1024
PARALLELISM = 1

_hasher = PasswordHasher(TIME_COST, MEMORY_KIB, PARALLELISM)


class Passwords:
    """Hashes and checks passwords. One per process."""

    def __init__(self) -> None:
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)
        self._no_password = _hash_of_no_password()

    def hash(self, password: str) -> str:
        """Hash for keeping. Blocks for tens of milliseconds: for commands, not for requests.

        Raises Invalid for one that is too short, or could not be sent to log in.
        """
        if not LENGTH_MIN <= len(password) <= LENGTH_MAX or "\0" in password:
            raise Invalid(f"A password has {LENGTH_MIN} to {LENGTH_MAX} characters, none of them NUL.")
        return _hasher.hash(password)

    async def hash_pin(self, pin: str) -> str:
        """Hash a PIN for keeping, beside the loop of the requests. Raises LoginBusy."""
        async with self._a_core():
            return await asyncio.to_thread(_hasher.hash, pin)

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Compare with the stored hash; None, for a missing user, takes as long.

        Raises LoginBusy when too many others wait.
        """
        async with self._a_core():
            matches = await asyncio.to_thread(_matches, password_hash or self._no_password, password)
        return matches and password_hash is not None

    @asynccontextmanager
    async def _a_core(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._cores.acquire(), WAIT_SECONDS_MAX)
        except TimeoutError:
            raise LoginBusy from None
        try:
            yield
        finally:
            self._cores.release()


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


@cache
def _hash_of_no_password() -> str:
    return _hasher.hash("")
