"""A reservation completes its key with the answer about an effect; a use case gives the effect back."""

from __future__ import annotations

from typing import Any

import pytest

from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid, kept_refusal
from huggg.kit.idempotency import UNKEYED, EncodedAnswer, Reservation
from huggg.kit.ids import new_id
from huggg.refusal import Refusal
from huggg.vouchers.errors import PoolEmpty

VAULT = Vault({1: bytes(32)})
ATTEMPT, EFFECT = new_id(), new_id()


def encoder(encoded: list[str]) -> Any:
    def encode(effect: str) -> EncodedAnswer:
        encoded.append(effect)
        return EncodedAnswer(201, effect.encode())

    return encode


def test_an_effect_is_encoded_once_where_it_is_recorded() -> None:
    encoded: list[str] = []
    reservation = Reservation("amy", "a key", ATTEMPT, encoder(encoded))
    values = reservation.completion(VAULT, "redeemed", EFFECT)
    assert reservation.answer_about("redeemed") == EncodedAnswer(201, b"redeemed")
    assert encoded == ["redeemed"]
    sealed = values.pop("key_answer")
    assert values == {
        "key_caller": "amy",
        "key": "a key",
        "key_attempt": ATTEMPT,
        "key_status": 201,
        "effect_id": EFFECT,
    }
    assert isinstance(sealed, bytes)
    assert VAULT.open(sealed, bound_to=b"idempotency_keys\0amy\0a key") == b"redeemed"


def test_of_a_lost_race_the_effect_that_was_recorded_last_is_answered() -> None:
    encoded: list[str] = []
    reservation = Reservation("amy", "a key", ATTEMPT, encoder(encoded))
    reservation.completion(VAULT, "decided first", EFFECT)
    reservation.completion(VAULT, "decided anew", EFFECT)
    assert reservation.answer_about("decided anew").body == b"decided anew"
    assert encoded == ["decided first", "decided anew"]


def test_without_a_key_a_request_is_answered_and_nothing_is_sealed() -> None:
    unkeyed = Reservation(encode=encoder([]))
    values = unkeyed.completion(VAULT, "redeemed", EFFECT)
    assert (values["key"], values["key_status"], values["key_answer"]) == (None, 201, None)
    assert unkeyed.answer_about("redeemed").status == 201


def test_a_page_and_a_command_have_no_answer_to_encode() -> None:
    values = UNKEYED.completion(VAULT, object(), EFFECT)
    assert values == dict.fromkeys(("key_caller", "key", "key_attempt", "key_status", "key_answer")) | {
        "effect_id": EFFECT
    }


@pytest.mark.parametrize(
    ("name", "kind"), [("PoolEmpty", PoolEmpty), ("Invalid", Invalid), ("OfAnotherRelease", Invalid)]
)
def test_a_refusal_that_was_kept_by_its_name_is_itself_again(name: str, kind: type[Refusal]) -> None:
    refusal = kept_refusal(name, "No codes are left.")
    assert type(refusal) is kind
    assert str(refusal) == "No codes are left."
