"""The keeper: starts the embedded PostgreSQL again when it dies under a process that serves.

The kernel kills a database that takes too much memory, and an operator stops the wrong process. Workers
reconnect by themselves, so all that is missing then is a server to connect to. Each serving process has
a keeper; the lock `postgres.starting` lets one of them act. A stop by `huggg` itself is no death: it
happens only when no process holds a share any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from huggg.database.embedded import EmbeddedPostgres, EmbeddedPostgresError

CHECK_SECONDS = 0.25
PAUSES_SECONDS = (0.0, 1.0, 2.0, 4.0)
"""Seconds that the keeper waits before each attempt; after the last it gives the server up."""

log = structlog.get_logger()


class Keeper:
    """A thread that looks four times a second whether the server is there."""

    def __init__(self, server: EmbeddedPostgres, *, on_lost: Callable[[str], None]) -> None:
        """Keep `server`; the thread calls `on_lost` with a sentence once it cannot start the server."""
        self._server = server
        self._lost = on_lost
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop looking. A start that is under way is waited for, as two would be in each other's way."""
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(CHECK_SECONDS):
            if not self._server.is_up() and not self._revive():
                return

    def _revive(self) -> bool:
        died, reason = time.monotonic(), ""
        for pause in PAUSES_SECONDS:
            if self._done.wait(pause):
                return False
            try:
                if self._server.revive():
                    log.warning("the database was started again", seconds=time.monotonic() - died)
            except EmbeddedPostgresError as error:
                reason = str(error)
                log.error("the database does not start", reason=reason)  # noqa: TRY400 - says it all
            else:
                return True
        self._lost(reason.partition("\n")[0])
        return False
