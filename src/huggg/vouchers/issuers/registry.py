"""The issuers by their kind."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.vouchers.issuers.http import HttpIssuer
from huggg.vouchers.issuers.issuer import Issuer, IssuerKind
from huggg.vouchers.issuers.minted import MintIssuer
from huggg.vouchers.issuers.pool import PoolIssuer
from huggg.vouchers.issuers.service import IssuingService


class Issuers:
    """The issuers that a process can ask for codes."""

    def __init__(self, database: Database, vault: Vault, service: IssuingService) -> None:
        self.http = HttpIssuer(database, vault, service)
        self._by_kind: dict[IssuerKind, Issuer] = {
            IssuerKind.POOL: PoolIssuer(database, vault),
            IssuerKind.MINTED: MintIssuer(vault),
            IssuerKind.HTTP: self.http,
        }

    def of(self, kind: IssuerKind) -> Issuer:
        """Find the issuer of a kind."""
        return self._by_kind[kind]
