"""Ids and shortcodes: texts that are one, and texts that are neither."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huggg.hugggs.reference import reference
from huggg.kit.codes import Vault
from huggg.kit.ids import LAST, NIL, first_id_at, new_id, parse_id

HEX = "0123456789abcdef0123456789abcdef"


@given(st.uuids())
def test_a_guid_is_read_in_any_case(given_id: UUID) -> None:
    assert parse_id(str(given_id)) == given_id
    assert parse_id(str(given_id).upper()) == given_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jcsk2df4sphbgl7f",
        HEX,
        f"urn:{HEX}",
        f"{{{{{HEX}}}}}",
        f"----{HEX}",
        "0x234567-89ab-cdef-0123-456789abcdef",
        "1_234567-89ab-cdef-0123-456789abcdef",
        "\u0660\u0661234567-89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdeg",
        "01234567-89ab-cdef-0123-456789abcdef\n",
        " 1234567-89ab-cdef-0123-456789abcdef",
        "0123456-789ab-cdef-0123-456789abcdef",
        "\u017f1234567-89ab-cdef-0123-456789abcdef",
    ],
)
def test_text_that_only_looks_like_a_guid_is_none(text: str) -> None:
    assert parse_id(text) is None


def test_ids_sort_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


def test_a_huggg_is_asked_for_by_its_id_or_by_anything_else_as_shortcode() -> None:
    vault = Vault({1: bytes(32), 2: b"\1" * 32})
    huggg_id = new_id()
    by_id = reference(vault, str(huggg_id).upper())
    assert (by_id.id, by_id.fingerprints) == (huggg_id, [])
    by_code = reference(vault, "jcsk2df4sphbgl7f")
    assert by_code.id is None
    assert by_code.fingerprints == vault.fingerprints("shortcode", "jcsk2df4sphbgl7f")
    assert len(by_code.fingerprints) == 2


def test_the_first_id_of_an_instant_stands_before_all_that_are_made_then_and_after() -> None:
    before = time.time()
    id_ = new_id()
    assert first_id_at(before) <= id_ < first_id_at(time.time() + 0.001)
    assert first_id_at(-1.0) == NIL
    assert first_id_at(1e12) < LAST
