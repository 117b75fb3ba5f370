"""The facts about a person open under the person's key, and under nothing else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.kit.codes import SealBrokenError, Vault
from huggg.people.person_key import (
    PersonKey,
    new_person_key,
    open_for,
    person_key,
    reseal_person_key,
    seal_for,
)
from huggg.people.personal_data import (
    ERASED,
    PersonalData,
    open_personal,
    personal_from,
    seal_new_people,
    seal_personal,
)

OLD, NEW = b"o" * 32, b"n" * 32
AMARA, BEN = uuid4(), uuid4()
ROW, OTHER_ROW = b"transactions.message\0one", b"transactions.message\0two"


@pytest.fixture
def vault() -> Vault:
    return Vault({1: OLD})


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_a_text_opens_for_its_row(text: bytes, row: bytes) -> None:
    vault = Vault({1: OLD})
    key = new_person_key(vault, AMARA)
    sealed = seal_for(vault, text, key, bound_to=row)
    assert open_for(vault, sealed, key, bound_to=row) == text
    assert len(sealed) == len(text) + 28
    assert seal_for(vault, text, key, bound_to=row) != sealed


def test_a_text_opens_neither_for_another_row_nor_under_another_key(vault: Vault) -> None:
    key, other = new_person_key(vault, AMARA), new_person_key(vault, AMARA)
    sealed = seal_for(vault, b"Have one on me.", key, bound_to=ROW)
    for tried, row, text in (
        (key, OTHER_ROW, sealed),
        (other, ROW, sealed),
        (key, ROW, sealed[:-1]),
        (key, ROW, b""),
    ):
        with pytest.raises(SealBrokenError):
            open_for(vault, text, tried, bound_to=row)


def test_a_key_that_is_moved_to_another_person_opens_nothing(vault: Vault) -> None:
    key = new_person_key(vault, AMARA)
    sealed = seal_for(vault, b"Have one on me.", key, bound_to=ROW)
    with pytest.raises(SealBrokenError):
        open_for(vault, sealed, PersonKey(BEN, key.sealed), bound_to=ROW)


def test_a_text_of_two_people_opens_only_while_both_have_their_keys(vault: Vault) -> None:
    amara, ben = new_person_key(vault, AMARA), new_person_key(vault, BEN)
    sealed = seal_for(vault, b"Dear Ben", amara, ben, bound_to=ROW)
    assert open_for(vault, sealed, amara, ben, bound_to=ROW) == b"Dear Ben"
    assert open_for(vault, sealed, amara, None, bound_to=ROW) is None
    assert open_for(vault, sealed, None, ben, bound_to=ROW) is None
    with pytest.raises(SealBrokenError):
        open_for(vault, sealed, amara, bound_to=ROW)


def test_a_row_without_a_key_gives_none() -> None:
    assert person_key(AMARA, None) is None
    assert person_key(AMARA, b"sealed") == PersonKey(AMARA, b"sealed")


def test_a_key_that_is_sealed_again_opens_the_same_texts(vault: Vault) -> None:
    key = new_person_key(vault, AMARA)
    sealed = seal_for(vault, b"Have one on me.", key, bound_to=ROW)
    both = Vault({1: OLD, 2: NEW})
    renewed = reseal_person_key(both, key)
    assert (key.sealed[:2], renewed.sealed[:2]) == (b"\0\1", b"\0\2")
    alone = Vault({2: NEW})
    assert open_for(alone, sealed, renewed, bound_to=ROW) == b"Have one on me."


def test_new_people_get_keys_of_their_own_and_their_data_opens_under_them(vault: Vault) -> None:
    data = [PersonalData(phone_number="+447700900123"), PersonalData("Ben", email="ben@x.example")]
    people = seal_new_people(vault, zip((AMARA, BEN), data, strict=True))
    assert [each.key.person_id for each in people] == [AMARA, BEN]
    assert [open_personal(vault, each.personal, each.key) for each in people] == data
    assert b"7700900123" not in people[0].personal
    with pytest.raises(SealBrokenError):
        open_personal(vault, people[0].personal, people[1].key)


def test_personal_data_is_read_from_rows_of_this_release_and_of_older_ones(vault: Vault) -> None:
    key = new_person_key(vault, AMARA)
    amara = PersonalData("Amara", "amara@acorn.example", "+447700900123")
    row = {
        "id": AMARA,
        "personal": seal_personal(vault, amara, key),
        "person_key": key.sealed,
        "name": "",
        "username": None,
        "phone_number": None,
    }
    assert personal_from(vault, row) == amara
    assert personal_from(vault, {**row, "person_key": None}) == ERASED
    clear = {"name": "Amara", "username": "amara@acorn.example", "phone_number": "+447700900123"}
    assert personal_from(vault, {**row, **clear, "personal": None}) == amara
