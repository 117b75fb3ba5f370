"""At purchase: hugggs of some integrations get their voucher with the purchase.

The statement that records the purchase also records minted and drawn codes. An outside service is called
only after the purchase is recorded: the statement records the intent and enqueues a job, and a worker
asks the service within seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from huggg.database.pool import Database
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.voucher_seal import voucher_sealed_for
from huggg.kit.codes import Vault
from huggg.kit.ids import new_id
from huggg.refusal import Unavailable
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.integrations.integration import Moment
from huggg.vouchers.issuers.issuer import IssuedCode, Issuer, IssuerKind, Need, sealed_code
from huggg.vouchers.issuers.minted import MintIssuer
from huggg.vouchers.issuers.pool import PoolIssuer
from huggg.vouchers.source import CodeSource
from huggg.vouchers.store import queries
from huggg.vouchers.voucher import issuer_for


@dataclass(frozen=True, slots=True)
class NewHugggs:
    """The hugggs of a purchase, and the codes that are recorded with them."""

    hugggs: list[Huggg]
    brand_id: UUID | None = None
    issued: list[IssuedCode] = field(default_factory=list)  # one a huggg, or none at all
    intended: bool = False  # an outside service shall be asked
    unshown: bool = False  # the answer to the purchase has no codes

    @property
    def drawn(self) -> bool:
        """Tell whether the codes come from a pool."""
        return bool(self.issued) and self.issued[0].from_pool

    def row(self) -> dict[str, Any]:
        """Give the vouchers' parameters for the purchase statement, and the lengths of its lists."""
        return {
            "brand_id": self.brand_id,
            "from_pool": self.drawn,
            "vouchers": len(self.issued),
            "minted": 0 if self.drawn else len(self.issued),
            "intended": len(self.hugggs) if self.intended else 0,
            "unshown": True if self.drawn and self.unshown else None,
        }

    def lists(self, vault: Vault) -> dict[str, list[Any]]:
        """Give those lists, each in the order of the hugggs."""
        issued, minted = self.issued, [] if self.drawn else self.issued
        return {
            "voucher_id": [huggg.voucher_id for huggg in self.hugggs] if issued else [],
            "voucher_code": self._sealed(vault) if issued else [],
            "voucher_fingerprint": [code.fingerprint for code in issued],
            "voucher_expiry": [code.expires_at for code in issued],
            "minted_code": [self._sealed_code(vault, code) for code in minted],
            "issuance_id": [new_id() for _ in self.hugggs] if self.intended else [],
        }

    def _sealed(self, vault: Vault) -> list[bytes]:
        return [
            vault.seal(code.packed, bound_to=voucher_sealed_for(huggg.id, huggg.voucher_id))
            for huggg, code in zip(self.hugggs, self.issued, strict=True)
            if huggg.voucher_id is not None
        ]

    def _sealed_code(self, vault: Vault, issued: IssuedCode) -> bytes:
        assert self.brand_id is not None  # noqa: S101 - for the type checker
        return sealed_code(vault, self.brand_id, issued)

    async def put_back(self, database: Database) -> None:
        """Free the codes that were drawn for a purchase that failed; if that fails, their lease ends."""
        if self.drawn:
            with suppress(Unavailable):
                hugggs = [huggg.id for huggg in self.hugggs]
                await database.bulk(queries.put_back, brand_id=self.brand_id, huggg_ids=hugggs)


async def vouchers_at_purchase(
    database: Database,
    vault: Vault,
    hugggs: list[Huggg],
    *,
    source: CodeSource | None,
    good_until: datetime | None = None,
) -> NewHugggs:
    """Give new hugggs their codes, where the brand's integration has them from the purchase on.

    A code is good as long as its huggg, or until an instant after that, if one is given. Raises
    NoIssuer, PoolEmpty, Unavailable.
    """
    if source is None or integration_of(source.integration_id).moment is not Moment.PURCHASE:
        return NewHugggs(hugggs)
    config = issuer_for(integration_of(source.integration_id), source.issuer)
    if config.kind is IssuerKind.HTTP:
        return NewHugggs(hugggs, source.brand_id, intended=True)
    pooled = config.kind is IssuerKind.POOL
    issuer: Issuer = PoolIssuer(database, vault) if pooled else MintIssuer(vault)
    issued = await issuer.issue(config, [_need(huggg, source, good_until) for huggg in hugggs])
    return NewHugggs(_with_codes(hugggs, issued), source.brand_id, issued)


def _with_codes(hugggs: Sequence[Huggg], issued: Sequence[IssuedCode]) -> list[Huggg]:
    return [
        msgspec.structs.replace(huggg, voucher_id=new_id(), code=code.code)
        for huggg, code in zip(hugggs, issued, strict=True)
    ]


def _need(huggg: Huggg, source: CodeSource, good_until: datetime | None) -> Need:
    return Need(
        huggg_id=huggg.id,
        brand_id=source.brand_id,
        product_id=huggg.product_id,
        segment_id=None,
        value=0,  # neither a pool nor the mint asks
        expires_at=good_until or huggg.expires_at,
        now=huggg.created_at,
    )
