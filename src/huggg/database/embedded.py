"""The embedded PostgreSQL: the first process starts it, the last one stops it.

Each user of the server holds a shared lock on `postgres.users` in the data directory. A user that
releases the last share stops the server. The kernel releases a killed holder's lock, so a crash neither
stops the server under the others nor keeps it running for ever. A second lock, `postgres.starting`,
makes starting and stopping exclude each other.

The superuser only makes the role that owns the schema. huggg works as that role, so an injected
statement reads no files and starts no programs.

The server is no child process (`postmaster.py`). When all its users are killed it runs on, and the next
start takes it over. A next start with another clock (`faketime`) starts the server anew, so that both
have that clock. When the server itself was killed, the next start recovers all committed data. A process
that serves has a keeper (`keeper.py`), which starts a killed server again at once.
"""

import atexit
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from huggg.database.cluster import Cluster, EmbeddedPostgresError, open_cluster
from huggg.database.postmaster import (
    NOTE,
    SlowStop,
    is_alive,
    listens,
    read_postmaster,
    running_sockets,
    socket_directory,
    start_server,
    stop_server,
)

if sys.platform != "win32":
    import fcntl

__all__ = ["HAND_OVER", "OWNER", "EmbeddedPostgres", "EmbeddedPostgresError", "start_embedded"]

SUPERUSER = "huggg"
OWNER = "huggg_owner"
HAND_OVER = Path(__file__).with_name("hand_over.sql")

log = structlog.get_logger()

CLOCKS_APART_MAX = 60.0
"""The most seconds between two readings of one clock on a slow machine: beyond, the clocks differ."""


class EmbeddedPostgres:
    """One process's share in the server, which runs at least until `release`."""

    def __init__(self, cluster: Cluster, *, sockets: Path, data_dir: Path, share: int) -> None:
        self.binaries = cluster.binaries
        self._cluster = cluster
        self._sockets = sockets
        self._data_dir = data_dir
        self._share: int | None = share
        self._holder = os.getpid()
        self._without_note = False
        self._slow_stop = SlowStop()

    @property
    def url(self) -> str:
        """The URL by which huggg connects, as the owner of the schema.

        The path of the sockets needs no quoting for any client (see `socket_directory`).
        """
        return self._url(OWNER)

    @property
    def superuser_url(self) -> str:
        """The URL by which an administrator connects, to tune the server or to copy all of it."""
        return self._url(SUPERUSER)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which PostgreSQL's own programs find the server without options."""
        return {
            "PGHOST": str(self._sockets),
            "PGPORT": "5432",
            "PGUSER": OWNER,
            "PGDATABASE": "huggg",
        }

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@/huggg?host={self._sockets}&port=5432"

    def is_up(self) -> bool:
        """Tell whether the server's process is there; it may be on its way up or down.

        A server whose note was removed or damaged is there as long as its socket answers. Raises OSError
        where this process cannot look.
        """
        postmaster = read_postmaster(self._cluster)
        if postmaster is not None and postmaster.pid > 0:
            return is_alive(postmaster.pid)
        is_up = listens(self._sockets)
        if is_up and not self._without_note:
            log.warning(
                "the database's note is missing or damaged",
                file=str(self._cluster.data / NOTE),
                outlook="PostgreSQL stops within a minute and is started again",
            )
        self._without_note = is_up
        return is_up

    def speed_up_stop(self) -> None:
        """Let the stop by another program not wait for our sessions. Raises OSError as `is_up`."""
        self._slow_stop.speed_up(read_postmaster(self._cluster))

    def revive(self) -> bool:
        """Start a server that has died, at the same address; False: another process was faster.

        Blocks until it answers, which takes as long as the recovery does. Raises EmbeddedPostgresError.
        """
        try:
            with _starting(self._data_dir):
                if running_sockets(self._cluster, self._sockets) is not None:
                    return False
                self._sockets.mkdir(mode=0o700, exist_ok=True)
                self._cluster.account.own(self._sockets)
                start_server(self._cluster, self._sockets)
        except OSError as error:
            raise _cannot_run(self._data_dir, error) from error
        return True

    def release(self) -> None:
        """Give up the share; the holder of the last one waits until the server has stopped.

        Repeated calls are harmless, and so is a call in a forked child, whose parent still holds the
        share.
        """
        if self._share is None or os.getpid() != self._holder:
            return
        atexit.unregister(self.release)
        share, self._share = self._share, None
        try:
            with _starting(self._data_dir):
                if _is_last(share):
                    stop_server(self._cluster, self._sockets)
        finally:
            os.close(share)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def start_embedded(data_dir: Path) -> EmbeddedPostgres:
    """Take a share in the data directory's server, which is made and started as needed.

    Blocks until it answers. Raises EmbeddedPostgresError.
    """
    if sys.platform == "win32":
        raise EmbeddedPostgresError(
            "The embedded PostgreSQL needs Linux or macOS: set HUGGG_DATABASE_URL."
        )
    data_dir = data_dir.absolute()
    try:
        # Root's is passable, so that the account PostgreSQL runs as can reach its part of it.
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        with _starting(data_dir):
            cluster = open_cluster(data_dir)
            sockets = _left_running(cluster, data_dir)
            share = _open_lock(data_dir / "postgres.users")
            try:
                fcntl.flock(share, fcntl.LOCK_SH)
                sockets = sockets or start_server(cluster, socket_directory(cluster))
                _hand_over(cluster, sockets)
                server = EmbeddedPostgres(cluster, sockets=sockets, data_dir=data_dir, share=share)
                atexit.register(server.release)  # a signal may come before the caller has it
            except BaseException as error:
                is_started = sockets is not None or not isinstance(error, Exception)
                _abandon(cluster, sockets, share, is_started=is_started)
                raise
    except OSError as error:
        raise _cannot_run(data_dir, error) from error
    return server


def _abandon(cluster: Cluster, sockets: Path | None, share: int, *, is_started: bool) -> None:
    """Undo a start that failed later on, or that a signal ended, unless others use the server."""
    try:
        if is_started and _is_last(share):
            stop_server(cluster, sockets)
    finally:
        os.close(share)


def _cannot_run(data_dir: Path, error: OSError) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(f"PostgreSQL cannot run in {data_dir}: {error}.")


def _left_running(cluster: Cluster, data_dir: Path) -> Path | None:
    """Find the server that runs. Stops it if it has no users, and another clock than this process."""
    sockets = running_sockets(cluster)
    if sockets is None or _is_used(data_dir):
        return sockets
    clock = _psql(cluster, sockets, "SELECT extract(epoch FROM clock_timestamp())")
    if abs(float(clock) - time.time()) <= CLOCKS_APART_MAX:
        return sockets
    stop_server(cluster)
    return None


def _is_used(data_dir: Path) -> bool:
    share = _open_lock(data_dir / "postgres.users")
    try:
        return not _is_last(share)
    finally:
        os.close(share)


def _hand_over(cluster: Cluster, sockets: Path) -> None:
    """Let the owner's role own the schema, also in a data directory of a release that had none."""
    _psql(cluster, sockets, HAND_OVER.read_text(encoding="utf-8"))


def _psql(cluster: Cluster, sockets: Path, script: str) -> str:
    """Run statements as the superuser; gives their output. Raises EmbeddedPostgresError."""
    psql = (
        cluster.binaries / "psql",
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        "--dbname=huggg",
    )
    connection_options = (f"--host={sockets}", "--port=5432", f"--username={SUPERUSER}")
    result = cluster.account.run(*psql, *connection_options, stdin=script)
    if result.returncode != 0:
        raise EmbeddedPostgresError(
            f"PostgreSQL in {cluster.home} does not answer its superuser.", result.stderr
        )
    return result.stdout


@contextmanager
def _starting(data_dir: Path) -> Iterator[None]:
    lock = _open_lock(data_dir / "postgres.starting")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _is_last(share: int) -> bool:
    """Say whether no other share is left; either way ours is no longer to be relied upon."""
    try:
        fcntl.flock(share, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_lock(path: Path) -> int:
    """Open without ever deleting: two processes could then hold "the" lock on two files.

    A lock made by root belongs to the data directory's owner, who could not start otherwise. Only a just
    created lock changes its owner, so that no planted link makes root give away another file.
    """
    with suppress(FileExistsError):
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(lock, owner.st_uid, owner.st_gid)
        return lock
    return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
