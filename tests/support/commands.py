"""The command line as an operator types it: the real command, on a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from huggg.settings.settings import Settings
from tests.support import warm
from tests.support.processes import HUGGG, environment_of


class CommandResult(NamedTuple):
    """The outcome of a command."""

    code: int | None
    out: str
    err: str

    def value(self, name: str) -> str:
        """Read `name value` from a line of its output."""
        [value] = [line.split(" ", 1)[1] for line in self.out.splitlines() if line.startswith(name)]
        return value


Huggg = Callable[..., Awaitable[CommandResult]]


async def run_command(
    settings: Settings, *words: str, typed: str = "", **variables: str
) -> CommandResult:
    """Run a command where these settings hold."""
    environment = {"COLUMNS": "200", "PATH": "/usr/bin:/bin", **variables}
    result = await warm.run([*HUGGG, *words], environment_of(settings) | environment, typed.encode())
    return CommandResult(result.code, result.out.decode(), result.err.decode())
