"""Totals of a day, added up further: by product, and by clerk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from msgspec import Struct

from huggg.redemptions.trading_day import Total


class RedemptionSum(Struct, frozen=True):
    """The redemptions that stand under one name; `value` in pence."""

    name: str
    redemptions: int
    value: int


def by_product(totals: Sequence[Total]) -> list[RedemptionSum]:
    """Add up by product, by name."""
    return _by(totals, attrgetter("product"))


def by_staff(totals: Sequence[Total]) -> list[RedemptionSum]:
    """Add up by clerk, by name."""
    return _by(totals, attrgetter("staff"))


def _by(totals: Sequence[Total], name_of: Callable[[Total], str | None]) -> list[RedemptionSum]:
    sums: dict[str, RedemptionSum] = {}
    for total in totals:
        name = name_of(total) or ""
        before = sums.get(name, RedemptionSum(name, 0, 0))
        sums[name] = RedemptionSum(
            name, before.redemptions + total.redemptions, before.value + total.value
        )
    return sorted(sums.values(), key=attrgetter("name"))
