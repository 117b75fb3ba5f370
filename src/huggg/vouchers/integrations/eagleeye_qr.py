"""3: a code of the brand's EagleEye account, scanned at the till like a gift card."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol
from huggg.vouchers.issuers.issuer import IssuerKind

INTEGRATION = Integration(
    id=3,
    code_owner=CodeOwner.ISSUER,
    moment=Moment.PURCHASE,
    shown_as=Symbol.QR,
    issuer=IssuerKind.MINTED,
)
