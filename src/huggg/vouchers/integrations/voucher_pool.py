"""4: a pre-loaded code of the segment that the recipient chooses: cinemas sell by region."""

from __future__ import annotations

from huggg.vouchers.integrations.integration import CodeOwner, Integration, Moment, Symbol
from huggg.vouchers.issuers.issuer import IssuerKind

INTEGRATION = Integration(
    id=4,
    code_owner=CodeOwner.ISSUER,
    moment=Moment.ACTIVATION,
    shown_as=Symbol.QR,
    per_segment=True,
    issuer=IssuerKind.POOL,
)
