"""A refresh token that comes back: a first use, a lost answer, or a thief."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huggg.identity.caller import Caller
from huggg.identity.token import Exchange, decide_exchange, new_pair
from huggg.kit.errors import Forbidden
from tests.support.values import AMARA, HARBOUR, KETTLE, NOW, customer, till


@pytest.mark.parametrize(
    ("seconds", "exchange"),
    [
        pytest.param(None, Exchange.ROTATE, id="unspent"),
        pytest.param(0.0, Exchange.REPEAT, id="at once"),
        pytest.param(29.999999, Exchange.REPEAT, id="within the grace"),
        pytest.param(30.0, Exchange.REVOKE, id="when the grace is over"),
        pytest.param(86400.0, Exchange.REVOKE, id="a day later"),
    ],
)
def test_a_refresh_token_is_spent_once_and_repeated_for_thirty_seconds(
    seconds: float | None, exchange: Exchange
) -> None:
    spent_at = None if seconds is None else NOW - timedelta(seconds=seconds)
    assert decide_exchange(spent_at=spent_at, now=NOW) is exchange


def test_a_token_spent_by_a_clock_that_runs_ahead_is_repeated() -> None:
    assert decide_exchange(spent_at=NOW + timedelta(seconds=5), now=NOW) is Exchange.REPEAT


def test_tokens_can_be_told_apart_and_are_never_the_same() -> None:
    pairs = [new_pair(refreshable=True) for _ in range(100)]
    assert all(pair.access.startswith("huggg_at_") and len(pair.access) == 52 for pair in pairs)
    assert all(pair.refresh and pair.refresh.startswith("huggg_rt_") for pair in pairs)
    assert len({pair.access for pair in pairs} | {pair.refresh for pair in pairs}) == 200
    assert new_pair(refreshable=False).refresh is None


def test_the_same_key_of_another_user_or_client_is_another_key() -> None:
    callers = [Caller("app"), Caller("pos"), customer(), Caller("app", user_id=AMARA)]
    assert len({caller.name for caller in callers}) == 4


def test_a_client_on_its_own_is_no_user() -> None:
    assert customer(AMARA).required_user() == AMARA
    with pytest.raises(Forbidden):
        Caller("app").required_user()


def test_staff_act_for_their_own_merchant_at_their_own_tills() -> None:
    assert till(HARBOUR).acts_for(frozenset({KETTLE, HARBOUR}))
    assert not till(HARBOUR).acts_for(frozenset({KETTLE}))
    assert not till(HARBOUR).acts_for(frozenset())
    assert not customer().acts_for(frozenset({HARBOUR}))
    assert till(HARBOUR).acts_at("anywhere")
    assert till(HARBOUR, "bath2", "bristol17").acts_at("bath2")
    assert not till(HARBOUR, "bath2").acts_at("bristol17")
