"""Minted: the code is drawn here, and the brand's till asks us about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from huggg.kit.codes import Vault
from huggg.vouchers.crockford import mint
from huggg.vouchers.issuers.issuer import IssuedCode, IssuerConfig, Need, code_kind


class MintIssuer:
    """Draws codes. That two are alike is as good as impossible, and the record statement's to refuse."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def issue(self, issuer: IssuerConfig, needs: Sequence[Need]) -> list[IssuedCode]:
        """Mint a code for each."""
        return [self._mint(issuer, need) for need in needs]

    def _mint(self, issuer: IssuerConfig, need: Need) -> IssuedCode:
        code, days = mint(), issuer.valid_days
        expires_at = None if days is None else need.now + timedelta(days=days)
        return IssuedCode(code, self._vault.fingerprint(code_kind(need.brand_id), code), expires_at)
