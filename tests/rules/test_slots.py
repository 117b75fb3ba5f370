"""Slots: the callers with requests under way, their number, and those that are let in all the same."""

from __future__ import annotations

import pytest

from huggg.http.slots import REMEMBERED, Slot, Slots, TooManyAtOnce

SHARE = 4
PLACES = 32

HERE, THERE = "192.0.2.1", "198.51.100.2"


def taken(slots: Slots, count: int, token: bytes = b"", address: str = HERE) -> list[Slot]:
    """Ask for slots with one token, and give those that were had."""
    requests = [slots.of_request(address, token, logs_in=False) for _ in range(count)]
    return [slot for slot in requests if slot.take()]


def known(slots: Slots, token: bytes, caller: str, address: str = HERE) -> None:
    """Let a caller be known by a token."""
    slot = slots.of_request(address, token, logs_in=False)
    assert slot.take()
    slot.belongs_to(caller)
    slot.release()


def logging_in(slots: Slots, count: int, address: str = HERE) -> list[Slot]:
    requests = [slots.of_request(address, b"", logs_in=True) for _ in range(count)]
    return [slot for slot in requests if slot.take()]


def test_a_caller_has_a_share_by_whichever_tokens_and_nobody_elses() -> None:
    slots = Slots(PLACES, SHARE)
    for token, caller in ((b"one", "amara"), (b"two", "amara"), (b"till", "till")):
        known(slots, token, caller)
    first, second = taken(slots, 3, b"one"), taken(slots, 3, b"two")
    assert (len(first), len(second)) == (3, 1)
    assert len(taken(slots, 9, b"till")) == SHARE
    first[0].release()
    assert len(taken(slots, 9, b"one")) == 1


def test_a_place_that_was_a_strangers_is_the_callers_once_they_are_known() -> None:
    slots = Slots(PLACES, SHARE)
    known(slots, b"one", "amara")
    mine = taken(slots, 3, b"one")
    requests = taken(slots, 2, b"another")  # of hers as well, as she is not known yet
    requests[0].belongs_to("amara")
    with pytest.raises(TooManyAtOnce):
        requests[1].belongs_to("amara")
    assert len(mine) == 3
    assert len(taken(slots, 9, b"stranger")) == SHARE  # both strangers' slots are free again


def test_invented_tokens_win_an_address_no_more_than_twice_a_share() -> None:
    slots = Slots(PLACES, SHARE)
    known(slots, b"till", "till")
    inventing = [taken(slots, 1, b"invented %d" % number) for number in range(PLACES)]
    assert sum(map(len, inventing)) == 2 * SHARE
    assert len(taken(slots, 9, b"till")) == SHARE  # from the same address
    assert len(taken(slots, 9, b"stranger", THERE)) == SHARE


def test_strangers_from_everywhere_leave_half_to_those_who_are_known() -> None:
    slots = Slots(PLACES, SHARE)
    known(slots, b"till", "till")
    crowd = [taken(slots, 1, b"x", f"192.0.2.{number}") for number in range(PLACES)]
    assert sum(map(len, crowd)) == PLACES // 2
    assert len(taken(slots, 9, b"till")) == SHARE


def test_log_ins_have_a_share_of_their_own_and_their_client_another() -> None:
    slots = Slots(PLACES, 4 * SHARE)
    first = logging_in(slots, 9)
    assert len(first) == SHARE
    for slot in first:
        slot.logs_in("client", HERE)
    others = logging_in(slots, 9)
    assert len(others) == SHARE  # of the address, as the client's are counted for it now
    with pytest.raises(TooManyAtOnce):
        others[0].logs_in("client", HERE)
    others[1].logs_in("another", HERE)
    assert len(taken(slots, 9)) == PLACES // 2 - 2 * SHARE + 1  # the strangers' share is left


def test_all_together_have_no_more_than_there_are() -> None:
    slots = Slots(6, SHARE)
    for caller in (b"one", b"two"):
        known(slots, caller, caller.decode())
    assert (len(taken(slots, 9, b"one")), len(taken(slots, 9, b"two"))) == (SHARE, 2)


def test_a_place_is_given_back_once_and_only_if_it_was_had() -> None:
    slots = Slots(PLACES, 1)
    slot, other = (slots.of_request(HERE, b"one", logs_in=False) for _ in range(2))
    assert (slot.take(), other.take()) == (True, False)
    other.release()
    slot.release()
    slot.release()
    assert len(taken(slots, 9, b"one")) == 1


def test_where_there_is_any_number_nobody_is_counted() -> None:
    slots = Slots(0, SHARE)
    every = taken(slots, 100, b"one")
    every[0].belongs_to("amara")
    every[1].logs_in("client", HERE)
    assert len(every) == len(logging_in(slots, 100)) == 100


def test_no_more_tokens_are_remembered_than_twice_as_many() -> None:
    slots = Slots(PLACES, SHARE)
    for number in range(3 * REMEMBERED):
        known(slots, b"%d" % number, "amara")
    assert len(slots._callers) + len(slots._callers_before) <= 2 * REMEMBERED
    assert taken(slots, 9, b"%d" % (3 * REMEMBERED - 1)) != []
