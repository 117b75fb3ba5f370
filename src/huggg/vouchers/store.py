"""Vouchers from the database, their codes opened."""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault
from huggg.vouchers.voucher import Voucher

queries = Queries(__file__)


def sealed_for(huggg_id: UUID, voucher_id: UUID) -> bytes:
    """Name the row that a voucher's code is sealed to."""
    return b"vouchers.code\0" + huggg_id.bytes + voucher_id.bytes


async def vouchers_of(database: Database, vault: Vault, huggg_ids: list[UUID]) -> list[Voucher]:
    """Read the vouchers of these hugggs."""
    found = []
    for row in await database.rows(queries.vouchers, huggg_ids=huggg_ids):
        code = vault.open(row["code"], bound_to=sealed_for(row["huggg_id"], row["id"]))
        found.append(Voucher(**{**row, "code": code.decode()}))
    return found
