"""Adopt a key: it comes into use once every process that runs holds it, see `roll_call.py`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from asyncpg import Record

from huggg.database.pool import Database
from huggg.keys.roll_call import GONE_SECONDS, key_label, queries
from huggg.kit.codes import KeysInDoubtError, Vault

PAUSE_SECONDS = 0.2
TAKEN_UP_SECONDS = 3.0  # in which processes that share the key file have said that they hold it


class KeyNotEverywhereError(Exception):
    """A process that runs has not got the new key, so it is not in use."""


async def adopt_key(
    database: Database,
    vault: Vault,
    *,
    wait_seconds: float,
    on_waiting: Callable[[list[str]], object] = lambda _: None,
) -> None:
    """Bring the newest key of this process into use everywhere; a key that is in use stays so.

    `on_waiting` gets the processes that lack the key, whenever these change. Raises
    KeyNotEverywhereError when some still lack it after the wait, and KeysInDoubtError.
    """
    number, without = max(vault.checks), list[str]()
    began = time.monotonic()
    while not (status := await _bring_into_use(database, vault, number))["in_use"]:
        waited = time.monotonic() - began
        if waited > wait_seconds:
            lack = "; ".join(status["without"])
            raise KeyNotEverywhereError(f"Key {number} is not in use yet. Without it: {lack}.")
        if waited > TAKEN_UP_SECONDS and status["without"] != without:
            without = status["without"]
            on_waiting(without)
        await asyncio.sleep(PAUSE_SECONDS)
    while vault.newest != number:  # until its own roll call, and every other process's, has heard
        if vault.doubt is not None:
            raise KeysInDoubtError(vault.doubt)
        await asyncio.sleep(PAUSE_SECONDS)


async def _bring_into_use(database: Database, vault: Vault, number: int) -> Record:
    check = vault.checks[number]
    return await database.one(
        queries.bring_into_use,
        number=number,
        fingerprint=check,
        key=key_label(number, check),
        gone_seconds=GONE_SECONDS,
    )
