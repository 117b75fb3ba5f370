"""The keeper of the embedded database outlives a failing look, and says why where it gives up."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from huggg.database import keeper
from huggg.database.embedded import EmbeddedPostgres, EmbeddedPostgresError
from huggg.database.keeper import Keeper

SECONDS_MAX = 10.0


class Server:
    """A server whose looks and starts are written down beforehand; the last of each repeats."""

    def __init__(self, *, looks: list[bool | Exception], starts: list[bool | Exception]) -> None:
        self._looks, self._starts = looks, starts
        self.seen, self.started = threading.Event(), 0

    def speed_up_stop(self) -> None:
        """Do nothing: no other program stops this server."""

    def is_up(self) -> bool:
        if len(self._looks) == 1:
            self.seen.set()
        return _next(self._looks)

    def revive(self) -> bool:
        self.started += 1
        return _next(self._starts)


def _next(outcomes: list[bool | Exception]) -> bool:
    outcome = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "CHECK_SECONDS", 0.001)
    monkeypatch.setattr(keeper, "PAUSES_SECONDS", (0.0, 0.001))
    monkeypatch.setattr(keeper, "SHORT_PAUSE_SECONDS", 0.001)


def kept(server: Any, until: Callable[[Server, threading.Event], threading.Event]) -> list[str]:
    """Keep the server until the event, and give the reasons for which it was given up."""
    reasons: list[str] = []
    lost = threading.Event()

    def note(reason: str) -> None:
        reasons.append(reason)
        lost.set()

    with Keeper(cast("EmbeddedPostgres", server), on_lost=note):
        assert until(server, lost).wait(SECONDS_MAX)
    return reasons


def seen(server: Server, _: threading.Event) -> threading.Event:
    return server.seen


def lost(_: Server, event: threading.Event) -> threading.Event:
    return event


@pytest.mark.parametrize("doubt", [OSError(errno.EMFILE, "Too many open files"), ValueError("odd")])
def test_a_server_that_cannot_be_looked_at_is_looked_at_again(doubt: Exception) -> None:
    server = Server(looks=[True, doubt, doubt, False, True], starts=[True])
    assert kept(server, seen) == []
    assert server.started == 1


def test_a_start_for_which_the_process_is_short_of_files_is_tried_until_it_is_not() -> None:
    short = EmbeddedPostgresError("PostgreSQL cannot run.")
    short.__cause__ = OSError(errno.EMFILE, "Too many open files")
    server = Server(looks=[False, True], starts=[short, short, short, short, short, True])
    assert kept(server, seen) == []
    assert server.started == 6


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (EmbeddedPostgresError("It did not start.", "last words"), "It did not start."),
        (ValueError("odd"), "ValueError: odd"),
    ],
)
def test_a_server_that_does_not_start_is_given_up_after_some_attempts(
    refusal: Exception, reason: str
) -> None:
    server = Server(looks=[False], starts=[refusal])
    assert kept(server, lost) == [reason]
    assert server.started == 2
