"""The pace of a walk through many rows, by the transactions that others began meanwhile."""

from __future__ import annotations

from huggg.transactions.ends.pace import BESIDE_OTHERS, Stride, WalkPace

FAST = Stride(0.0, 1000)
SMALL = Stride(0.0, BESIDE_OTHERS)


def test_a_walk_begins_in_small_steps_and_is_fast_when_it_is_alone() -> None:
    pace = WalkPace()
    assert [pace.step(100 + n, 10 + n / 32) for n in range(6)] == [SMALL] * 4 + [FAST] * 2


def test_a_sign_of_life_of_another_process_does_not_slow_it() -> None:
    pace = WalkPace()
    pace.step(100, 10.0)
    assert [pace.step(100 + 3 * n, 10 + n / 2) for n in range(1, 4)] == [FAST] * 3


def test_beside_others_it_rests_in_proportion_to_its_last_statement() -> None:
    pace = WalkPace()
    pace.step(100, 10.0)
    assert pace.step(120, 10.0625) == Stride(0.1875, BESIDE_OTHERS)
    assert pace.step(140, 10.0625 + 0.1875 + 0.03125) == Stride(0.09375, BESIDE_OTHERS)
    assert pace.step(160, 20.0) == Stride(0.5, BESIDE_OTHERS), "no longer than that"


def test_it_is_fast_again_when_the_others_have_done() -> None:
    pace = WalkPace()
    pace.step(100, 10.0)
    assert pace.step(120, 10.25).rest_seconds > 0
    assert pace.step(121, 11.0) == FAST
