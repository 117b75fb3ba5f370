"""Which kind of issuer is served by what."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.vouchers.issuers.http import Asking
from huggg.vouchers.issuers.issuer import IssuerKind, Issuing
from huggg.vouchers.issuers.minted import Minting
from huggg.vouchers.issuers.pool import Drawing
from huggg.vouchers.issuers.service import IssuingService


class Issuers:
    """All that a process can ask for codes."""

    def __init__(self, database: Database, vault: Vault, service: IssuingService) -> None:
        self._issuing: dict[IssuerKind, Issuing] = {
            IssuerKind.POOL: Drawing(database, vault),
            IssuerKind.MINTED: Minting(vault),
            IssuerKind.HTTP: Asking(database, vault, service),
        }

        self.reconciling: Issuing = Asking(database, vault, service, waits=False)

    def issuing(self, kind: IssuerKind) -> Issuing:
        """Find who serves a kind."""
        return self._issuing[kind]
