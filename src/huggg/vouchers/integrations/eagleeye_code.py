"""1: a number of the brand's EagleEye account, there from the purchase on."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol
from huggg.vouchers.issuers.issuer import IssuerKind

INTEGRATION = Integration(
    id=1,
    code_owner=CodeOwner.ISSUER,
    moment=Moment.PURCHASE,
    shown_as=Symbol.NUMBER,
    issuer=IssuerKind.MINTED,
)
