"""Secrets at the command line: asked for without an echo, or read from standard input.

Never arguments, which every user of the machine can read in its list of processes, and shells keep.
"""

from __future__ import annotations

import os
import sys

import typer


def ask_secret(what: str, *, twice: bool = False, envvar: str | None = None) -> str:
    """Take a secret from an environment variable, from a person, or from a line of standard input."""
    if envvar is not None and envvar in os.environ:
        return os.environ[envvar]
    if sys.stdin.isatty():
        typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice)
        return typed
    return sys.stdin.readline().rstrip("\r\n")
