"""The roll call's rules: the keys that are lacking, and that its times fit together."""

from __future__ import annotations

from huggg.keys.roll_call import ADOPT_SECONDS, CALL_SECONDS, GONE_SECONDS, SURE_SECONDS, lacking

ONE, TWO, OTHER = b"1", b"2", b"3"


def test_a_process_refuses_before_a_key_it_has_not_heard_of_seals_and_before_it_is_not_counted() -> None:
    assert CALL_SECONDS < SURE_SECONDS < ADOPT_SECONDS < GONE_SECONDS


def test_a_key_is_lacking_that_is_not_here_or_is_another_of_its_number() -> None:
    assert lacking({1: ONE, 2: TWO}, {1: ONE}) == []
    assert lacking({1: ONE}, {1: ONE, 2: TWO}) == [2]
    assert lacking({1: OTHER, 2: TWO}, {2: TWO, 1: ONE}) == [1]
