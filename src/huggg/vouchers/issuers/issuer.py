"""The port that every issuer implements, and its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from huggg.hugggs.voucher_code import VoucherCode
from huggg.hugggs.voucher_seal import code_sealed_for
from huggg.kit.codes import Vault

VALID_DAYS_MAX = 3650


class IssuerKind(StrEnum):
    """The three ways to come by a code."""

    POOL = "pool"  # pre-loaded by `huggg codes import`
    MINTED = "minted"  # drawn here
    HTTP = "http"  # asked of the brand's own service


@dataclass(frozen=True, slots=True)
class IssuerConfig:
    """The issuer of the codes of a brand, or of one of its segments."""

    kind: IssuerKind
    pool_id: UUID | None = None
    url: str | None = None
    secret: bytes | None = None  # sealed
    scope_id: UUID | None = None  # the brand or segment of the configuration; None: the default
    valid_days: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A huggg that needs a code."""

    huggg_id: UUID
    brand_id: UUID
    product_id: UUID
    segment_id: UUID | None
    value: int  # pence
    expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code for one huggg, held for it until it is recorded or its lease is over."""

    code: str
    fingerprint: bytes
    expires_at: datetime | None
    pin: str = ""
    from_pool: bool = False  # it lies in the pool already, reserved
    promised: bool = False  # issued by an outside service: recorded in any later state of the huggg

    @property
    def packed(self) -> bytes:
        """Code and PIN, as they are sealed."""
        return VoucherCode(self.code, self.pin).packed()


class OutrunError(Exception):
    """Another call is giving this huggg its code: look again."""


class Issuer(Protocol):
    """The calls of an issuer of each kind."""

    async def issue(self, issuer: IssuerConfig, needs: Sequence[Need]) -> list[IssuedCode]:
        """Give each need a code, in order, all of one brand and segment; all of them or a refusal.

        Raises OutrunError, and the refusals of its kind.
        """
        ...


def code_kind(brand_id: UUID) -> str:
    """Name the kind under which a brand's codes are fingerprinted: equal codes of two brands differ."""
    return f"voucher code {brand_id}"


def sealed_code(vault: Vault, brand_id: UUID, issued: IssuedCode) -> bytes:
    """Seal an issued code for its row in `codes`."""
    return vault.seal(issued.packed, bound_to=code_sealed_for(brand_id, issued.fingerprint))
