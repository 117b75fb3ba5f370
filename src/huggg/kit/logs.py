"""Logs: one JSON line an event, and never a code, token or body in it."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = ("debug", "info", "warning", "error")

DETAIL = re.compile(r"\n(?:DETAIL|CONTEXT|HINT): .*|(?<=query argument )\$\d+: .*", re.DOTALL)
"""Parts of PostgreSQL's errors that quote the refused values, phone numbers and all."""


def writes(level: str, least: str) -> bool:
    """Tell whether lines of a level are written where `least` is the setting."""
    return LEVELS.index(level) >= LEVELS.index(least)


def configure_logs(level: str, *processors: Processor) -> None:
    """Send structured lines to standard error, from `level` up, and the warnings of libraries."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *processors,
            structlog.processors.format_exc_info,
            _without_details,
            structlog.processors.JSONRenderer(serializer=_encode),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # Looked up at each line: a later redirection of standard error holds for these lines too.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToLines(max(logging.WARNING, getattr(logging, level.upper())))]


class _ToLines(logging.Handler):
    """Passes the warnings of libraries on; below warnings they log requests, with addresses and all."""

    def emit(self, record: logging.LogRecord) -> None:
        write = log.error if record.levelno >= logging.ERROR else log.warning
        write(record.getMessage(), logger=record.name, exc_info=record.exc_info)


log = structlog.get_logger()


def _without_details(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if "exception" in event:
        event["exception"] = DETAIL.sub("", event["exception"])
    return event


def _encode(event: EventDict, **_: Any) -> str:  # noqa: ANN401 - the library's arguments for json
    return msgspec.json.encode(event, enc_hook=str).decode()
