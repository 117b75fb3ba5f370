"""The first moments of a command, as a shell starts it and as an operator interrupts it."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from huggg.kit.ids import NIL
from huggg.settings.settings import Settings
from tests.support.processes import HUGGG, environment_of

INTERRUPTED_IMPORT = """
import importlib.abc, os, signal, sys
from huggg.__main__ import main

class Interrupts(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "huggg.cli":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
main()
"""


def test_an_interrupt_amid_the_imports_ends_a_command_without_a_traceback() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT], capture_output=True, check=False, text=True
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-2, "", "")


@pytest.mark.parametrize(
    ("words", "code", "out", "err"),
    [
        (
            "catalogue import - <&-",
            1,
            "",
            (
                "huggg: The catalogue was refused, nothing was changed. It has 1 problem:\n"
                "  line 1, column 1: an empty file\n"
            ),
        ),
        ("user password nobody <&-", 1, "", "huggg: No user is called nobody.\n"),
        ("brand list >&-", 0, "", ""),
        ("user role nobody admin 2>&-", 1, "", ""),
        ("brand list <&- >&- 2>&-", 0, "", ""),
        ("brand list >/dev/full", 1, "", "huggg: No space left on device\n"),
        ("brand list --json >/dev/full", 1, "", "huggg: No space left on device\n"),
        ("catalogue export >/dev/full", 1, "", "huggg: No space left on device\n"),
        (
            f"brand pictures {NIL} --logo /dev/zero",
            1,
            "",
            "huggg: logo: must be a file of at most 10 MB.\n",
        ),
    ],
)
def test_a_command_takes_the_files_and_streams_that_a_shell_gives_it(
    settings: Settings, words: str, code: int, out: str, err: str
) -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f"exec {shlex.quote(HUGGG[0])} {words}"],
        env=environment_of(settings),
        capture_output=True,
        check=False,
        text=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, out, err)
