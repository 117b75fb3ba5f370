"""Mistakes in typed values, in words of ours: the library that reads them speaks to programmers."""

from __future__ import annotations

from typing import Any

import typer
from pydantic_core import ValidationError
from typer.core import TyperGroup

ID_LIKE = "01a2236a-89c2-70b2-a697-b56bfff09540"


class PlainMistakes(TyperGroup):
    """The commands, of which a value that cannot be read is refused in a plain sentence."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the library's own
        """Run a command, and translate its refusal of a value."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if isinstance(error.__cause__, ValidationError):
                error.message = in_plain_words(error.__cause__, otherwise=error.message)
            raise


def in_plain_words(cause: ValidationError, *, otherwise: str) -> str:
    """Tell the first mistake; `otherwise` is told of a kind that has no sentence here."""
    first = cause.errors()[0]
    value, bounds = first["input"], first.get("ctx", {})
    match first["type"]:
        case "uuid_parsing":
            return f"{value!r} is not an id like {ID_LIKE}."
        case "int_parsing":
            return f"{value!r} is not a whole number."
        case "greater_than_equal":
            return f"{value} is less than {bounds['ge']}."
        case "less_than_equal":
            return f"{value} is more than {bounds['le']}."
        case "value_error":
            return str(bounds["error"])
    return otherwise
