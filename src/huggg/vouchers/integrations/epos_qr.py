"""5: the till scans the huggg itself, as a QR code of its shortcode, and redeems it through our API."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol

INTEGRATION = Integration(id=5, code_owner=CodeOwner.HUGGG, moment=Moment.ACTIVATION, shown_as=Symbol.QR)
