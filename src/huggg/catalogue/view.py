"""A view of the map: the rectangle that a caller looks at, and the grid for too many stores to show.

Angles are whole ten-millionths of a degree, as the database keeps them: no float decides on which side
of an edge a store is, so none is on both sides or on neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from huggg.kit.errors import Invalid

DEGREE_E7 = 10_000_000
CIRCLE_E7 = 3_600_000_000
MERIDIAN_E7 = 1_800_000_000

CIRCLE = Decimal(360)
HALF_CIRCLE = Decimal(180)

GRANULARITY_MAX = 22
"""The zoom at which maps show single houses."""

CELLS_A_MAP_TILE = 4
"""A granularity is a map's zoom, at which the world is 2 to the power of it tiles around: cells are a
quarter of a tile, on a usual screen 64 pixels, room for a pin with a number on it."""

CELLS_ACROSS = 24
"""Across a view for which no granularity was asked."""

CELLS_ACROSS_MAX = 64
"""Across any view: as many as pins fit beside each other on a large screen."""

NO_GAP = (MERIDIAN_E7 + 1, -MERIDIAN_E7 - 1)
"""A gap from beyond the end of the map back to before its start: no store is in it, or beyond it."""

_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class View:
    """Four edges, all of which belong to the view, and the gap of longitudes that do not.

    Only a view that touches or crosses the 180th meridian has a gap: it is all the way round but for it.
    """

    south: int
    north: int
    west: int
    east: int
    gap: tuple[int, int] = NO_GAP

    @property
    def height(self) -> int:
        """The degrees from edge to edge, along a meridian."""
        return self.north - self.south

    @property
    def width(self) -> int:
        """The degrees from west to east, in the direction of the view."""
        gap_west, gap_east = self.gap
        return self.east - self.west - max(0, gap_east - gap_west)


def read_view(corners: str) -> View:
    """Read `61.091,-11.042:49.655,2.104`: two opposite corners, in either order.

    Raises Invalid with the first fault.
    """
    pairs = [corner.split(",") for corner in corners.split(":")]
    if [len(pair) for pair in pairs] != [2, 2]:
        raise Invalid("tiles: must be latitude,longitude:latitude,longitude, two opposite corners.")
    first, second = _corner("first", *pairs[0]), _corner("second", *pairs[1])
    south, north = sorted((first[0], second[0]))
    west, east = _west_to_east(first[1], second[1])
    return _view(
        south=_e7(south, ROUND_CEILING),
        north=_e7(north, ROUND_FLOOR),
        west=_e7(west, ROUND_CEILING),
        east=_e7(east, ROUND_FLOOR),
        across=east < west,
    )


def _west_to_east(first: Decimal, second: Decimal) -> tuple[Decimal, Decimal]:
    """Tell which longitude is the western edge. The first is, where it is west of the second.

    Otherwise the corners are swapped, or the view lies across the 180th meridian: the narrower reading
    holds. From 180 to -180 the latter would be no rectangle but a line, so the whole world is meant.
    """
    degrees_apart = first - second
    if 0 < degrees_apart <= HALF_CIRCLE or degrees_apart == CIRCLE:
        return second, first
    return first, second


def _view(*, south: int, north: int, west: int, east: int, across: bool) -> View:
    """Lay the edges on the map, which ends where it begins: 180 and -180 are one meridian."""
    if not across and (west, east) != (-MERIDIAN_E7, MERIDIAN_E7):
        if east == MERIDIAN_E7:
            east, across = -MERIDIAN_E7, True
        elif west == -MERIDIAN_E7:
            west, across = MERIDIAN_E7, True
    if across:
        return View(south, north, -MERIDIAN_E7, MERIDIAN_E7, gap=(east + 1, west - 1))
    return View(south, north, west, east)


def divisions_for(view: View, granularity: int | None) -> int:
    """Compute the grid's cells of the world, from west to east and from south to north.

    The requested granularity is coarsened until the cells of the view fit an answer; without one, the
    grid is as fine as suits a view of this size.
    """
    if granularity is None:
        return _divisions(_finest(view, CELLS_ACROSS))
    return _divisions(min(granularity, _finest(view, CELLS_ACROSS_MAX)))


def _corner(name: str, latitude: str, longitude: str) -> tuple[Decimal, Decimal]:
    return _angle(f"the {name} latitude", latitude, 90), _angle(f"the {name} longitude", longitude, 180)


def _angle(name: str, text: str, most: int) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"tiles: {name} must be a number of degrees like 51.4545.")
    degrees = Decimal(text)
    if abs(degrees) > most:
        raise Invalid(f"tiles: {name} must be from -{most} to {most}.")
    return degrees


def _e7(degrees: Decimal, rounding: str) -> int:
    return int(degrees.scaleb(7).to_integral_value(rounding))


def _finest(view: View, across: int) -> int:
    """Find the finest granularity at which no more than so many cells lie across the view either way."""
    return max(
        (
            granularity
            for granularity in range(1, GRANULARITY_MAX + 1)
            if view.width * _divisions(granularity) <= across * CIRCLE_E7
            and view.height * _divisions(granularity) <= across * CIRCLE_E7 // 2
        ),
        default=0,
    )


def _divisions(granularity: int) -> int:
    return CELLS_A_MAP_TILE << granularity
