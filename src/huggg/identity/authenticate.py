"""Authenticate: turn a bearer token, or a team's API key, into a caller."""

from __future__ import annotations

from functools import partial

from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.http.route import ReadCaller
from huggg.identity.caller import Caller, UserKind
from huggg.identity.permissions import Scope
from huggg.identity.role import Role
from huggg.kit.codes import Vault
from huggg.kit.errors import Unauthenticated

KINDS: dict[str | None, UserKind | None] = {None: None, **{kind.value: kind for kind in UserKind}}
ROLES: dict[str | None, Role] = {None: Role.PARTICIPANT, **{role.value: role for role in Role}}
"""Kinds of caller by the value of their row.

A dict, because an enum looks its members up more slowly and every request asks.
"""

queries = Queries(__file__)


def bearer_token(authorization: str | None) -> str:
    """Take the token out of an Authorization header. Raises Unauthenticated."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()


async def authenticate(
    database: Database,
    vault: Vault,
    authorization: str | None,
    api_key: str | None = None,
    *,
    read_caller: ReadCaller | None = None,
) -> Caller:
    """Look the caller up at every call: no caller is cached, so a revocation takes effect at once.

    An API key counts if no token is sent. `read_caller` may look the huggg up in the same statement.
    Raises Unauthenticated for a credential that is missing, unknown, expired or revoked.
    """
    if authorization is None and api_key is not None:
        return await _of_key(database, vault, api_key)
    read_caller = read_caller or partial(_caller_row, database)
    for fingerprint in vault.fingerprints("access", bearer_token(authorization)):
        row = await read_caller(fingerprint)
        if row is not None and row["caller_client_id"] is not None:
            return _caller(row)
    raise Unauthenticated


async def _caller_row(database: Database, token: bytes) -> Record | None:
    _, row = await database.each_sharing(queries.caller, shared_token=token)
    return row


async def _of_key(database: Database, vault: Vault, key: str) -> Caller:
    for fingerprint in vault.fingerprints("api key", key):
        row = await database.each(queries.key_caller, fingerprint=fingerprint)
        if row is not None:
            return Caller(
                client_id=f"key:{row['id']}",
                user_id=row["user_id"],
                kind=UserKind.CUSTOMER,
                team_id=row["team_id"],
                role=Role(row["role"]),
                scopes=frozenset(map(Scope, row["scopes"])),
            )
    raise Unauthenticated


def _caller(row: Record) -> Caller:
    return Caller(
        client_id=row["caller_client_id"],
        user_id=row["caller_user_id"],
        kind=KINDS[row["caller_kind"]],
        team_id=row["caller_team_id"],
        role=ROLES[row["caller_role"]],
        brand_id=row["caller_brand_id"],
        every_location=row["caller_every_location"],
        location_ids=frozenset(row["caller_location_ids"]),
        shows_hugggs=row["caller_shows_hugggs"],
    )
