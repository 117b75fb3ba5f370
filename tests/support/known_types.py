"""The driver's knowledge of types, kept from one connection to the next.

Each connection asks PostgreSQL for the types of its statements, arrays of built-in ones included, by a
recursive statement of ten milliseconds. A test opens several connections, and built-in types have the
same numbers in every database of every version.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from asyncpg.connection import Connection

FIRST_OF_A_DATABASE = 16384
"""The least number of a type that is not built in."""

KNOWN = SimpleNamespace(name="known")
"""Stands for the statement that asked: a named one, beside which the driver need not prepare anew."""


@contextmanager
def types_known() -> Iterator[None]:
    """Ask for each set of types once in this process."""
    ask = Connection._introspect_types
    known: dict[frozenset[int], Any] = {}

    async def introspect(self: Connection, numbers: Any, *timeout: float | None) -> tuple[Any, Any]:
        types = frozenset(numbers)
        if types in known:
            return known[types], KNOWN
        answer, statement = await ask(self, numbers, *timeout)
        if max(types) < FIRST_OF_A_DATABASE:
            known[types] = answer
        return answer, statement

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "_introspect_types", introspect)
        yield
