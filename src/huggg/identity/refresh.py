"""Refresh: exchange a refresh token for a new pair, once.

A token that comes back is either a lost answer or a thief; see `token.decide_exchange`.
"""

from __future__ import annotations

import msgspec
from asyncpg import Record

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.log_in import fingerprints_of
from huggg.identity.token import ACCESS_LIFE, Exchange, TokenPair, decide_exchange, new_pair
from huggg.kit.codes import Vault
from huggg.kit.errors import Unauthenticated

queries = Queries(__file__)


async def refresh(database: Database, vault: Vault, *, token: str, client_id: str) -> TokenPair:
    """Exchange a refresh token, for a client whose secret was checked.

    Raises Unauthenticated, also when the client is not the one of the first login.
    """
    while True:
        row = await database.row(
            queries.refresh_token, fingerprints=vault.fingerprints("refresh", token)
        )
        if row is None or row["client_id"] != client_id:
            raise Unauthenticated
        match decide_exchange(spent_at=row["spent_at"], now=row["now"]):
            case Exchange.ROTATE:
                pair = await _rotate(database, vault, row)
                if pair is not None:
                    return pair
                # A concurrent call exchanged the same token: this call returns the pair that it got.
            case Exchange.REPEAT:
                return _successor(vault, row)
            case Exchange.REVOKE:
                await database.rows(
                    queries.revoke_session, session_id=row["session_id"], reason="refresh token reused"
                )
                raise Unauthenticated


async def _rotate(database: Database, vault: Vault, row: Record) -> TokenPair | None:
    pair = new_pair(refreshable=True)
    rotated = await database.row(
        queries.rotate,
        spent=row["fingerprint"],
        successor=vault.seal(msgspec.json.encode(pair), bound_to=row["fingerprint"]),
        access_life=ACCESS_LIFE,
        **fingerprints_of(vault, pair),
    )
    return pair if rotated is not None else None


def _successor(vault: Vault, row: Record) -> TokenPair:
    plaintext = vault.open(row["successor"], bound_to=row["fingerprint"])
    return msgspec.json.decode(plaintext, type=TokenPair)
