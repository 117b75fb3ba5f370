"""Questions at the command line: for a secret, and whether an act is meant that no command takes back.

Secrets are asked for without an echo, or read from standard input. No command takes a secret as an
argument, because every user of the machine can read arguments in its list of processes, and shells store
them.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from huggg.kit.errors import Invalid

YES = Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")]
DRAW_PIN = Annotated[
    bool, typer.Option("--draw", help="Draw a PIN of six digits and print it, instead of asking.")
]


def ask_secret(prompt: str, *, twice: bool = False, envvar: str | None = None) -> str:
    """Take a secret from an environment variable, from a terminal, or from a line of standard input."""
    if envvar is not None and envvar in os.environ:
        return os.environ[envvar]
    if sys.stdin.isatty():
        typed: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=twice)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def confirm(question: str, *, refusal: str) -> None:
    """Have the operator confirm an act; a no ends the command.

    Raises Invalid without a terminal, with the sentence `refusal`: a script says --yes.
    """
    if not sys.stdin.isatty():
        raise Invalid(f"{refusal} Say --yes if it is meant.")
    typer.confirm(question, abort=True, err=True)


def ask_pin() -> str:
    """Ask for a PIN of a location or of a member of staff, twice."""
    return ask_secret("PIN, 4 to 8 digits", twice=True)
