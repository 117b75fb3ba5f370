"""Above 6: e-gift cards of suppliers. They work as soon as an issuer is configured, and not before."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol


def integration(integration_id: int) -> Integration:
    """Name one of them."""
    return Integration(
        id=integration_id,
        code_owner=CodeOwner.ISSUER,
        moment=Moment.ACTIVATION,
        shown_as=Symbol.BARCODE,
    )
