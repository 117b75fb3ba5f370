"""Revoke: end a login at once, with every token that came from it."""

from __future__ import annotations

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.kit.codes import Vault

queries = Queries(__file__)


async def revoke(database: Database, vault: Vault, *, token: str, client_id: str | None = None) -> bool:
    """End the session of an access or refresh token; tell whether there was one.

    With `client_id`, only a session of that client: a client may not revoke another's token (RFC 7009).
    """
    fingerprints = vault.fingerprints("access", token) + vault.fingerprints("refresh", token)
    row = await database.row(queries.session_of_token, fingerprints=fingerprints, client_id=client_id)
    if row is None:
        return False
    await database.rows(queries.revoke_session, session_id=row["session_id"], reason="revoked")
    return True
