"""Totals of a day, added up further: by product, and by clerk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from msgspec import Struct

from huggg.redemptions.trading_day import Total


class Sum(Struct, frozen=True):
    """The redemptions that stand under one name; `value` in pence."""

    name: str
    redemptions: int
    value: int


def by_product(totals: Sequence[Total]) -> list[Sum]:
    """Add up by product, by name."""
    return _by(totals, attrgetter("product"))


def by_staff(totals: Sequence[Total]) -> list[Sum]:
    """Add up by clerk, by name."""
    return _by(totals, attrgetter("staff"))


def _by(totals: Sequence[Total], name_of: Callable[[Total], str | None]) -> list[Sum]:
    sums: dict[str, Sum] = {}
    for total in totals:
        name = name_of(total) or ""
        before = sums.get(name, Sum(name, 0, 0))
        sums[name] = Sum(name, before.redemptions + total.redemptions, before.value + total.value)
    return sorted(sums.values(), key=attrgetter("name"))
