"""Views of the map: how two corners are read, and how fine a grid they get."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huggg.catalogue.view import (
    CELLS_ACROSS,
    CELLS_ACROSS_MAX,
    CIRCLE_E7,
    DEGREE_E7,
    GRANULARITY_MAX,
    NO_GAP,
    View,
    divisions_for,
    read_view,
)
from huggg.kit.errors import Invalid

BRITAIN = "61.091,-11.042:49.655,2.104"
WORLD = "90,-180:-90,180"
FIJI = "-12.5,176.8:-20.7,-178.2"

PAIRS = "tiles: must be latitude,longitude:latitude,longitude, two opposite corners."


def a_number(name: str) -> str:
    return f"tiles: the {name} must be a number of degrees like 51.4545."


def in_range(name: str, most: int) -> str:
    return f"tiles: the {name} must be from -{most} to {most}."


def test_two_corners_are_four_edges() -> None:
    assert read_view(BRITAIN) == View(
        south=496_550_000, north=610_910_000, west=-110_420_000, east=21_040_000, gap=NO_GAP
    )
    assert read_view(WORLD) == View(-900_000_000, 900_000_000, -1_800_000_000, 1_800_000_000)


def test_a_view_across_the_180th_meridian_goes_all_the_way_round_but_for_a_gap() -> None:
    assert read_view(FIJI) == View(
        south=-207_000_000,
        north=-125_000_000,
        west=-1_800_000_000,
        east=1_800_000_000,
        gap=(-1_781_999_999, 1_767_999_999),
    )
    assert read_view(FIJI).width == 50_000_002  # five degrees


@pytest.mark.parametrize(
    "corners",
    [
        "61.091,-11.042:49.655,2.104",  # north-west, south-east
        "49.655,-11.042:61.091,2.104",  # south-west, north-east
        "61.091,2.104:49.655,-11.042",  # north-east, south-west
        "49.655,2.104:61.091,-11.042",  # south-east, north-west
    ],
)
def test_any_two_opposite_corners_are_the_same_four_edges(corners: str) -> None:
    assert read_view(corners) == read_view(BRITAIN)


@pytest.mark.parametrize("corners", [FIJI, "-20.7,176.8:-12.5,-178.2"])
def test_across_the_180th_meridian_latitudes_come_in_either_order(corners: str) -> None:
    assert read_view(corners) == read_view(FIJI)


@pytest.mark.parametrize(
    ("first", "second", "west", "east"),
    [
        ("10", "-10", -100_000_000, 100_000_000),
        ("90", "-90", -900_000_000, 900_000_000),  # as wide either way: swapped
        ("0.0000001", "0", 0, 1),
        ("180", "0", 0, 1_800_000_000),
        ("-10", "10", -100_000_000, 100_000_000),
        ("-170", "170", -1_700_000_000, 1_700_000_000),  # already from west to east
        ("180", "-180", -1_800_000_000, 1_800_000_000),
        ("-180", "180", -1_800_000_000, 1_800_000_000),
    ],
)
def test_longitudes_are_read_from_west_to_east_the_narrower_way(
    first: str, second: str, west: int, east: int
) -> None:
    view = read_view(f"1,{first}:0,{second}")
    longitudes = [along for along in (west - 1, west, east, east + 1) if is_in(view, 0, along)]
    assert longitudes == [west, east]


@pytest.mark.parametrize(
    ("first", "second", "west", "east"),
    [
        ("90.1", "-90", 901_000_000, -900_000_000),
        ("179.9999999", "-179.9999999", 1_799_999_999, -1_799_999_999),
        ("170", "180", 1_700_000_000, -1_800_000_000),
        ("180", "170", 1_700_000_000, -1_800_000_000),
        ("170", "-180", 1_700_000_000, -1_800_000_000),
        ("-180", "-170", 1_800_000_000, -1_700_000_000),
        ("180", "-170", 1_800_000_000, -1_700_000_000),
        ("180", "180", 1_800_000_000, -1_800_000_000),
        ("-180", "-180", 1_800_000_000, -1_800_000_000),
    ],
)
def test_a_view_that_reaches_180_degrees_reaches_both_ends_of_the_map(
    first: str, second: str, west: int, east: int
) -> None:
    view = read_view(f"1,{first}:0,{second}")
    longitudes = (west - 1, west, 1_800_000_000, -1_800_000_000, east, east + 1)
    assert [is_in(view, 0, along) for along in longitudes] == [False, True, True, True, True, False]


def test_poles_are_on_the_map() -> None:
    assert read_view("90,0:90,0") == View(900_000_000, 900_000_000, 0, 0)
    assert read_view("-90,0:90,1") == View(-900_000_000, 900_000_000, 0, 10_000_000)


def test_whole_degrees_are_degrees_too() -> None:
    assert read_view("52,-3:51,-2") == read_view("52.0,-3.00:51.000,-2.0")


def test_a_view_may_be_a_line_or_a_point() -> None:
    assert read_view("51.5,-2.5:51.5,-2.5") == View(515_000_000, 515_000_000, -25_000_000, -25_000_000)
    assert read_view("-0.0,-0:0,0") == View(0, 0, 0, 0)


def test_edges_between_two_positions_leave_out_what_is_beyond_them() -> None:
    view = read_view("51.00000019,-2.00000019:51.00000001,-1.99999991")
    assert view == View(510_000_001, 510_000_001, -20_000_001, -20_000_000)


@pytest.mark.parametrize(
    "corners",
    [
        "",
        "3",
        "61.091,-11.042",
        "61.091,-11.042:",
        ":49.655,2.104",
        "61.091:49.655",
        "61.091,-11.042:49.655,2.104:0,0",
        "61.091,-11.042,49.655,2.104",
        "61.091,-11.042:49.655,2.104,5",
        "61.091;-11.042:49.655;2.104",
    ],
)
def test_a_view_that_is_not_two_pairs_is_refused(corners: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_view(corners)
    assert str(refused.value) == PAIRS


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "x", "NaN", "nan", "inf", "-Infinity", "1e1", "5.1E1", "0x33", "1_0"),
        *("\u0665\u0661.\u0664", "\uff15\uff11"),  # 51.4 in Arabic digits, 51 in wide ones
        *("+51", "--1", "-", ".5", "5.", "51,", "5 1", " 51", "51 ", "51\n", "0051", "51.4°", "1/2"),
        "51." + "4" * 21,
    ],
)
@pytest.mark.parametrize(
    ("place", "name"),
    [
        (0, "first latitude"),
        (1, "first longitude"),
        (2, "second latitude"),
        (3, "second longitude"),
    ],
)
def test_text_that_is_no_number_is_refused_by_its_corner_and_axis(
    text: str, place: int, name: str
) -> None:
    numbers = ["61.091", "-11.042", "49.655", "2.104"]
    numbers[place] = text
    with pytest.raises(Invalid) as refused:
        read_view("{},{}:{},{}".format(*numbers))
    assert str(refused.value) == (PAIRS if "," in text else a_number(name))


@pytest.mark.parametrize(
    ("corners", "sentence"),
    [
        ("90.0000001,0:0,0", in_range("first latitude", 90)),
        ("-91,0:0,0", in_range("first latitude", 90)),
        ("0,-180.00000000000000001:0,0", in_range("first longitude", 180)),
        ("0,181:0,0", in_range("first longitude", 180)),
        ("0,0:-90.5,0", in_range("second latitude", 90)),
        ("0,0:0,999", in_range("second longitude", 180)),
        ("91,x:0,0", in_range("first latitude", 90)),  # the first thing that is wrong
    ],
)
def test_a_corner_that_is_on_no_map_is_refused(corners: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_view(corners)
    assert str(refused.value) == sentence


def is_in(view: View, up: int, along: int) -> bool:
    """Ask as the statements do."""
    gap_west, gap_east = view.gap
    between = view.west <= along <= view.east and not gap_west <= along <= gap_east
    return between and view.south <= up <= view.north


def cells_across(view: View, divisions: int) -> Fraction:
    return max(
        Fraction(view.width * divisions, CIRCLE_E7), Fraction(view.height * divisions * 2, CIRCLE_E7)
    )


@pytest.mark.parametrize(
    ("corners", "granularity", "divisions"),
    [
        (BRITAIN, None, 256),
        (BRITAIN, 0, 4),
        (BRITAIN, 5, 128),
        (BRITAIN, 7, 512),
        (BRITAIN, 8, 512),  # 1,024 would be 65 cells from top to bottom
        (BRITAIN, GRANULARITY_MAX, 512),
        (WORLD, None, 16),
        (WORLD, GRANULARITY_MAX, 64),
        ("51.5,-2.7:51.4,-2.5", None, 32_768),
        ("51.5,-2.7:51.4,-2.5", 12, 16_384),
        ("51.45,-2.6:51.45,-2.6", None, 4 << GRANULARITY_MAX),
    ],
)
def test_the_grid_is_as_asked_for_unless_that_is_too_much_for_the_view(
    corners: str, granularity: int | None, divisions: int
) -> None:
    assert divisions_for(read_view(corners), granularity) == divisions


latitudes = st.decimals("-90", "90", places=9, allow_nan=False)
longitudes = st.decimals("-180", "180", places=9, allow_nan=False)
corners = st.tuples(latitudes, longitudes, latitudes, longitudes)
tenths = st.tuples(st.integers(-900, 900), st.integers(-1800, 1800))


@given(corners, st.integers(0, GRANULARITY_MAX))
def test_in_every_view_no_more_cells_lie_across_than_fit(
    edges: tuple[Decimal, ...], granularity: int
) -> None:
    view = read_view("{:f},{:f}:{:f},{:f}".format(*edges))
    chosen, requested = divisions_for(view, None), divisions_for(view, granularity)
    assert chosen == 4 or cells_across(view, chosen) <= CELLS_ACROSS
    assert chosen == 4 << GRANULARITY_MAX or cells_across(view, chosen * 2) > CELLS_ACROSS
    assert requested <= 4 << granularity
    assert requested == 4 or cells_across(view, requested) <= CELLS_ACROSS_MAX
    assert requested == 4 << granularity or cells_across(view, requested * 2) > CELLS_ACROSS_MAX


@example((Decimal(1), Decimal(0), Decimal(0), Decimal(-180)), (5, 1))
@example((Decimal(1), Decimal(180), Decimal(0), Decimal(-180)), (5, 1))
@given(corners, tenths)
def test_a_position_is_in_a_view_exactly_if_it_is_between_its_corners(
    edges: tuple[Decimal, ...], somewhere: tuple[int, int]
) -> None:
    first_latitude, first, second_latitude, second = edges
    view = read_view("{:f},{:f}:{:f},{:f}".format(*edges))
    south, north = sorted((first_latitude, second_latitude))
    near_the_corners = [(a, b) for a in (north, south) for b in (first, second)]
    for a, b in [(Decimal(somewhere[0]) / 10, Decimal(somewhere[1]) / 10), *near_the_corners]:
        latitude, longitude = round(a, 7), round(b, 7)
        assert is_in(view, int(latitude * DEGREE_E7), int(longitude * DEGREE_E7)) == (
            south <= latitude <= north and is_between(first, second, longitude)
        )


def is_between(first: Decimal, second: Decimal, longitude: Decimal) -> bool:
    """Go east from the second where that way is no longer than from the first. From 180 to -180: all."""
    from_second = 0 < first - second <= 180 or first - second == 360
    start, end = (second, first) if from_second else (first, second)
    return any(start <= longitude + turn <= end + 360 * (end < start) for turn in (-360, 0, 360))
