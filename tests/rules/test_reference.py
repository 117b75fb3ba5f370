"""A till's reference to a huggg: an id, a shortcode, or a redeem code as a clerk types it."""

from __future__ import annotations

import pytest

from huggg.hugggs.reference import REDEEM_CODE, HugggReference, till_reference
from huggg.kit.codes import Vault
from tests.support.values import HUGGG


@pytest.mark.parametrize(
    "typed",
    ["ku6g4h", "KU6G4H", "ku6 g4h", " k-u-6-g-4-h ", "--KU6--G4H--", "ku6g4h\n", "ku6\u2011g4h\xa0"],
)
def test_a_redeem_code_is_read_however_it_is_typed(vault: Vault, typed: str) -> None:
    expected = HugggReference(None, [], vault.fingerprints(REDEEM_CODE, "ku6g4h"))
    assert till_reference(vault, typed) == expected
    assert till_reference(vault, typed).candidates() == [(None, None)], "it means no huggg by itself"


@pytest.mark.parametrize("shortcode", ["jcsk2df4sphbgl7f", "ku6g4", "ku6g4h7", "ku6_g4h", "kü6g4h"])
def test_any_other_text_is_a_shortcode_to_the_letter(vault: Vault, shortcode: str) -> None:
    fingerprints = vault.fingerprints("shortcode", shortcode)
    assert till_reference(vault, shortcode) == HugggReference(None, fingerprints)


def test_an_id_is_an_id_at_a_till_too(vault: Vault) -> None:
    assert till_reference(vault, str(HUGGG)) == HugggReference(HUGGG, [])
