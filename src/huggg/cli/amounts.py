"""Amounts of money at the command line: typed and shown in pounds, and pence in JSON."""

from __future__ import annotations

import typer

from huggg.cli.tables import ValueWords
from huggg.kit.money import parse_pounds, pounds


class Pounds(int):
    """Pence, typed as an amount of pounds; the class's name is the type that help shows."""


def read_pounds(text: str) -> Pounds:
    """Read an amount, which has no sign: a correction of `-10` could mean more money or less."""
    if text.startswith("-"):
        raise typer.BadParameter(f"{text} has a minus sign, and amounts have none.")
    try:
        return Pounds(parse_pounds(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def in_pounds(pence: int) -> str:
    """Write an amount, with its sign before that of the currency."""
    return f"£{pounds(pence)}" if pence >= 0 else f"-£{pounds(-pence)}"


def amounts(*columns: str) -> ValueWords:
    """Show the amounts of these columns in pounds."""
    return dict.fromkeys(columns, in_pounds)
