"""The integrations, one file each: the ways in which brands take hugggs, and the code of the voucher."""

from __future__ import annotations

from huggg.vouchers.integrations import (
    eagleeye_code,
    eagleeye_qr,
    epos_barcode,
    epos_qr,
    on_demand,
    store_pin,
    voucher_pool,
)
from huggg.vouchers.integrations.integration import Integration

INTEGRATIONS = {
    integration.id: integration
    for integration in (
        eagleeye_code.INTEGRATION,
        store_pin.INTEGRATION,
        eagleeye_qr.INTEGRATION,
        voucher_pool.INTEGRATION,
        epos_qr.INTEGRATION,
        epos_barcode.INTEGRATION,
    )
}


def integration_of(integration_id: int | None) -> Integration:
    """Look one up. A brand without any is unintegrated: the store's PIN; above 6, all are alike."""
    if integration_id is None:
        return store_pin.INTEGRATION
    return INTEGRATIONS.get(integration_id) or on_demand.integration(integration_id)
