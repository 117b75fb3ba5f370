"""The two seals of a voucher's code."""

from __future__ import annotations

from uuid import UUID

import pytest

from huggg.hugggs.voucher_code import VoucherCode
from huggg.hugggs.voucher_seal import AS_DRAWN, code_sealed_for, open_voucher, voucher_sealed_for
from huggg.kit.codes import SealBrokenError, Vault

HUGGG, VOUCHER, BRAND, OTHER = (UUID(int=n) for n in (3, 7, 1, 11))
FINGERPRINT = bytes(range(16))
GIFT_CARD = VoucherCode("6335 7777 1234", "0042")


@pytest.fixture
def vault() -> Vault:
    return Vault({1: b"o" * 32, 2: b"n" * 32})


def as_drawn(vault: Vault, brand_id: UUID = BRAND) -> bytes:
    """Do as the statement does that draws a code."""
    sealed = vault.seal(GIFT_CARD.packed(), bound_to=code_sealed_for(BRAND, FINGERPRINT))
    return AS_DRAWN + brand_id.bytes + FINGERPRINT + sealed


def test_a_code_opens_in_its_vouchers_own_seal_for_that_voucher_alone(vault: Vault) -> None:
    own = vault.seal(GIFT_CARD.packed(), bound_to=voucher_sealed_for(HUGGG, VOUCHER))
    assert open_voucher(vault, own, huggg_id=HUGGG, voucher_id=VOUCHER) == GIFT_CARD
    with pytest.raises(SealBrokenError):
        open_voucher(vault, own, huggg_id=OTHER, voucher_id=VOUCHER)


def test_a_code_opens_in_the_seal_of_its_pool_for_the_row_that_it_names(vault: Vault) -> None:
    assert open_voucher(vault, as_drawn(vault), huggg_id=HUGGG, voucher_id=VOUCHER) == GIFT_CARD
    with pytest.raises(SealBrokenError):
        open_voucher(vault, as_drawn(vault, OTHER), huggg_id=HUGGG, voucher_id=VOUCHER)


def test_only_codes_of_pools_open_in_a_seal_that_is_not_the_vouchers(vault: Vault) -> None:
    """Else the writer of a row could have the code of another huggg's voucher shown as this one's."""
    others = vault.seal(GIFT_CARD.packed(), bound_to=voucher_sealed_for(OTHER, VOUCHER))
    moved = AS_DRAWN + OTHER.bytes + VOUCHER.bytes + others
    with pytest.raises(SealBrokenError):
        open_voucher(vault, moved, huggg_id=HUGGG, voucher_id=VOUCHER)
