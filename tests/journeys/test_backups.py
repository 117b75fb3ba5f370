"""Backing up, restoring and upgrading, by the very commands of the how-tos."""

from __future__ import annotations

import asyncio
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from huggg.database.cluster import _binaries, _new_account
from huggg.database.embedded import start_embedded
from huggg.database.sessions import connect
from huggg.settings.settings import Settings
from tests.support.commands import CommandResult, run_command
from tests.support.installation import new_installation
from tests.support.postgres import as_superuser
from tests.support.processes import HUGGG, environment_of
from tests.support.silence import Snapshot, snapshot

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
EMBEDDED, OWN = "The embedded database", "A PostgreSQL of your own"


def commands(page: str, *headings: str) -> list[str]:
    """The shell blocks below these headings of a how-to, in their order."""
    sections = re.split(r"^## (.*)$", (HOW_TO / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    below = dict(zip(sections[1::2], sections[2::2], strict=True))
    return [
        block
        for heading in headings
        for block in re.findall(r"^ *```sh\n(.*?)^ *```", below[heading], re.MULTILINE | re.DOTALL)
    ]


async def shell(lines: str, settings: Settings, folder: Path, **variables: str) -> CommandResult:
    """Run lines of a how-to as an operator does, where `huggg` and PostgreSQL's programs are found."""
    huggg = folder / "huggg"
    huggg.write_text(f'#!/bin/sh\nexec {" ".join(HUGGG)} "$@"\n')
    huggg.chmod(0o755)
    path = f"{folder}:{_binaries(_new_account())}:/usr/bin:/bin"
    process = await asyncio.create_subprocess_exec(
        *("/bin/bash", "-euo", "pipefail", "-c", lines),
        env=environment_of(settings) | {"PATH": path, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return CommandResult(process.returncode, out.decode(), err.decode())


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Where backups go, the keys apart from the rest."""
    for name in ("backup", "keys-backup"):
        (tmp_path / name).mkdir()
    return {"BACKUP": str(tmp_path / "backup"), "KEYS_BACKUP": str(tmp_path / "keys-backup")}


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A folder that PostgreSQL's account can pass through, and into which a backup is restored."""
    folder = Path(tempfile.mkdtemp(prefix="huggg-tests-"))
    folder.chmod(0o711)
    yield folder / "restored"
    start_embedded(folder / "restored").release()
    shutil.rmtree(folder, ignore_errors=True)


async def told_by(url: str) -> Snapshot:
    """Give the rows of a database, but for those of the moment."""
    database = await connect(url)
    try:
        return await snapshot(database)
    finally:
        await database.close()


def without_keys(lines: str) -> str:
    """Leave out of a restore that which brings the keys back."""
    kept = [line for line in lines.splitlines() if not line.startswith("install ")]
    assert len(kept) == len(lines.splitlines()) - 1
    return "\n".join(kept)


async def test_the_embedded_database_is_backed_up_and_restored(
    settings: Settings, pristine: Path, places: dict[str, str], fresh: Path, tmp_path: Path
) -> None:
    with new_installation(settings, pristine) as installation:
        here = replace(installation.settings, keys=None)
        assert (await run_command(here, "seed")).code == 0
        for lines in commands("back-up.md", "The keys", EMBEDDED):
            done = await shell(lines, here, tmp_path, **places)
            assert done.code == 0, done.err
        with start_embedded(here.data_dir) as server:
            before = await told_by(server.url)
    assert (Path(places["BACKUP"]) / "base" / "PG_VERSION").exists()
    dump = Path(places["BACKUP"]) / "huggg.dump"
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600

    [lines] = commands("restore.md", EMBEDDED)
    assert "/srv/huggg-restored" in lines
    lines = lines.replace("/srv/huggg-restored", str(fresh))
    missing = await shell(without_keys(lines), here, tmp_path, **places)
    assert (missing.code, missing.out) == (1, "")
    assert f"huggg: {fresh / 'keys'} is missing, and this database is sealed" in missing.err
    with start_embedded(fresh) as server:
        assert await told_by(server.url) == before
    *_, brings_keys, doctor = lines.splitlines()
    done = await shell(f"{brings_keys}\n{doctor}", replace(here, data_dir=fresh), tmp_path, **places)
    assert (done.code, "broken" in done.out) == (0, False), done.err


async def test_a_database_of_ones_own_is_backed_up_restored_and_upgraded(
    settings: Settings, places: dict[str, str], tmp_path: Path
) -> None:
    here = replace(settings, keys=None, data_dir=tmp_path / "data")
    assert (await run_command(here, "seed")).code == 0
    for lines in commands("back-up.md", "The keys", OWN):
        done = await shell(lines, here, tmp_path, **places)
        assert done.code == 0, done.err
    url = settings.database_url or ""
    before = await told_by(url)

    name = url.partition("@/")[2].partition("?")[0]
    places["ADMIN_URL"] = as_superuser(url).replace(f"/{name}?", "/postgres?")
    restored = url.replace(f"/{name}?", "/huggg_restored?")
    [lines] = commands("restore.md", OWN)
    assert "postgresql://huggg_owner@db.internal/huggg_restored" in lines
    lines = lines.replace("postgresql://huggg_owner@db.internal/huggg_restored", f"'{restored}'")
    elsewhere = replace(here, data_dir=tmp_path / "elsewhere")
    try:
        missing = await shell(without_keys(lines), elsewhere, tmp_path, **places)
        assert f"huggg: {elsewhere.data_dir / 'keys'} is missing" in missing.err
        assert missing.code == 1
        assert await told_by(restored) == before
        *_, brings_keys, doctor = lines.splitlines()
        there = replace(elsewhere, database_url=restored)
        done = await shell(f"{brings_keys}\n{doctor}", there, tmp_path, **places)
        assert (done.code, "broken" in done.out) == (0, False), done.err
        for lines in re.findall(
            r"```sh\n(.*?)```", (HOW_TO / "upgrade.md").read_text("utf-8"), re.DOTALL
        ):
            done = await shell(lines, there, tmp_path)
            assert done.code == 0, done.err
    finally:
        admin = await asyncpg.connect(places["ADMIN_URL"])
        await admin.execute("DROP DATABASE IF EXISTS huggg_restored WITH (FORCE)")
        await admin.close()


async def test_a_program_is_run_with_its_own_options_and_exit_code(
    settings: Settings, pristine: Path
) -> None:
    with new_installation(settings, pristine) as installation:
        result = await run_command(
            installation.settings, "postgres", "psql", "-Atc", "SELECT current_user"
        )
        assert (result.code, result.out) == (0, "huggg_owner\n")
        failed = await run_command(
            installation.settings, "postgres", "psql", "--set=ON_ERROR_STOP=1", "-c", "SELEKT"
        )
        assert failed.code == 1
        for program in ("nonsense", "../bin/psql", "/bin/sh"):
            result = await run_command(installation.settings, "postgres", program)
            assert (result.code, result.err) == (1, f"huggg: PostgreSQL has no program {program}.\n")
    result = await run_command(settings, "postgres", "psql")
    assert (result.code, result.err) == (
        1,
        "huggg: HUGGG_DATABASE_URL is set: run the programs of that server's release on it.\n",
    )
