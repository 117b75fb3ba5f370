"""The order of a file, kept across imports of other files."""

from __future__ import annotations

from huggg.catalogue.ordering import kept_positions


def test_the_first_file_is_numbered_as_it_comes() -> None:
    assert kept_positions([(0, "a"), (0, "b")], {}, 0) == {"a": 1, "b": 2}


def test_a_file_in_the_order_we_have_moves_nothing() -> None:
    current = {"a": 3, "x": 4, "b": 9}
    assert kept_positions([(0, "a"), (0, "b")], current, 9) == {"a": 3, "b": 9}


def test_newcomers_go_behind_everybody() -> None:
    assert kept_positions([(0, "a"), (0, "new")], {"a": 3, "x": 7}, 7) == {"a": 3, "new": 9}


def test_another_order_moves_all_of_the_file_behind_everybody() -> None:
    current = {"a": 1, "b": 2, "x": 3}
    assert kept_positions([(0, "b"), (0, "a")], current, 3) == {"b": 4, "a": 5}
    assert kept_positions([(0, "new"), (0, "a")], current, 3) == {"new": 4, "a": 5}


def test_order_matters_among_equals_only() -> None:
    assert kept_positions([(-9, "b"), (-1, "a")], {"a": 1, "b": 2}, 2) == {"a": 1, "b": 2}
