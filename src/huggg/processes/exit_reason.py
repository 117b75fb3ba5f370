"""The exit reason: a server logs that it starts, and at last why it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

UNKNOWN = "it could not serve"

log = structlog.get_logger()


class ExitReason:
    """The reason for which a server ends. The first one counts, as later ones follow from it."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.code = 0

    def note(self, text: str, *, code: int = 0) -> None:
        """Note a reason, mostly the name of a signal, and the exit code that goes with it."""
        if self.text is None:
            self.text, self.code = text, code

    @contextmanager
    def logged(self, *, host: str, port: int, workers: int) -> Iterator[None]:
        """Log a line before a server runs and one after it, however it ends."""
        log.info("server starts", host=host, port=port, workers=workers)
        try:
            yield
        finally:
            log.info("server ended", reason=self.text or UNKNOWN)
