"""The embedded PostgreSQL: the first process starts it, the last one stops it.

Each user of the server holds a shared lock on `postgres.users` in the data directory. A user that
releases the last share stops the server. The kernel releases a killed holder's lock, so a crash neither
stops the server under the others nor keeps it running for ever. A second lock, `postgres.starting`,
makes starting and stopping exclude each other.

The superuser only makes the role that owns the schema. huggg works as that role, so an injected
statement reads no files and starts no programs.

The server is no child process. When all its users are killed it runs on, and the next start takes it
over; when the server itself was killed, the next start recovers all committed data. A process that
serves has a keeper (`keeper.py`), which starts a killed server again at once.
"""

import os
import re
import shlex
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from huggg.database.cluster import Cluster, EmbeddedPostgresError, open_cluster

if sys.platform != "win32":
    import fcntl

__all__ = ["HAND_OVER", "OWNER", "EmbeddedPostgres", "EmbeddedPostgresError", "start_embedded"]

# Settings that no operator may tune: given on the command line, they win over ALTER SYSTEM.
_PROMISES = (
    *("listen_addresses=", "port=5432", "unix_socket_permissions=0700"),
    *("fsync=on", "full_page_writes=on", "synchronous_commit=on"),
    # A failing statement carries voucher codes: in its text, its parameters, its detail ("Key
    # (code)=(...) already exists") and even its message ('invalid input syntax: "..."'). So the log has
    # no errors of sessions, which the client reports itself, but only the server's messages about
    # itself, which PostgreSQL ranks LOG and above.
    *("log_min_messages=log", "log_error_verbosity=terse", "log_min_error_statement=panic"),
    *("log_statement=none", "log_min_duration_statement=-1", "log_min_duration_sample=-1"),
    *("log_parameter_max_length=0", "log_parameter_max_length_on_error=0"),
    *("logging_collector=off", "log_destination=stderr"),
)

SUPERUSER = "huggg"
OWNER = "huggg_owner"
HAND_OVER = Path(__file__).with_name("hand_over.sql")

_PATIENCE_S = 3.0  # a server opens its socket within milliseconds of writing its pid


class EmbeddedPostgres:
    """One process's share in the server, which runs at least until `release`."""

    def __init__(self, cluster: Cluster, *, sockets: Path, data_dir: Path, share: int) -> None:
        self.binaries = cluster.binaries
        self._cluster = cluster
        self._sockets = sockets
        self._data_dir = data_dir
        self._share: int | None = share
        self._holder = os.getpid()

    @property
    def url(self) -> str:
        """The URL by which huggg connects, as the owner of the schema.

        The socket directory is plain (see `_fits`), hence needs no quoting for any client.
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
        """Tell whether the server's process is there; it may be on its way up or down."""
        postmaster = _postmaster(self._cluster)
        return postmaster is not None and postmaster.pid > 0 and _alive(postmaster.pid)

    def revive(self) -> bool:
        """Start a server that has died, at the same address; False: another process was faster.

        Blocks until it answers, which takes as long as the recovery does. Raises EmbeddedPostgresError.
        """
        try:
            with _starting(self._data_dir):
                if _running(self._cluster) is not None:
                    return False
                self._sockets.mkdir(mode=0o700, exist_ok=True)
                self._cluster.account.own(self._sockets)
                _start(self._cluster, self._sockets)
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
        share, self._share = self._share, None
        try:
            with _starting(self._data_dir):
                if _is_last(share):
                    _stop(self._cluster)
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
            sockets = _running(cluster) or _start(cluster, _socket_directory(cluster))
            _hand_over(cluster, sockets)
            share = _open_lock(data_dir / "postgres.users")
            fcntl.flock(share, fcntl.LOCK_SH)
    except OSError as error:
        raise _cannot_run(data_dir, error) from error
    return EmbeddedPostgres(cluster, sockets=sockets, data_dir=data_dir, share=share)


def _cannot_run(data_dir: Path, error: OSError) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(f"PostgreSQL cannot run in {data_dir}: {error}.")


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


class _Postmaster(NamedTuple):
    pid: int
    sockets: Path
    ready: bool


def _postmaster(cluster: Cluster) -> _Postmaster | None:
    """Read the server's own notes; a half-written or emptied note has pid 0."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().splitlines() + [""] * 8
    except FileNotFoundError:
        return None
    pid, sockets, status = lines[0], lines[4], lines[7]
    return _Postmaster(int(pid) if pid.isdecimal() else 0, Path(sockets), status.strip() == "ready")


def _running(cluster: Cluster) -> Path | None:
    """Give the sockets of a running server, waiting for one that is on its way up or down.

    A note without a server is PostgreSQL's to judge, except where it would refuse for ever: the
    note is empty, or its pid is by now another process's, as happens when a container restarts.
    Should there be a server after all, its shared memory still keeps a second one out.
    """
    patience = time.monotonic() + _PATIENCE_S
    while (postmaster := _postmaster(cluster)) is not None:
        if _listens(postmaster.sockets):
            if postmaster.ready:
                return postmaster.sockets
        elif postmaster.pid and not _alive(postmaster.pid):
            return None
        elif time.monotonic() > patience:
            (cluster.data / "postmaster.pid").unlink(missing_ok=True)
            return None
        time.sleep(0.02)
    return None


def _listens(sockets: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(sockets / ".s.PGSQL.5432"))
        except OSError:
            return False
    return True


def _alive(pid: int) -> bool:
    _bury(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except OSError:  # none such, or not ours to signal and therefore not our server
        return False
    return True


def _bury(pid: int, options: int = 0) -> None:
    # Orphans become children of a container's first process. If that is this process, the dead server
    # would stay a zombie, which every check takes for alive.
    with suppress(ChildProcessError):
        os.waitpid(pid, options)


def _start(cluster: Cluster, sockets: Path) -> Path:
    """Start the server with its socket in `sockets`; gives `sockets`. Raises EmbeddedPostgresError."""
    settings = (*_PROMISES, f"unix_socket_directories={sockets}")
    options = shlex.join(word for setting in settings for word in ("-c", setting))
    log_size = cluster.log.stat().st_size if cluster.log.exists() else 0
    for pause in (0.1, 0.4, 1, 2, 4, 0):
        result = cluster.pg_ctl("start", f"--log={cluster.log.name}", f"--options={options}")
        if result.returncode == 0:
            return sockets
        last_words = _log_since(cluster, log_size) or result.stdout + result.stderr
        # Backends outlive a killed postmaster until their statement ends.
        if "is still in use" not in last_words:
            break
        time.sleep(pause)
    raise EmbeddedPostgresError(f"PostgreSQL did not start in {cluster.home}.", last_words)


def _hand_over(cluster: Cluster, sockets: Path) -> None:
    """Let the owner's role own the schema, also in a data directory of a release that had none."""
    psql = (
        cluster.binaries / "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--dbname=huggg",
    )
    where = (f"--host={sockets}", "--port=5432", f"--username={SUPERUSER}")
    result = cluster.account.run(*psql, *where, stdin=HAND_OVER.read_text(encoding="utf-8"))
    if result.returncode != 0:
        raise EmbeddedPostgresError(
            f"PostgreSQL in {cluster.home} cannot be handed to its owner.", result.stderr
        )


def _log_since(cluster: Cluster, position: int) -> str:
    if not cluster.log.exists():
        return ""
    with cluster.log.open("rb") as log:
        log.seek(position)
        return log.read().decode(errors="replace")


def _socket_directory(cluster: Cluster) -> Path:
    """`home` itself if it will do, else a private one in the temporary folder.

    Not in XDG_RUNTIME_DIR, which is emptied when the user logs out. Its name needs no file to be
    remembered: the server notes it in postmaster.pid.
    """
    if _fits(cluster.home):
        return cluster.home
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - mkdtemp makes it private
        if _fits(parent / "huggg-12345678") and cluster.account.can('test -x "$1"', parent):
            sockets = Path(tempfile.mkdtemp(prefix="huggg-", dir=parent))
            cluster.account.own(sockets)
            return sockets
    raise EmbeddedPostgresError("There is no folder with a short path for PostgreSQL's socket.")


def _fits(folder: Path) -> bool:
    """Keep within 103 bytes, macOS's limit (Linux has 107), and without characters that need quoting."""
    path = str(folder / ".s.PGSQL.5432")
    return re.fullmatch(r"[A-Za-z0-9._/-]{1,103}", path) is not None


def _stop(cluster: Cluster) -> None:
    """Stop a listening server. A pid alone may belong to another process by now."""
    sockets, postmaster = _running(cluster), _postmaster(cluster)
    if sockets is None or postmaster is None:
        return
    log_size = cluster.log.stat().st_size
    result = cluster.pg_ctl("stop", "--mode=fast")
    if result.returncode != 0 and _alive(postmaster.pid):
        raise EmbeddedPostgresError(
            f"PostgreSQL in {cluster.home} does not stop.",
            _log_since(cluster, log_size) or result.stderr,
        )
    _bury(postmaster.pid)
    if sockets != cluster.home:
        with suppress(OSError):
            sockets.rmdir()
