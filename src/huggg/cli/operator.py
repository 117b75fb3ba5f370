"""The operator's name, as the records of commands keep it."""

from __future__ import annotations

import getpass
import os
from typing import Annotated

import typer

BY = Annotated[str | None, typer.Option(help="The operator; unless given, the user of this machine.")]


def operator_named(by: str | None) -> str:
    """Name the operator: the option's value, or the user that this process runs as."""
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return f"uid {os.getuid()}"
