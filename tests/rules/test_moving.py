"""The message about a huggg that moves: by which channel, in which slot, and where there is none."""

from __future__ import annotations

import pytest

from huggg.notifications.delivery import Channel
from huggg.transactions.changes.move import plan_delivery
from huggg.transactions.receivers import KnownReceiver, Receiver
from tests.support.values import BO

BOTH = frozenset(Channel)
NUMBER, ADDRESS = "+447400123456", "eli@example.org"


@pytest.mark.parametrize(
    ("receiver", "method", "gifts", "set_up", "plan"),
    [
        (ADDRESS, "email", 1, frozenset(), ("1", Channel.EMAIL)),
        (ADDRESS, None, 2, BOTH, ("2", Channel.EMAIL)),
        (NUMBER, "sms", 0, frozenset(), ("", Channel.SMS)),
        (NUMBER, "email", 1, BOTH, ("1", Channel.SMS)),
        (NUMBER, "email", 1, frozenset({Channel.EMAIL}), ("1", None)),
        (ADDRESS, "links", 0, BOTH, ("", None)),
        (ADDRESS, None, 0, BOTH, ("", None)),
        (ADDRESS, "print", 0, BOTH, ("", None)),
        (ADDRESS, "links", 1, BOTH, ("1", Channel.EMAIL)),
        (BO, "email", 1, frozenset(), ("1", Channel.EMAIL)),
    ],
)
def test_a_new_receiver_is_reached_where_the_purchase_was_sent(
    receiver: Receiver,
    method: str | None,
    gifts: int,
    set_up: frozenset[Channel],
    plan: tuple[str, Channel | None],
) -> None:
    known = KnownReceiver(BO, frozenset({Channel.EMAIL})) if receiver == BO else None
    assert plan_delivery(receiver, known, method=method, gifts=gifts, set_up=set_up) == plan
