"""Locking out and letting in again, for the commands of clients and of users."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

import typer
from asyncpg import Record

from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform


class SetActive(Protocol):
    """Disables or enables one client or user; tells if it `changed`, and how many logins `ended`."""

    def __call__(self, platform: Platform, name: str, /, *, active: bool) -> Awaitable[Record]:
        """Find it by its id, or by a user's username. Raises Invalid."""


def disable(name: str, set_active: SetActive) -> None:
    """Disable it, and print how many of its logins ended."""
    row = _run(name, set_active, active=False)
    typer.echo(f"Disabled. Logins ended: {row['ended']}." if row["changed"] else "Disabled already.")


def enable(name: str, set_active: SetActive) -> None:
    """Enable it, and print whether it was disabled."""
    row = _run(name, set_active, active=True)
    typer.echo("Enabled." if row["changed"] else "Enabled already.")


def _run(name: str, set_active: SetActive, *, active: bool) -> Record:
    async def act(platform: Platform) -> Record:
        return await set_active(platform, name, active=active)

    return run_with_platform(act)
