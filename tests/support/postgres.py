"""Real PostgreSQL servers for tests: the embedded one, and every Debian version that is installed.

Nearly every test copies a database, which on a disk is mostly waiting for it to sync. So where there is
memory to keep files in, they are kept there: killing a server loses none, only a power cut would.
"""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggg.database.cluster import SystemAccount, _new_account
from huggg.database.embedded import HAND_OVER, OWNER, start_embedded
from huggg.database.migrate import migrate

DEBIAN = Path("/usr/lib/postgresql")
VERSIONS_SUPPORTED = range(15, 19)
EMBEDDED = "embedded"

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
MEMORY_BYTES_MIN = 2 * 1024**3


def server_names() -> list[str]:
    """Name the servers that tests can run on: `embedded`, and `15` where Debian's is there."""
    versions = [str(v) for v in VERSIONS_SUPPORTED if (DEBIAN / str(v) / "bin" / "initdb").exists()]
    return [EMBEDDED, *versions]


@contextmanager
def running(server: str, run: Path | None = None) -> Iterator[str]:
    """Run a server while the block lasts; gives its superuser's URL, where `/huggg?` is the database.

    With the folder of a run, that database is migrated: the server works on a copy of `data_of`.
    """
    with folder_for_postgres() as folder:
        if run is not None:
            copy_data(data_of(server, run), folder)
        with _serving(server, folder) as url:
            yield url


def data_of(server: str, run: Path) -> Path:
    """Give a server's data with a migrated database, to be copied; no server runs on them.

    The first process of a run makes them, and the others wait for it.
    """
    data, unfinished = run / server, run / f"{server}.unfinished"
    with data.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            with folder_for_postgres() as folder:
                with _serving(server, folder) as url:
                    asyncio.run(migrate(as_owner(url)))
                unfinished.mkdir()
                copy_data(folder, unfinished)
            unfinished.rename(data)
    return data


def copy_data(data: Path, folder: Path) -> None:
    """Copy all files of a server into a folder, with their owners."""
    subprocess.run(["/bin/cp", "-a", f"{data}/.", folder], check=True)


@contextmanager
def _serving(server: str, folder: Path) -> Iterator[str]:
    if server == EMBEDDED:
        with start_embedded(folder) as embedded:
            yield embedded.superuser_url
    else:
        with _debian(DEBIAN / server / "bin", folder) as url:
            yield url


@contextmanager
def folder_for_postgres() -> Iterator[Path]:
    """Make a folder that the account of PostgreSQL reaches, in memory where there is enough."""
    folder = Path(tempfile.mkdtemp(prefix="huggg-tests-", dir=_memory()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def as_owner(url: str) -> str:
    """Give the URL of the role that huggg works as, on the server of a superuser's URL."""
    return url.replace("//huggg@", f"//{OWNER}@")


def as_superuser(url: str) -> str:
    """Give the superuser's URL, on the server of an owner's."""
    return url.replace(f"//{OWNER}@", "//huggg@")


def _memory() -> Path | None:
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN:
        return MEMORY
    return None


@contextmanager
def _debian(binaries: Path, folder: Path) -> Iterator[str]:
    account: SystemAccount = _new_account()
    account.own(folder)
    data, log = folder / "data", folder / "log"
    is_new = not data.exists()
    if is_new:
        _run(account, binaries / "initdb", "-D", data, "-U", "huggg", "-A", "trust", "-E", "UTF8")
    control = (binaries / "pg_ctl", "-D", data, "-w", "-l", log)
    _run(account, *control, "-o", f"-k {folder} -h '' -c max_connections=200", "start")
    try:
        if is_new:
            _run(account, binaries / "createdb", "-h", folder, "-U", "huggg", "huggg")
            psql = (binaries / "psql", "-qh", folder, "-U", "huggg", "-d", "huggg")
            _run(account, *psql, stdin=HAND_OVER.read_text())
        yield f"postgresql://huggg@/huggg?host={folder}"
    finally:
        _run(account, *control, "-m", "fast", "stop")


def _run(account: SystemAccount, *command: str | Path, stdin: str = "") -> None:
    finished = account.run(*command, stdin=stdin)
    assert finished.returncode == 0, finished.stderr
