"""Slips of the pen: names that are one slip away from a known one, and names that mean another thing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.http.slips import slip_of
from huggg.hugggs.listing import EMBEDS
from huggg.server.routes import ROUTES
from huggg.transactions.wire import PurchaseBody

PURCHASE = PurchaseBody.__struct_fields__


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("recievers", "receivers"),
        ("receiver", "receivers"),
        ("receiverss", "receivers"),
        ("Receivers", "receivers"),
        ("RECEIVERS", "receivers"),
        ("recivers", "receivers"),
        ("recexvers", "receivers"),
        ("xreceivers", "receivers"),
        ("delivery_method", "deliveryMethod"),
        ("theme-id", "themeId"),
        ("expirydate", "expiryDate"),
        ("quantities", None),
        ("quantitys", "quantity"),
        ("titles", "title"),
        ("limits", "limit"),
    ],
)
def test_a_slip_is_traced_to_the_name_that_was_meant(name: str, meant: str | None) -> None:
    assert slip_of(name, PURCHASE) == meant


@pytest.mark.parametrize(
    "name",
    ["", "tags", "colour", "to", "from", "recipients", "themes_of_ids", "x" * 10_000, "é", "\u202e"],
)
def test_another_name_is_no_slip(name: str) -> None:
    assert slip_of(name, PURCHASE) is None


def test_short_names_are_told_apart_by_every_symbol() -> None:
    assert [slip_of(name, ["id"]) for name in ("is", "d", "uid", "ad")] == [None] * 4
    assert [slip_of(name, ["id"]) for name in ("ids", "ID", "i_d")] == ["id"] * 3


def test_no_name_of_ours_is_a_slip_of_another_of_the_same_place() -> None:
    """Else a request that is right would be refused."""
    places = [sorted(name.removesuffix("[]") for name in each.operation.parameters) for each in ROUTES]
    places += [list(PURCHASE), list(EMBEDS.relations)]
    for known in places:
        assert [slip_of(name, known) for name in known] == [None] * len(known)


@given(st.text("abc_", min_size=4, max_size=9), st.data())
def test_one_edit_is_always_found(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    edits = [name[:at] + name[at + 1 :], name[:at] + "z" + name[at:], name[:at] + "z" + name[at + 1 :]]
    edits.append(name[:at] + name[at : at + 2][::-1] + name[at + 2 :])
    for edit in edits:
        plain = edit.replace("_", "")
        if edit != name and len(plain) >= 4 and len(name.replace("_", "")) >= 4:
            assert slip_of(edit, [name]) == name


def test_a_thousand_unknown_names_are_looked_through_in_no_time() -> None:
    began = time.process_time()
    for number in range(1000):
        slip_of(f"parameter{number}", PURCHASE)
    assert time.process_time() - began < 0.2
