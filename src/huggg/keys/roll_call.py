"""The roll call: each process reports every second which keys it holds, and learns the keys in use.

A process that lacks a key in use does not find codes sealed under it: it would tell its tills that there
is no such huggg. So a new key comes into use only when every process that answers holds it, and seals
some seconds later. A process that lacks a key in use, or has not heard the keys in use for some seconds,
refuses every look-up.

The times fit together. A process that has not heard of a new key refuses before that key seals a code,
and a process that no longer answers refuses before it is no longer counted.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import structlog
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.chores import beside, every
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.people import READS_SEALED_MESSAGES, READS_SEALED_PEOPLE
from huggg.refusal import Unavailable

CALL_SECONDS = 1.0
SURE_SECONDS = 10.0
ADOPT_SECONDS = SURE_SECONDS + CALL_SECONDS
GONE_SECONDS = 15.0

queries = Queries(__file__, "roll_call.sql")

log = structlog.get_logger()


def key_label(number: int, check: bytes) -> str:
    """Write down which key is meant, and nothing else about it."""
    return f"{number}:{check.hex()}"


def lacking(own_checks: Mapping[int, bytes], in_use: Mapping[int, bytes]) -> list[int]:
    """Name the keys in use that this process lacks, or holds with another value; both map to checks."""
    return sorted(number for number, check in in_use.items() if own_checks.get(number) != check)


class RollCall:
    """One process's part in the roll call."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._id = new_id()
        self._name = f"{socket.gethostname()}, process {os.getpid()}"

    async def answer(self) -> None:
        """Report the keys held here, and rely on the keys in use for SURE_SECONDS.

        Raises Unavailable.
        """
        self._vault.reload()
        asked_at = time.monotonic()
        roll = await self._call()
        if roll is None:
            checks = self._vault.checks
            await self._database.rows(
                queries.begin, numbers=list(checks), fingerprints=list(checks.values())
            )
            roll = await self._call()
        if roll is not None:
            self._take_in(roll, until=asked_at + SURE_SECONDS)

    async def leave(self) -> None:
        """Be counted no longer. Raises Unavailable."""
        await self._database.rows(queries.leave, id=self._id)

    async def _call(self) -> Record | None:
        own_keys = (key_label(number, check) for number, check in self._vault.checks.items())
        return await self._database.each(
            queries.answer_roll_call,
            id=self._id,
            name=self._name,
            keys=",".join([*own_keys, READS_SEALED_MESSAGES, READS_SEALED_PEOPLE]),
            adopt_seconds=ADOPT_SECONDS,
        )

    def _take_in(self, roll: Record, *, until: float) -> None:
        pairs = (key.split(":") for key in roll["in_use"])
        in_use = {int(number): bytes.fromhex(check) for number, check in pairs}
        lacks = lacking(self._vault.checks, in_use)
        if lacks != self._vault.lacks:
            log.warning("keys lacking", numbers=lacks)
        # Right after an upgrade no key may have been in use for long: every process has the oldest.
        may_seal = set(roll["may_seal"] or [min(in_use)]) - set(lacks)
        self._vault.rely_on(
            in_use, newest=max(may_seal, default=self._vault.newest), lacks=lacks, until=until
        )


@asynccontextmanager
async def answering(database: Database, vault: Vault) -> AsyncIterator[None]:
    """Take part in the roll call while the block runs.

    A database that is away delays no start: until it answers, the vault refuses look-ups.
    """
    call = RollCall(database, vault)
    vault.rely_on((), newest=vault.newest, until=-1.0)
    with suppress(Unavailable):
        await call.answer()
    try:
        async with beside(every(CALL_SECONDS, call.answer, name="roll call")):
            yield
    finally:
        with suppress(Unavailable):
            await call.leave()
