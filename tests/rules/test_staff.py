"""Staff: the managers of each member, and the PINs that are taken, without a database."""

from __future__ import annotations

from uuid import UUID

import pytest

from huggg.identity.caller import Caller
from huggg.identity.role import STAFF_RIGHTS, StaffRight, StaffRole
from huggg.kit.errors import Invalid
from huggg.staff.errors import OwnRole, StaffNotFound
from huggg.staff.member import Member, clean_pin, managed_by_another, managed_member

BRAND = UUID(int=1)


def member(*locations: str, brand: UUID = BRAND, number: int = 7) -> Member:
    return Member(
        UUID(int=number),
        brand,
        "Sam",
        None,
        StaffRole.STAFF,
        every_location=not locations,
        location_ids=frozenset(locations),
        has_pin=True,
        has_password=False,
        active=True,
    )


def manager(*locations: str, number: int = 8) -> Caller:
    return Caller(
        "till-page",
        UUID(int=number),
        brand_id=BRAND,
        every_location=not locations,
        location_ids=frozenset(locations),
    )


@pytest.mark.parametrize(
    ("person", "by"),
    [
        (member(), None),
        (member(), manager()),
        (member("bath2"), manager()),
        (member("bath2"), manager("bath2", "bristol17")),
    ],
)
def test_staff_is_managed_by_a_manager_of_all_their_locations(person: Member, by: Caller | None) -> None:
    assert managed_member(person, by) is managed_by_another(person, by) is person


@pytest.mark.parametrize(
    ("person", "by"),
    [
        (None, None),
        (None, manager()),
        (member(brand=UUID(int=2)), manager()),
        (member(), manager("bath2")),
        (member("bath2", "leeds5"), manager("bath2")),
    ],
)
def test_no_other_manager_learns_of_them(person: Member | None, by: Caller | None) -> None:
    with pytest.raises(StaffNotFound):
        managed_member(person, by)


def test_a_manager_may_change_their_own_pin_and_not_their_own_role() -> None:
    own = member(number=8)
    assert managed_member(own, manager()) is own
    with pytest.raises(OwnRole):
        managed_by_another(own, manager())


def test_each_role_has_all_rights_of_the_one_below() -> None:
    rights = [STAFF_RIGHTS[role] for role in StaffRole]
    assert rights == sorted(rights, key=len)
    assert rights[0] < rights[1] < rights[2] == frozenset(StaffRight)


@pytest.mark.parametrize("pin", ["4809", " 480915 ", "48091537", "1213", "0070"])
def test_a_pin_is_four_to_eight_digits(pin: str) -> None:
    assert clean_pin(pin) == pin.strip()


@pytest.mark.parametrize(
    "pin",
    [
        "480",
        "480915372",
        "48a9",
        "",
        "\u0661\u0662\u0663\u0664",
        "0000",
        "1234",
        "7890",
        "4321",
        "987654",
    ],
)
def test_a_pin_that_is_guessed_first_is_none(pin: str) -> None:
    with pytest.raises(Invalid, match="pin: must"):
        clean_pin(pin)
