"""Secrets at the command line: asked for without an echo, or read from standard input.

No command takes a secret as an argument, because every user of the machine can read arguments in its
list of processes, and shells store them.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

DRAW_PIN = Annotated[
    bool, typer.Option("--draw", help="Draw a PIN of six digits and print it, instead of asking.")
]


def ask_secret(what: str, *, twice: bool = False, envvar: str | None = None) -> str:
    """Take a secret from an environment variable, from a terminal, or from a line of standard input."""
    if envvar is not None and envvar in os.environ:
        return os.environ[envvar]
    if sys.stdin.isatty():
        typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def ask_pin() -> str:
    """Ask for a PIN of a location or of a member of staff, twice."""
    return ask_secret("PIN, 4 to 8 digits", twice=True)
