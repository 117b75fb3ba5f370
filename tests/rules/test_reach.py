"""A database of one's own that cannot be reached is told in a sentence that names the reason."""

from __future__ import annotations

import socket

import pytest

from huggg.server import process
from huggg.settings.values import SettingError


async def test_a_database_that_accepts_and_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "REACH_SECONDS_MAX", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(SettingError, match=r"is away: no answer within 0\.1 s\.$"):
            await process._reach(f"postgresql://huggg@127.0.0.1:{port}/huggg?sslmode=disable")


async def test_a_port_that_cannot_be_is_no_url() -> None:
    with pytest.raises(SettingError, match="is not a PostgreSQL URL"):
        await process._reach("postgresql://huggg@127.0.0.1:99999/huggg")
