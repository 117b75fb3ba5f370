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

signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests' own process may ignore it
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
    ended = run(settings, words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, out, err)


def run(settings: Settings, words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a shell reads it, in a process of its own."""
    return subprocess.run(
        ["/bin/sh", "-c", f"exec {shlex.quote(HUGGG[0])} {words}"],
        env=environment_of(settings) | variables,
        capture_output=True,
        check=False,
        text=True,
    )


def test_a_letter_that_the_output_cannot_hold_is_escaped(settings: Settings) -> None:
    created = run(settings, "brand create Café", PYTHONIOENCODING="ascii")
    assert (created.returncode, created.stderr) == (0, "")
    _, line = run(settings, "brand list", PYTHONIOENCODING="ascii").stdout.splitlines()
    assert line.split()[1] == r"Caf\xe9"


def test_help_on_a_narrow_terminal_has_whole_names(settings: Settings) -> None:
    narrow = run(settings, "codes import -h", COLUMNS="40").stdout
    assert "--ignore-column <list[str]>" in narrow
    assert "│" not in narrow
    assert "│" in run(settings, "codes import --help", COLUMNS="80").stdout


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (
            f"job show \"$(printf '\\377')\" {NIL}",
            "huggg: A value has bytes that are not UTF-8.\n",
        ),
        (
            "serve --host 203.0.113.7",
            (
                "huggg: cannot listen on 203.0.113.7:8080: Cannot assign requested address."
                " Try another --host.\n"
            ),
        ),
    ],
)
def test_a_mistake_is_told_in_a_line(settings: Settings, words: str, err: str) -> None:
    ended = run(settings, words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", err)


@pytest.mark.parametrize(
    "words",
    [
        f"codes low-water 99999999999999999999 --segment {NIL}",
        "session list --limit 99999999999999999999",
        "sealing-key rotate --wait 99999999999999999999",
    ],
)
def test_a_number_that_nothing_holds_is_refused_before_it_is_used(
    settings: Settings, words: str
) -> None:
    ended = run(settings, words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "99999999999999999999 is more than" in ended.stderr
