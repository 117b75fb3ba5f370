"""The parameters of a set-based statement, made of the arguments of the calls in its batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

Arguments = list[Any]
ColumnsOf = Callable[[list[Arguments]], list[Sequence[Any]]]
"""Turns the arguments of a batch into a statement's parameters."""


def side_by_side(batch: list[Arguments]) -> list[Sequence[Any]]:
    """Make a column of each parameter; one of nothing but None is left empty.

    `unnest` fills it up beside the others, and the driver looks at each element for longer than we do.
    """
    if len(batch) == 1:
        return [() if value is None else (value,) for value in batch[0]]
    columns = zip(*batch, strict=True)
    return [() if _is_nothing(column) else column for column in columns]


def first_with_each_value(batch: list[Arguments], place: int) -> list[int]:
    """Give for each item the position of the first item that has the same argument at this place."""
    positions: dict[Any, int] = {}
    return [positions.setdefault(arguments[place], n) for n, arguments in enumerate(batch)]


def without_repeats(batch: list[Arguments], place: int, firsts: list[int]) -> list[Arguments]:
    """Leave the argument at this place to the first item that has it; the others get None."""
    return [
        arguments if first == n else [*arguments[:place], None, *arguments[place + 1 :]]
        for n, (arguments, first) in enumerate(zip(batch, firsts, strict=True))
    ]


def _is_nothing(column: tuple[Any, ...]) -> bool:
    return column[0] is None and column.count(None) == len(column)


def end_to_end(batch: list[Arguments]) -> list[Sequence[Any]]:
    """Join the lists that the calls give for each parameter."""
    return [list(chain.from_iterable(column)) for column in zip(*batch, strict=True)]
