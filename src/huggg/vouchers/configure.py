"""Configure: an operator chooses the issuer of a brand's codes, or of one segment's."""

from __future__ import annotations

import secrets
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.outgoing.client import Outgoing
from huggg.kit.outgoing.target import BadTargetError
from huggg.vouchers.errors import UnknownScope
from huggg.vouchers.issuers.http import secret_sealed_for
from huggg.vouchers.issuers.issuer import IssuerKind
from huggg.vouchers.store import queries

SECRET_BYTES = 32


async def set_issuer(
    database: Database,
    vault: Vault,
    outgoing: Outgoing,
    *,
    scope_id: UUID,
    kind: IssuerKind,
    pool_id: UUID | None = None,
    url: str | None = None,
    valid_days: int | None = None,
) -> str | None:
    """Let this issuer make the codes of a brand or segment from now on.

    For HTTP, gives the secret that requests will be signed with, to be shown once. Raises UnknownScope,
    Invalid.
    """
    if (kind is IssuerKind.HTTP) != (url is not None):
        raise Invalid("An http issuer, and no other, has a --url.")
    if kind is not IssuerKind.POOL and pool_id is not None:
        raise Invalid("Only a pool issuer has a --pool.")
    if url is not None:
        await _check(outgoing, url)
    secret = secrets.token_hex(SECRET_BYTES) if url is not None else None
    sealed = None
    if secret is not None:
        sealed = vault.seal(secret.encode(), bound_to=secret_sealed_for(scope_id))
    row = await database.row(
        queries.set_issuer,
        scope_id=scope_id,
        kind=kind,
        pool_id=pool_id,
        url=url,
        secret=sealed,
        valid_days=valid_days,
    )
    if row is None:
        other = "" if pool_id is None else f", or segment {pool_id} is none of that brand"
        raise UnknownScope(f"There is no brand or segment {scope_id}{other}.")
    return secret


async def _check(outgoing: Outgoing, url: str) -> None:
    """Refuse an address that every call would refuse; its name may still lead elsewhere later."""
    try:
        await outgoing.check(url)
    except BadTargetError as error:
        raise Invalid(f"--url: {error}") from None


async def remove_issuer(database: Database, *, scope_id: UUID) -> None:
    """Go back to the integration's default. Raises UnknownScope."""
    if await database.row(queries.remove_issuer, scope_id=scope_id) is None:
        raise UnknownScope(f"No issuer is configured for {scope_id}.")


async def issuers(database: Database) -> list[Record]:
    """List the configured issuers, without secrets."""
    return await database.rows(queries.issuers)
