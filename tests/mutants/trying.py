"""Trying mutants: one PostgreSQL for all, and a process of its own for each run of pytest."""

from __future__ import annotations

import asyncio
import importlib
import json
import multiprocessing
import os
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import huggg
from huggg.database.embedded import OWNER
from huggg.database.migrate import migrate
from tests.mutants import plugin
from tests.mutants.guards import Guard, Key
from tests.mutants.schema import is_of_schema
from tests.mutants.sifting import Sifting, without
from tests.support.postgres import EMBEDDED, as_owner, running

TESTS = Path(__file__).parents[1]
BUILD = TESTS.parent / ".mutants"
REACH = BUILD / "reach.json"
OUTPUT = BUILD / f"output-{os.getpid()}.txt"
FOLDERS = ("storage", "api", "journeys", "faults")
STARTS_PROCESSES = re.compile(r"tests\.(support\.processes|faults\.(launch|installation|load))")
"""Tests of whole servers: mutants stay in this process, and none would be seen there."""

IMPORTED_BEFORE = "ignore::pytest.PytestAssertRewriteWarning"
PLAIN_TRACEBACKS = "--tb=native"
"""pytest parses the source for its own tracebacks, and CPython 3.11 may break off amid that."""

HANG_SECONDS = 20
"""A test that takes so long hangs for want of the guard: the longest of all takes eight."""

OPTIONS = (
    "-q",
    PLAIN_TRACEBACKS,
    "-p",
    "no:cacheprovider",
    "-o",
    f"timeout={HANG_SECONDS}",
    "-W",
    IMPORTED_BEFORE,
)

RECORDING_SECONDS_MAX = 900.0
SIFTING_SECONDS_MAX = 3 * 3600.0
TEST_SECONDS_MAX = 120.0

Reach = dict[str, dict[str, Any]]
"""For each test the statements that it runs, the constraints that it runs into, and its seconds."""


class Mill:
    """A server with a migrated database to copy, and one more copy that no mutant touches."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reach(self) -> Reach:
        """Give the statements that each test reaches, as recorded in this work tree."""
        recorded: Reach = json.loads(REACH.read_text()) if REACH.exists() else {}
        known = {name.partition("::")[0] for name in recorded}
        for path in _files():
            if path not in known:
                recorded |= _in_process(_record, path, seconds_max=RECORDING_SECONDS_MAX) or {}
                REACH.write_text(json.dumps(recorded, indent=0))
        return recorded

    def killer(self, guard: Guard, tests: list[str], seconds_max: float) -> str | None:
        """Find the first of these tests that fails without this guard."""
        if not tests:
            return None
        _import_tests()
        if is_of_schema(guard):
            self._renew(guard.mutant)
        killer: str | None = _in_process(_try, guard, tests, seconds_max=seconds_max)
        if is_of_schema(guard):
            self._renew()
        return killer if killer and self._passes(killer) else None

    def _passes(self, test: str) -> bool:
        """Tell whether a test passes where nothing is taken out: else it kills nothing."""
        return _in_process(_try, None, [test], seconds_max=TEST_SECONDS_MAX) is None

    def killers(self, guards: list[Guard], tests: Iterable[str]) -> dict[Guard, str]:
        """Find the test that kills each of these; ends the program where the tests break off."""
        killers: dict[Key, str] | None
        killers = _in_process(_sift, guards, tests, seconds_max=SIFTING_SECONDS_MAX)
        if killers is None:
            raise SystemExit(f"No test passes, or they broke off, or three hours passed: {OUTPUT}.")
        return {guard: killers[guard.key] for guard in guards if guard.key in killers}

    def _renew(self, change: str = "") -> None:
        asyncio.run(_renew(self.url, change))


@contextmanager
def mill() -> Iterator[Mill]:
    """Start a server, and load the rows that every run needs."""
    BUILD.mkdir(exist_ok=True)
    plugin.watch_loading()
    plugin.keep_guards()
    for module in pkgutil.walk_packages(huggg.__path__, "huggg."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    with running(EMBEDDED) as url:
        plugin.use_server(url)
        asyncio.run(_keep_pristine(url))
        yield Mill(url)


@cache
def _import_tests() -> None:
    """Import the modules that every run would import again."""
    with OUTPUT.open("w") as output, redirect_stdout(output), redirect_stderr(output):
        pytest.main([*OPTIONS, "--collect-only", *_files()])


async def _keep_pristine(url: str) -> None:
    await migrate(as_owner(url))
    async with _admin(url) as admin:
        await admin.execute(f"CREATE DATABASE pristine TEMPLATE huggg OWNER {OWNER}")


async def _renew(url: str, change: str) -> None:
    async with _admin(url) as admin:
        for (left,) in await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'test_%'"):
            await admin.execute(f"DROP DATABASE {left} WITH (FORCE)")  # a run that was ended leaves some
        await admin.execute("DROP DATABASE huggg WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE huggg TEMPLATE pristine OWNER {OWNER}")
    if change:
        connection = await asyncpg.connect(url)
        await connection.execute(change)
        await connection.close()


@asynccontextmanager
async def _admin(url: str) -> Any:
    admin = await asyncpg.connect(url.replace("/huggg?", "/postgres?"))
    try:
        yield admin
    finally:
        await admin.close()


def _in_process(work: Callable[..., Any], *values: Any, seconds_max: float) -> Any:
    """Do a piece of work in a process of its own, which begins as this one is and has so long."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    process = fork.Process(target=_do, args=(theirs, work, *values))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(seconds_max) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def _do(answers: Connection, work: Callable[..., Any], *values: Any) -> None:
    os.setpgrp()
    with OUTPUT.open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        answers.send(work(*values))


def _try(guard: Guard | None, tests: Iterable[str]) -> str | None:
    verdict = plugin.Verdict()
    with without(guard) if guard and not is_of_schema(guard) else nullcontext():
        pytest.main([*OPTIONS, "-x", *tests], plugins=[verdict])
    return verdict.killer


def _sift(guards: list[Guard], tests: Iterable[str]) -> dict[Key, str] | None:
    """Find killers by the keys of guards: no process can send the function that writes a mutant."""
    plugin.watch_running()
    sifting = Sifting(guards)
    ended = pytest.main([*OPTIONS, *tests], plugins=[sifting])
    if ended != pytest.ExitCode.OK or not sifting.passed:
        return None
    return {guard.key: killer for guard, killer in sifting.killers.items()}


def _record(path: str) -> Reach:
    """Run tests on statements as the parser writes them: all that a mutant has besides its guard."""
    plugin.write_anew()
    plugin.watch_running()
    recording = plugin.Recording()
    pytest.main([*OPTIONS, path], plugins=[recording])
    return recording.tests


def _files() -> list[str]:
    files = [file for folder in FOLDERS for file in sorted((TESTS / folder).glob("test_*.py"))]
    return [
        file.relative_to(TESTS.parent).as_posix()
        for file in files
        if not STARTS_PROCESSES.search(file.read_text(encoding="utf-8"))
    ]
