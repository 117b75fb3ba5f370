"""The process of the embedded server, which is no child of ours: found, started and stopped.

The callers hold the lock `postgres.starting`, so two processes never start or stop the server at once.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from huggg.database.cluster import Cluster, EmbeddedPostgresError

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

NOTE = "postmaster.pid"
SOCKET = ".s.PGSQL.5432"
SOCKET_LOCK = f"{SOCKET}.lock"

_STOP_SECONDS_MAX = 75.0  # within a minute it notices that its note is gone

_NOTE_SECONDS_MAX = 2.0  # a server writes its note first of all

_PATIENCE_S = 3.0  # a server opens its socket within milliseconds of writing its pid

_FAST_SECONDS_MAX = 30
"""Seconds for a stop with a checkpoint. PostgreSQL 18 never ends one that came amid its recovery."""

_ORPHAN_SECONDS_MAX = 1.0  # a commit under way, or a look-up, is done by then

_STOP_SIGNALS = ((1.0, signal.SIGINT), (15.0, signal.SIGQUIT))
"""Seconds after which a stop waits for no session any more, and for no checkpoint."""

log = structlog.get_logger()


class Postmaster(NamedTuple):
    """The notes of a server in `postmaster.pid`."""

    pid: int
    sockets: Path
    status: str

    @property
    def ready(self) -> bool:
        """Tell whether the server takes connections."""
        return self.status == "ready"

    @property
    def stopping(self) -> bool:
        """Tell whether the server takes no connection any more, and ends."""
        return self.status == "stopping"


class SlowStop:
    """Speeds up a stop that another program requested.

    A plain `kill` has PostgreSQL refuse new sessions and wait for the end of the others, and those of a
    huggg server never end. Speed loses nothing: the next start recovers all committed data.
    """

    def __init__(self) -> None:
        self._pid = 0
        self._began = 0.0
        self._signals: deque[tuple[float, signal.Signals]] = deque()

    def speed_up(self, postmaster: Postmaster | None) -> None:
        """Look at the notes of a server, and send it the signals that are due. Call it often."""
        if postmaster is None or not postmaster.stopping:
            self._pid = 0
            return
        now = time.monotonic()
        if postmaster.pid != self._pid:
            self._pid, self._began, self._signals = postmaster.pid, now, deque(_STOP_SIGNALS)
        while self._signals and now - self._began >= self._signals[0][0]:
            _, number = self._signals.popleft()
            if _is_server(postmaster):
                log.warning("the database stops slowly", signal=number.name)
                with suppress(OSError):
                    os.kill(postmaster.pid, number)


def read_postmaster(cluster: Cluster) -> Postmaster | None:
    """Read the notes of a server; half-written, emptied or damaged ones have pid 0.

    Raises OSError where they are there and cannot be read.
    """
    try:
        text = (cluster.data / NOTE).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None
    lines = text.splitlines() + [""] * 8
    pid, sockets, status = lines[0], lines[4], lines[7]
    if not re.fullmatch(r"[0-9]{1,9}", pid) or "\0" in text:
        return Postmaster(0, Path(), "")
    return Postmaster(int(pid), Path(sockets), status.strip())


def running_sockets(cluster: Cluster, known_sockets: Path | None = None) -> Path | None:
    """Give the sockets of a running server, waiting for one that is on its way up or down.

    A note without a server is PostgreSQL's to judge, except where it would refuse for ever: the
    note is empty, or its pid is by now another process's, as happens when a container restarts.
    Should there be a server after all, its shared memory still keeps a second one out.

    A server without a note, or with a damaged one, is found where it listens: at the sockets that the
    caller knows, or in `home`. PostgreSQL looks at its note once a minute, and stops if it is another.
    """
    patience, slow_stop = time.monotonic() + _PATIENCE_S, SlowStop()
    while (postmaster := read_postmaster(cluster)) is not None:
        slow_stop.speed_up(postmaster)
        if postmaster.pid and listens(postmaster.sockets):
            if postmaster.ready:
                return postmaster.sockets
        elif postmaster.pid and not is_alive(postmaster.pid):
            return None
        elif time.monotonic() > patience:
            if _listening(cluster, known_sockets) is None:
                (cluster.data / NOTE).unlink(missing_ok=True)
                _unlock({cluster.home, postmaster.sockets})
            break
        time.sleep(0.02)
    return _listening(cluster, known_sockets)


def _unlock(folders: set[Path]) -> None:
    """Remove the locks of sockets, which name the pid of the note; an emptied note names no folder."""
    for sockets in folders - {Path()}:
        (sockets / SOCKET_LOCK).unlink(missing_ok=True)


def _listening(cluster: Cluster, known_sockets: Path | None) -> Path | None:
    return next(filter(listens, (known_sockets or cluster.home, cluster.home)), None)


def _is_server(postmaster: Postmaster) -> bool:
    """Tell whether the pid of the notes still belongs to the server: old notes name another process."""
    with suppress(OSError, ValueError, IndexError):
        return listens(postmaster.sockets) and _locker(postmaster.sockets) == postmaster.pid
    return False


def _locker(sockets: Path) -> int:
    """Read the pid in the lock of sockets. Raises OSError, ValueError, IndexError."""
    return int((sockets / SOCKET_LOCK).read_text(encoding="ascii").split()[0])


def listens(sockets: Path) -> bool:
    """Tell whether a server listens at its socket. Raises OSError without a free file descriptor."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(sockets / SOCKET))
        except OSError:
            return False
    return True


def is_alive(pid: int) -> bool:
    """Tell whether a process with this pid runs; a dead child is buried first."""
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


def start_server(cluster: Cluster, sockets: Path) -> Path:
    """Start the server with its socket in `sockets`; gives `sockets`. Raises EmbeddedPostgresError."""
    settings = (*_PROMISES, f"unix_socket_directories={sockets}")
    options = shlex.join(word for setting in settings for word in ("-c", setting))
    log_size = cluster.log.stat().st_size if cluster.log.exists() else 0
    dead, waited = read_postmaster(cluster), 0.0
    for pause in (0.1, 0.4, 1, 2, 4, 0):
        try:
            result = cluster.pg_ctl("start", f"--log={cluster.log.name}", f"--options={options}")
        except (KeyboardInterrupt, SystemExit):
            _stop_half_started(cluster, dead)
            raise
        if result.returncode == 0:
            return sockets
        last_words = _log_since(cluster, log_size) or result.stdout + result.stderr
        # Backends outlive a killed postmaster until their statement ends.
        if "is still in use" not in last_words:
            break
        if waited >= _ORPHAN_SECONDS_MAX:
            _end_orphans(cluster)
        time.sleep(pause)
        waited += pause
    raise EmbeddedPostgresError(f"PostgreSQL did not start in {cluster.home}.", last_words)


def _end_orphans(cluster: Cluster) -> None:
    """End the backends of a dead postmaster, beside which PostgreSQL starts no other.

    A backend that computes, as for a large report, notices the death at its end alone. It loses nothing
    that it had not lost with its server, and SIGKILL ends a stopped one, too. Backends of a living
    server without a note are left alone. Without `/proc` there is only patience.
    """
    titles = dict(_processes_in(cluster.data.resolve()))
    if not all(title.startswith("postgres: ") for title in titles.values()):
        return
    for pid, title in titles.items():
        log.warning("a session outlived its database", pid=pid, title=title)
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _processes_in(data: Path) -> Iterator[tuple[int, str]]:
    """List PostgreSQL's processes that work in a folder, by their titles; a postmaster's is a path."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == data:
                title = (process / "cmdline").read_bytes().partition(b"\0")[0].decode(errors="replace")
                if (process / "comm").read_text().strip() == "postgres":
                    yield int(process.name), title


def _stop_half_started(cluster: Cluster, dead: Postmaster | None) -> None:
    """Stop the server of a start that a signal ended, once it has a note; it may recover for minutes."""
    patience = time.monotonic() + _NOTE_SECONDS_MAX
    while time.monotonic() < patience:
        postmaster = read_postmaster(cluster)
        if postmaster is not None and postmaster.pid and (dead is None or postmaster.pid != dead.pid):
            _stop(cluster, postmaster.pid)
            return
        time.sleep(0.02)


def _log_since(cluster: Cluster, position: int) -> str:
    if not cluster.log.exists():
        return ""
    with cluster.log.open("rb") as log:
        log.seek(position)
        return log.read().decode(errors="replace")


def socket_directory(cluster: Cluster) -> Path:
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
    path = str(folder / SOCKET)
    return re.fullmatch(r"[A-Za-z0-9._/-]{1,103}", path) is not None


def stop_server(cluster: Cluster, known_sockets: Path | None = None) -> None:
    """Stop a listening server. A pid alone may belong to another process by now."""
    sockets = running_sockets(cluster, known_sockets)
    if sockets is None:
        return
    postmaster = read_postmaster(cluster)
    if postmaster is None or postmaster.sockets != sockets:
        _stop_without_note(cluster, sockets)
        return
    log_size = cluster.log.stat().st_size
    result = _stop(cluster, postmaster.pid)
    if result.returncode != 0 and is_alive(postmaster.pid):
        raise EmbeddedPostgresError(
            f"PostgreSQL in {cluster.home} does not stop.",
            _log_since(cluster, log_size) or result.stderr,
        )
    _bury(postmaster.pid)
    if sockets != cluster.home:
        with suppress(OSError):
            sockets.rmdir()


def _stop(cluster: Cluster, pid: int) -> subprocess.CompletedProcess[str]:
    """Stop a server after a checkpoint, or without one where that takes too long."""
    result = cluster.pg_ctl("stop", "--mode=fast", f"--timeout={_FAST_SECONDS_MAX}")
    if result.returncode != 0 and is_alive(pid):
        log.warning("the database stops slowly", signal=signal.SIGQUIT.name)
        result = cluster.pg_ctl("stop", "--mode=immediate")
    return result


def _stop_without_note(cluster: Cluster, sockets: Path) -> None:
    """Stop a server whose note is gone, by the pid in its sockets' lock: `pg_ctl` cannot find it."""
    with suppress(OSError, ValueError, IndexError):
        os.kill(_locker(sockets), signal.SIGINT)
    patience = time.monotonic() + _STOP_SECONDS_MAX
    while listens(sockets):
        if time.monotonic() > patience:
            raise EmbeddedPostgresError(
                f"PostgreSQL in {cluster.home} does not stop, and {cluster.data / NOTE} names it not."
            )
        time.sleep(0.02)
