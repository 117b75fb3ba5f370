"""The revoked list: nothing revoked is ever missed, and the share of false answers is as told."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.offline.revoked import (
    BYTES_MAX,
    RevokedFilter,
    revoked_filter,
    sequence_entry,
    whole_entry,
)


@given(st.lists(st.uuids(), max_size=60))
def test_every_revoked_huggg_is_found(hugggs: list[UUID]) -> None:
    revoked = revoked_filter(map(whole_entry, hugggs))
    assert all(revoked.revokes(huggg, sequence) for huggg in hugggs for sequence in (0, 1, 255))
    assert revoked.entries == len(set(hugggs))
    assert revoked == revoked_filter(map(whole_entry, reversed(hugggs)))


def test_a_move_revokes_the_older_code_and_a_cancellation_every_code() -> None:
    huggg = UUID(int=9)
    moved = revoked_filter([sequence_entry(huggg, 0)])
    assert [moved.revokes(huggg, sequence) for sequence in (0, 1)] == [True, False]
    cancelled = revoked_filter([sequence_entry(huggg, 0), whole_entry(huggg)])
    assert [cancelled.revokes(huggg, sequence) for sequence in (0, 1, 2)] == [True] * 3


def test_nothing_is_revoked_by_an_empty_list() -> None:
    empty = revoked_filter([])
    assert (empty.entries, empty.filter, empty.false_answer_rate) == (0, bytes(8), 0.0)
    assert not empty.revokes(UUID(int=1), 0)


def test_the_places_of_an_entry_are_the_words_of_its_hash() -> None:
    entry = whole_entry(UUID(int=1))
    digest = sha256(entry).digest()
    bits = {int.from_bytes(digest[at : at + 4], "big") % 64 for at in range(0, 32, 4)}
    filter_bits = int.from_bytes(revoked_filter([entry]).filter, "big")
    assert filter_bits == sum(1 << (63 - bit) for bit in bits)


@pytest.mark.parametrize("entries", [20, 2000, 20_000])
def test_so_many_good_hugggs_look_revoked_as_is_told(entries: int) -> None:
    revoked = revoked_filter(whole_entry(UUID(int=number)) for number in range(entries))
    assert 0.0005 < revoked.false_answer_rate < 0.0006
    numbers = range(10**9, 10**9 + 20_000)
    wrong = sum(revoked.has(whole_entry(UUID(int=number))) for number in numbers)
    assert wrong <= 3 * revoked.false_answer_rate * len(numbers)


def test_a_filter_is_bounded_and_tells_its_higher_rate() -> None:
    full = RevokedFilter(10**6, bytes(BYTES_MAX))
    assert 0.8 < full.false_answer_rate < 1
    assert BYTES_MAX * 4 // 3 < 512 * 1024
