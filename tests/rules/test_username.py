"""One person has one username, in every spelling; a text that can be no username is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.identity.username import clean_username, key_or_none, user_values, username_key
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from tests.support.keys import TEST_KEYS

AMY = "amy@acorn.example"


@pytest.mark.parametrize(
    "text",
    [
        AMY,
        "Amy@Acorn.EXAMPLE",
        " amy@acorn.example\n",
        "\u00a0amy@acorn.example\u3000",
        "amy@acorn.example.",
        "amy\u200b@acorn.example",
        "\ufeffamy@acorn.example",
        "a\u00admy@acorn.example",
        "\u202aamy@acorn.example\u202c",
        "amy\ufe0f@acorn.example",
        "\uff41\uff4d\uff59\uff20acorn\uff0eexample",
    ],
)
def test_one_person_is_one_name_however_it_is_written(text: str) -> None:
    assert username_key(text) == AMY


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("Zo\u00eb", "zoe\u0308"),
        ("STRASSE@x.example", "stra\u00dfe@x.example"),
        ("\u0130", "i\u0307"),
        ("amy@b\u00fccher.example", "amy@xn--bcher-kva.example"),
        ("Till  4", "till 4"),
        ("\u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3", "\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c2"),
    ],
)
def test_spellings_of_one_name_fold_together(one: str, another: str) -> None:
    assert username_key(one) == username_key(another)


def test_signs_that_only_look_alike_are_two_names() -> None:
    assert username_key("\u0430my@acorn.example") != username_key(AMY)  # a Cyrillic a


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\u200b", "\u3164", "a" * 256),
        *("amy@", "@acorn.example", "amy@@acorn.example", "amy@acorn..example", "a b@acorn.example"),
        "amy@.",
        f"amy@{'x' * 64}.example",
        *(
            "amy\x00@acorn.example",
            "amy\x1b[31m",
            "a\nb",
            "a\u2028b",
            "amy\ue000",
            "amy\ud800",
            "\ufffe",
        ),
    ],
)
def test_an_impossible_username_is_refused_and_found_as_typed_only(text: str) -> None:
    for read in (username_key, clean_username):
        with pytest.raises(Invalid):
            read(text)
    assert key_or_none(text) is None


def test_a_username_is_kept_as_its_owner_writes_it_without_what_nobody_sees() -> None:
    assert clean_username(" Amy\u200b@Acorn.example. ") == "Amy@Acorn.example"
    assert clean_username("Zoe\u0308 of  till 4") == "Zo\u00eb of till 4"


def test_an_operator_means_a_user_by_id_or_by_name() -> None:
    user_id = "0e2d7c1a-3f57-4a0d-9a06-4f7b3c1d2e90"
    vault = Vault(TEST_KEYS)
    assert str(user_values(vault, user_id)["user_id"]) == user_id
    assert user_values(vault, AMY) == {
        "user_id": None,
        "username": AMY,
        "username_key": AMY,
        "username_fingerprints": [
            vault.fingerprint("exact username", AMY),
            vault.fingerprint("address", AMY),
        ],
    }


def test_a_username_that_is_nonsense_is_looked_up_by_its_exact_spelling_only() -> None:
    vault = Vault({1: b"o" * 32, 2: b"n" * 32})
    fingerprints = user_values(vault, "amy@")["username_fingerprints"]
    assert fingerprints == vault.fingerprints("exact username", "amy@")


@given(st.text(max_size=40))
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    key = key_or_none(text)
    if key is not None:
        assert username_key(key) == key
        assert username_key(clean_username(text)) == key
        assert username_key(text.upper()) == username_key(text.upper().lower())
