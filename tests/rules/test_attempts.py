"""Whether a log-in may be tried: an attacker waits, the owner from elsewhere does not."""

from __future__ import annotations

import pytest

from huggg.identity.attempts import MEMORY_SECONDS, wait_of
from huggg.kit.bucket import SECOND, Draw, Policy

ADDRESS = Policy("address", 10)
ACCOUNT = Policy("account", 10)
BOTH = Policy("both", 10, MEMORY_SECONDS)


def failed(policy: Policy, times: int) -> Draw:
    return Draw(policy, 0, times * policy.gap)


@pytest.mark.parametrize(
    ("of_address", "of_account", "of_both", "wait"),
    [
        (0, 0, 0, None),
        (9, 9, 9, None),
        (10, 0, 0, 6.0),  # an address that guesses at many accounts
        (10, 10, 10, 6.0),
        (1, 10, 1, 6.0),  # one of many addresses that guess at one account
        (0, 10, 0, None),  # its owner, at home
        (5, 10, 0, None),  # its owner, behind an address from where others guess elsewhere
    ],
)
def test_failures_make_an_attempt_wait_for_so_long(
    of_address: int, of_account: int, of_both: int, wait: float | None
) -> None:
    states = failed(ADDRESS, of_address), failed(ACCOUNT, of_account), failed(BOTH, of_both)
    assert wait_of(*states) == wait


def test_one_failure_is_forgotten_in_a_minute() -> None:
    assert BOTH.gap == 60 * SECOND
