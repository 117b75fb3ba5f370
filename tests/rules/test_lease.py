"""Of two limits the answer tells the one of which the smaller part is left, as far as is known."""

from __future__ import annotations

import pytest

from huggg.kit.bucket import Draw, Policy
from huggg.kit.lease import ASK_SECONDS, LIFE_SECONDS, Lease, Wish

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


POLICY = Policy("known", 1000)


def drawn(granted: int, free: int = 0) -> Draw:
    owed = (POLICY.quota - free) * POLICY.gap
    return Draw(POLICY, granted, owed)


def lent(granted: int, free: int = 0) -> Lease:
    lease = Lease(POLICY)
    lease.receive(drawn(granted, free), now=10.0)
    return lease


@pytest.mark.parametrize(
    ("granted", "low"), [(0, -1), (1, -1), (3, -1), (4, 1), (5, 1), (7, 1), (8, 2), (100, 25)]
)
def test_more_is_asked_for_when_a_quarter_is_left(granted: int, low: int) -> None:
    lease = lent(granted)
    assert lease.low == low
    runs_low = [lease.left for _ in range(granted) if lease.take(10.1) and lease.runs_low]
    assert runs_low == ([low] if low > 0 else [])


def test_a_lease_knows_what_it_holds_and_what_is_left_beyond_it() -> None:
    lease = lent(8, free=90)
    assert (lease.size, lease.left, lease.beyond, lease.remaining) == (8, 8, 90, 98)
    lease.take(10.1)
    lease.receive(drawn(4, free=80), now=10.2)
    assert (lease.size, lease.left, lease.remaining) == (11, 11, 91)


def test_four_times_as_much_is_asked_for_while_it_is_used_up_in_no_time() -> None:
    lease = lent(0)
    soon = 10.0 + ASK_SECONDS - 0.001
    spares = [lease.wish(soon, needed=1).spare for _ in range(7)]
    assert spares == [1, 4, 16, 64, 256, 1000, 1000]


def test_a_lasting_lease_is_renewed_and_a_lapsing_one_goes_back() -> None:
    lease = lent(9)
    lease.spare = 6
    assert lease.wish(10.0 + ASK_SECONDS, needed=2) == Wish(needed=2, spare=6, back=0)
    for _ in range(5):
        lease.take(10.5)
    assert lease.wish(10.0 + LIFE_SECONDS, needed=0) == Wish(needed=0, spare=2, back=4)
    assert lease.left == 0


def test_of_an_empty_bucket_nothing_is_asked_for_in_advance() -> None:
    lease = lent(0)
    assert (lease.spare, lease.empty_until) == (0, 10.0 + drawn(0).wait)
