"""The pins of a view: its stores or, where they are too many to tell apart, clusters of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from huggg.catalogue.store import Store, queries, store_from
from huggg.catalogue.view import View, divisions_for
from huggg.database.pool import Database

STORES_MAX = 2_000
"""A megabyte of documents, and more than clients that know no clusters will meet in a country."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid and its stores: their number, their middle, and the box around them."""

    count: int
    latitude_e7: int
    longitude_e7: int
    north_e7: int
    west_e7: int
    south_e7: int
    east_e7: int


async def pins_of(
    database: Database, view: View, *, sold_on: str, granularity: int | None
) -> Sequence[Store] | Sequence[Cell]:
    """Find the pins of a view: clusters if a granularity was requested or the stores are too many.

    The grid is computed first, because it reads an index and no store; a view with few stores is then
    read again.
    """
    area = _area_of(view, sold_on)
    divisions = divisions_for(view, granularity)
    rows = await database.planned(queries.clusters_in_view, divisions=divisions, **area)
    cells = [Cell(**row) for row in rows]
    if granularity is not None or sum(cell.count for cell in cells) > STORES_MAX:
        return cells
    return [store_from(row) for row in await database.rows(queries.stores_in_view, **area)]


def _area_of(view: View, sold_on: str) -> dict[str, Any]:
    gap_west, gap_east = view.gap
    return {
        "sold_on": sold_on,
        "south": view.south,
        "north": view.north,
        "west": view.west,
        "east": view.east,
        "gap_west": gap_west,
        "gap_east": gap_east,
    }
