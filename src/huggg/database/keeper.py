"""The keeper: starts the embedded PostgreSQL again when it dies under a process that serves.

The kernel kills a database that takes too much memory, and an operator stops the wrong process. Workers
reconnect by themselves, so all that is missing then is a server to connect to. Each serving process has
a keeper; the lock `postgres.starting` lets one of them act. A stop by `huggg` itself is no death: it
happens only when no process holds a share any more. Any other stop is one, and is sped up where it would
wait for the sessions of this very process.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from huggg.database.embedded import EmbeddedPostgres, EmbeddedPostgresError

CHECK_SECONDS = 0.25
SHORT_PAUSE_SECONDS = 1.0
"""Seconds until the next attempt, while this process or the machine is short of files or memory."""

PAUSES_SECONDS = (0.0, 1.0, 2.0, 4.0)
"""Seconds that the keeper waits before each attempt; after the last it gives the server up."""

SHORT = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}
"""The operating system's errors that pass by themselves, and tell nothing of the server."""

log = structlog.get_logger()


class Keeper:
    """A thread that looks four times a second whether the server is there."""

    def __init__(self, server: EmbeddedPostgres, *, on_lost: Callable[[str], None]) -> None:
        """Keep `server`; the thread calls `on_lost` with a sentence once it cannot start the server."""
        self._server = server
        self._lost = on_lost
        self._done = threading.Event()
        self._in_doubt = False
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
            if not self._seems_up() and not self._revive():
                return

    def _seems_up(self) -> bool:
        """Look for the server; where the look fails, as without a free file descriptor, say yes."""
        try:
            self._server.speed_up_stop()
            is_up = self._server.is_up()
        except Exception as error:  # noqa: BLE001 - a thread that ends here would keep nothing any more
            if not self._in_doubt:
                log.warning("the database cannot be looked at", reason=_named(error))
            self._in_doubt = True
            return True
        self._in_doubt = False
        return is_up

    def _revive(self) -> bool:
        died, reason = time.monotonic(), ""
        pauses = [*PAUSES_SECONDS]
        while pauses:
            if self._done.wait(pauses.pop(0)):
                return False
            try:
                if self._server.revive():
                    log.warning("the database was started again", seconds=time.monotonic() - died)
            except Exception as error:  # noqa: BLE001 - as above
                reason = str(error) if isinstance(error, EmbeddedPostgresError) else _named(error)
                log.error("the database does not start", reason=reason)  # noqa: TRY400 - says it all
                if _is_short(error):
                    pauses.insert(0, SHORT_PAUSE_SECONDS)
            else:
                return True
        self._lost(reason.partition("\n")[0])
        return False


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _is_short(error: Exception) -> bool:
    """Tell whether an attempt failed as the process or the machine was short of files or memory."""
    cause = error.__cause__ if isinstance(error, EmbeddedPostgresError) else error
    return isinstance(cause, OSError) and cause.errno in SHORT
