"""Configure: an operator says who makes a brand's codes, or one segment's."""

from __future__ import annotations

import ipaddress
import secrets
from urllib.parse import urlsplit
from uuid import UUID

from asyncpg import Record

from huggg.database.pool import Database
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.vouchers.errors import UnknownScope
from huggg.vouchers.issuers.http import secret_sealed_for
from huggg.vouchers.issuers.issuer import IssuerKind
from huggg.vouchers.store import queries

SECRET_BYTES = 32


async def set_issuer(
    database: Database,
    vault: Vault,
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
        _check(url)
    secret = secrets.token_hex(SECRET_BYTES) if url is not None else None
    sealed = None
    if secret is not None:
        sealed = vault.seal(secret.encode(), bound_to=secret_sealed_for(scope_id))
    changed = await database.row(
        queries.set_issuer,
        scope_id=scope_id,
        kind=kind,
        pool_id=pool_id,
        url=url,
        secret=sealed,
        valid_days=valid_days,
    )
    if changed is None:
        raise UnknownScope(f"There is no brand or segment {scope_id}, or that pool is another brand's.")
    return secret


async def remove_issuer(database: Database, *, scope_id: UUID) -> None:
    """Go back to the integration's default. Raises UnknownScope."""
    if await database.row(queries.remove_issuer, scope_id=scope_id) is None:
        raise UnknownScope(f"No issuer is configured for {scope_id}.")


async def issuers(database: Database) -> list[Record]:
    """List what is configured, without secrets."""
    return await database.rows(queries.issuers)


def _check(url: str) -> None:
    """Codes and signatures travel encrypted, or do not leave this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not parts.query:
        return
    if parts.scheme == "http" and _is_here(parts.hostname or "") and not parts.query:
        return
    raise Invalid("--url: must be an https address without a query.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
