"""The demo world of an installation: found, or else built, which is announced."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import typer

from huggg.demo.seed import demo_world, erased_people, is_seeded, seed
from huggg.identity.passwords import Passwords
from huggg.kit.platform import Platform
from huggg.server.process import database_at_hand, platform_of
from huggg.server.wiring import build_processor
from huggg.settings.settings import Settings, read_settings
from huggg.settings.table import DEFAULT_PORT
from huggg.settings.values import SettingError

SECRET_SETTINGS = ("HUGGG_DATABASE_URL", "HUGGG_KEYS")

BE_ALONE = "SET lock_timeout = '120s'; SELECT pg_advisory_lock(hashtextextended('demo_world', 0))"
"""Waits until no other process builds: two at once would give each sample twice."""


async def build_world(settings: Settings, platform: Platform, *, base_url: str) -> dict[str, Any]:
    """Build the demo world if it is missing, report that on standard error, and return its log-ins.

    Its cards belong to the fake, also where another processor charges cards otherwise.
    """
    processor = build_processor(replace(settings, card_processor="fake"), platform.database)
    async with _alone(settings):
        if not await is_seeded(platform.database):
            typer.echo(f"Building a new demo world, {place_of(read_settings())}.", err=True)
        _refuse_erased(await erased_people(platform))
        return await seed(platform, Passwords(), processor, base_url=base_url)


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[None]:
    """Hold the lock on a connection beside the pool, which may have a single one for the seed."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(BE_ALONE)
        yield
    finally:
        await connection.close()


def _refuse_erased(names: list[str]) -> None:
    """Check that the people are there who buy and receive the samples. Raises SettingError."""
    if names:
        world = f"the demo world {place_of(read_settings())}"
        raise SettingError(
            f"Erased from {world}, with samples: {', '.join(names)}. `huggg serve` serves the rest of"
            " that world; a new one needs another HUGGG_DATA_DIR or HUGGG_DATABASE_URL."
        )


def read_world(*, base_url: str) -> dict[str, Any]:
    """Tell how to get into the demo world that is there; nothing is built or changed.

    Raises SettingError where there is none.
    """
    settings = read_settings()
    missing = SettingError(
        f"There is no demo world {place_of(settings)}. `huggg demo` builds one; to read that of a"
        " server, set HUGGG_DATA_DIR and HUGGG_DATABASE_URL as they are set there."
    )
    if settings.database_url is None and not os.path.lexists(settings.data_dir / "postgres"):
        raise missing
    with database_at_hand() as at_hand:
        world = asyncio.run(_read(at_hand, base_url=base_url))
    if world is None:
        raise missing
    return world


def place_of(settings: Settings) -> str:
    """Say where the database is."""
    if settings.database_url is None:
        return f"embedded in {settings.data_dir}"
    return "in the database of HUGGG_DATABASE_URL"


def reading_line(settings: Settings, *, port: int) -> str:
    """Write the command that prints how to get in, as it works in any folder; no secret stands in it."""
    secrets = [f'{name}="${name}"' for name in SECRET_SETTINGS if os.environ.get(name)]
    data_dir = f"HUGGG_DATA_DIR={shlex.quote(str(settings.data_dir))}"
    command = Path(sys.argv[0]).absolute()
    runs = [str(command)] if command.name == "huggg" else [sys.executable, "-m", "huggg"]
    options = [] if port == DEFAULT_PORT else ["--port", str(port)]
    return " ".join([*secrets, data_dir, shlex.join([*runs, "demo", "--credentials", *options])])


async def _read(settings: Settings, *, base_url: str) -> dict[str, Any] | None:
    connection = await asyncpg.connect(settings.database_url)
    try:
        if not await connection.fetchval("SELECT to_regclass('teams') IS NOT NULL"):
            return None
        async with platform_of(settings) as platform:
            seeded = await is_seeded(platform.database)
            return await demo_world(platform, base_url=base_url) if seeded else None
    finally:
        await connection.close()
