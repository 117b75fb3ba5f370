"""Ending: a server says in its log that it starts, and at last why it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

UNKNOWN = "it could not serve"

log = structlog.get_logger()


class Ending:
    """Why a server ends; the first reason counts, as others follow from it."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def because(self, reason: str) -> None:
        """Note a reason, mostly the name of a signal."""
        self.reason = self.reason or reason

    @contextmanager
    def told(self, *, host: str, port: int, workers: int) -> Iterator[None]:
        """Write a line before a server and one after it, however it ends."""
        log.info("server starts", host=host, port=port, workers=workers)
        try:
            yield
        except KeyboardInterrupt:
            self.because("SIGINT")
            raise
        finally:
            log.info("server ended", reason=self.reason or UNKNOWN)
