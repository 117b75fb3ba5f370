"""6: as 5, with a barcode. It carries the shortcode too: a redeem code opens nothing in the API."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol

INTEGRATION = Integration(
    id=6, code_owner=CodeOwner.HUGGG, moment=Moment.ACTIVATION, shown_as=Symbol.BARCODE
)
