"""Processes that lease from one bucket together spend its tokens, and those that came back."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.kit.bucket import SECOND, Draw, Policy
from huggg.kit.lease import LIFE_SECONDS, LOW_PART, Lease, Wish
from tests.support.buckets import SHARE, ModelBucket

policies = st.builds(
    Policy, st.just("p"), quota=st.integers(1, 300_000), seconds=st.sampled_from([1, 5, 60, 3600])
)


class Processes:
    """Some processes before one bucket, and the instants at which they let a request pass."""

    def __init__(self, policy: Policy, count: int) -> None:
        self.policy = policy
        self.bucket = ModelBucket(policy)
        self.leases = [Lease(policy) for _ in range(count)]
        self.now = 0  # microseconds
        self.passed: list[int] = []
        self.draws = 0

    def wait(self, microseconds: int) -> None:
        self.now += microseconds
        self.bucket.passes(microseconds)

    def ask(self, process: int) -> bool:
        """One request, served at once."""
        lease, now = self.leases[process], self.now / SECOND
        if not lease.take(now):
            self.draws += 1
            lease.receive(self.bucket.draw(lease.wish(now, needed=1)), now)
            if not lease.take(now):
                return False
        elif lease.runs_low:
            self.draws += 1
            lease.receive(self.bucket.draw(lease.wish(now, needed=0)), now)
        self.passed.append(self.now)
        return True

    def sweep(self) -> None:
        for lease in self.leases:
            back = lease.lapsed(self.now / SECOND)
            if back:
                self.bucket.draw(Wish(0, 0, back))

    @property
    def unspent(self) -> int:
        return sum(lease.left for lease in self.leases)


@given(
    policies,
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3 * SECOND), st.integers(1, 400))),
)
def test_no_schedule_lets_more_pass_than_the_bucket_held_and_what_came_back(
    policy: Policy, count: int, schedule: list[tuple[int, int, int]]
) -> None:
    processes = Processes(policy, count)
    for process, pause, burst in schedule:
        processes.wait(pause)
        for _ in range(burst):
            processes.ask(process % count)
        if burst % 3 == 0:
            processes.sweep()
        assert len(processes.passed) <= policy.quota + processes.now // policy.gap
        assert processes.unspent <= count * (policy.quota // SHARE) * LOW_PART / (LOW_PART - 1)


@given(st.integers(1, 64), st.integers(2, 5), st.lists(st.integers(0, SECOND), max_size=200))
def test_one_request_at_a_time_is_counted_exactly(quota: int, count: int, pauses: list[int]) -> None:
    """On all processes: no caller is refused while there is a token, and none passes without."""
    processes, alone = Processes(Policy("p", quota), count), ModelBucket(Policy("p", quota))
    for number, pause in enumerate(pauses):
        processes.wait(pause)
        alone.passes(pause)
        allowed = alone.draw(Wish(1, 0, 0)).granted == 1
        assert processes.ask(number % count) == allowed


@given(policies, st.integers(0, 10**12))
def test_the_figures_of_a_bucket_are_true(policy: Policy, owed: int) -> None:
    depth = policy.quota * policy.gap
    assert depth >= policy.seconds * SECOND  # never faster than promised
    owed = min(owed, depth)
    drawn = Draw(policy, 0, owed)
    bucket = ModelBucket(policy, owed)
    assert bucket.draw(Wish(policy.quota + 1, 0, 0)).granted == drawn.free
    bucket = ModelBucket(policy, owed)
    bucket.passes(round(drawn.wait * SECOND))
    assert bucket.draw(Wish(1, 0, 0)).granted == 1
    if drawn.wait:
        bucket = ModelBucket(policy, owed)
        bucket.passes(round(drawn.wait * SECOND) - 1)
        assert bucket.draw(Wish(1, 0, 0)).granted == 0
    bucket = ModelBucket(policy, owed)
    bucket.passes(policy.full_in(drawn.free) * SECOND)
    assert bucket.owed <= policy.quota  # a microsecond for each token, by which the gap is rounded


def test_a_fast_caller_asks_the_bucket_some_four_times_a_second() -> None:
    processes = Processes(Policy("caller", 120_000), 1)
    draws = []
    for _ in range(10):
        for _ in range(1500):
            assert processes.ask(0)
            processes.wait(SECOND // 1500)
        draws.append(processes.draws)
    each_second = [after - before for before, after in zip([0, *draws], draws, strict=False)]
    assert each_second[0] < 15
    assert max(each_second[2:]) <= 5


def test_a_slow_caller_never_has_a_token_in_advance() -> None:
    processes = Processes(Policy("caller", 120_000), 2)
    for number in range(40):
        assert processes.ask(number % 2)
        assert processes.unspent == 0
        processes.wait(int(LIFE_SECONDS * SECOND))
    assert processes.draws == 40


def test_a_fast_caller_who_slows_down_gets_fewer_in_advance_again() -> None:
    processes = Processes(Policy("caller", 120_000), 1)
    for _ in range(3000):
        processes.ask(0)
        processes.wait(SECOND // 3000)
    sizes = []
    for _ in range(8):
        processes.wait(2 * SECOND)
        processes.ask(0)
        sizes.append(processes.leases[0].size)
    assert sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True)


def test_a_lease_held_too_long_is_not_the_processs_own_any_more() -> None:
    lease = Lease(Policy("p", 1000))
    lease.receive(Draw(lease.policy, 10, 10 * lease.policy.gap), now=100.0)
    assert lease.take(100.9)
    assert not lease.take(101.0)
    assert lease.lapsed(100.9) == 0
    assert (lease.lapsed(101.0), lease.lapsed(101.0)) == (9, 0)


def test_an_empty_bucket_is_believed_for_as_long_as_it_takes_one_token_to_come_back() -> None:
    policy = Policy("p", 60)
    lease, bucket = Lease(policy), ModelBucket(policy)
    bucket.draw(Wish(60, 0, 0))
    lease.receive(bucket.draw(lease.wish(5.0, needed=1)), now=5.0)
    assert lease.empty_until == 6.0


@pytest.mark.parametrize("quota", [7, 70_000, 999_999])
def test_a_quota_that_divides_no_minute_is_rounded_against_the_caller(quota: int) -> None:
    policy = Policy("p", quota)
    tokens = list(accumulate([policy.gap] * 3))
    assert policy.gap * quota >= 60 * SECOND
    assert policy.free(0) == quota
    assert [policy.free(owed) for owed in tokens] == [quota - 1, quota - 2, quota - 3]
