"""An installation of a test's own: a data directory with its embedded PostgreSQL, to be maltreated."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from huggg.database.cluster import open_cluster
from huggg.database.embedded import start_embedded
from huggg.database.pool import Database
from huggg.database.postmaster import socket_directory, start_server
from huggg.database.sessions import connect
from huggg.kit.codes import Vault
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.keys import TEST_KEYS
from tests.support.postgres import copy_data, folder_for_postgres
from tests.support.processes import children, environment_of, send_signal
from tests.support.world import World, build_world


@dataclass(frozen=True, slots=True)
class Installation:
    """A data directory, as `HUGGG_DATA_DIR` names it; its database runs only while a process uses it."""

    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.data_dir

    @property
    def environment(self) -> dict[str, str]:
        """For a server that starts the embedded database itself."""
        return environment_of(self.settings)

    def environment_with(self, database_url: str) -> dict[str, str]:
        """Give the environment of a server to which the same database is an outside one."""
        return environment_of(replace(self.settings, database_url=database_url))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Look into the database, while the block lasts."""
        with start_embedded(self.folder) as server:
            database = await connect(server.url)
            try:
                yield database
            finally:
                await database.close()

    @asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        """Make the world in it."""
        with start_embedded(self.folder) as server:
            settings = replace(self.settings, database_url=server.url)
            database = await connect(server.url)
            try:
                async with served(settings) as http:
                    yield await build_world(build_platform(settings, database, Vault(TEST_KEYS)), http)
            finally:
                await database.close()

    def processes(self) -> list[int]:
        """Name the database's processes, the first of them first."""
        note = self.folder / "postgres" / "data" / "postmaster.pid"
        if not note.exists():
            return []
        first = int(note.read_text().split("\n", 1)[0])
        return [first, *children(first)]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the database's processes, and to no others; also to those born meanwhile."""
        known_pids: set[int] = set()
        while new_pids := [pid for pid in self.processes() if pid not in known_pids]:
            for pid in new_pids:
                send_signal(pid, number, only_if="postgres")
            known_pids.update(new_pids)

    def stop_database(self, mode: str) -> None:
        """Stop the database as an administrator does, with `pg_ctl stop`."""
        done = open_cluster(self.folder).pg_ctl("stop", f"--mode={mode}")
        assert done.returncode == 0, done.stderr

    def start_database(self) -> None:
        """Start the database as an administrator does, with `pg_ctl start`, at the same address."""
        cluster = open_cluster(self.folder)
        start_server(cluster, socket_directory(cluster))


@contextmanager
def new_installation(settings: Settings, pristine: Path) -> Iterator[Installation]:
    """Make one, and leave nothing of it."""
    with folder_for_postgres() as folder, _installation_in(settings, pristine, folder) as installation:
        yield installation


@contextmanager
def _installation_in(settings: Settings, pristine: Path, folder: Path) -> Iterator[Installation]:
    copy_data(pristine, folder)
    installation = Installation(replace(settings, data_dir=folder, database_url=None))
    try:
        yield installation
    finally:
        installation.signal(signal.SIGCONT)
        start_embedded(folder).release()  # the last to leave stops it
