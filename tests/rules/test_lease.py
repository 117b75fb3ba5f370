"""Which of two limits is told: the one of which the smaller part is left, as far as anybody knows."""

from __future__ import annotations

import pytest

from huggg.kit.bucket import Policy
from huggg.kit.lease import Lease

UNKNOWN = Lease(Policy("unknown", 10))


def with_left(left: int, quota: int) -> Lease:
    return Lease(Policy("known", quota), left=left, began=0.0)


@pytest.mark.parametrize(
    ("one", "other", "tighter"),
    [
        (with_left(4, 10), with_left(50, 100), True),
        (with_left(50, 100), with_left(4, 10), False),
        (with_left(5, 10), with_left(50, 100), False),  # as much of each
        (with_left(0, 10), UNKNOWN, True),
        (UNKNOWN, with_left(0, 10), False),
        (UNKNOWN, UNKNOWN, False),
    ],
)
def test_a_lease_is_tighter_of_which_a_smaller_part_is_left(
    one: Lease, other: Lease, *, tighter: bool
) -> None:
    assert one.is_tighter_than(other) is tighter
