"""The source of the codes of a brand's hugggs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from huggg.vouchers.issuers.issuer import IssuerConfig


@dataclass(frozen=True, slots=True)
class CodeSource:
    """A brand, how it takes hugggs, and the issuer that is configured for it, if one is."""

    brand_id: UUID
    integration_id: int | None
    issuer: IssuerConfig | None = None
