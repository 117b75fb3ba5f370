"""Log in: a client by its secret, or a user by a password through a client.

The published API has the password grant. RFC 9700 advises against it, so it works only through a
confidential client with that right; see docs/decisions.
"""

from __future__ import annotations

from uuid import UUID

from huggg.database.pool import Database
from huggg.database.queries import Queries
from huggg.identity.errors import ClientUnproven
from huggg.identity.passwords import Passwords
from huggg.identity.token import ACCESS_LIFE, REFRESH_LIFE, TokenPair, new_pair
from huggg.identity.username import username_values
from huggg.kit.codes import Vault
from huggg.kit.errors import Forbidden, Unauthenticated
from huggg.kit.ids import new_id
from huggg.kit.platform import Platform

queries = Queries(__file__)


async def knows_client(platform: Platform, *, client_id: str, secret: str) -> bool:
    """Tell whether a client has this secret, and may call."""
    fingerprints = platform.vault.fingerprints("client secret", secret)
    return (
        await platform.database.row(queries.client, id=client_id, fingerprints=fingerprints) is not None
    )


async def log_in_user(
    database: Database,
    vault: Vault,
    passwords: Passwords,
    *,
    client_id: str,
    username: str,
    password: str,
) -> TokenPair:
    """Open a session for a user, through a client that is proven.

    Raises Forbidden when the client may not log in users at all, or not this one: before the password
    is looked at, so that the answer tells neither whether it is right nor whether the user exists.
    Raises Unauthenticated for a wrong name or password, LoginBusy.
    """
    row = await database.row(
        queries.user_for_login, client_id=client_id, **username_values(vault, username)
    )
    if row is None:
        raise ClientUnproven
    if not row["allowed"]:
        raise Forbidden
    matches = await passwords.check(password, row["password_hash"])
    if not matches or not row["active"]:
        raise Unauthenticated
    return await open_session(
        database, vault, client_id=client_id, user_id=row["id"], password_hash=row["password_hash"]
    )


async def open_session(
    database: Database,
    vault: Vault,
    *,
    client_id: str,
    user_id: UUID | None,
    password_hash: str | None = None,
) -> TokenPair:
    """Start a session for a client or user that was proven before, and issue its first tokens.

    Without a user there is no refresh, so that the session is over when its one token is. Raises
    Unauthenticated if client or user have been disabled since, or the user has no longer the
    `password_hash` that a password was checked against.
    """
    pair = new_pair(refreshable=user_id is not None)
    session = await database.row(
        queries.open_session,
        session_id=new_id(),
        client_id=client_id,
        user_id=user_id,
        password_hash=password_hash,
        session_life=ACCESS_LIFE if user_id is None else REFRESH_LIFE,
        access_life=ACCESS_LIFE,
        **fingerprints_of(vault, pair),
    )
    if session is None:
        raise Unauthenticated
    return pair


def fingerprints_of(vault: Vault, pair: TokenPair) -> dict[str, list[bytes] | list[str]]:
    """Give the values by which a statement stores a pair: only fingerprints reach the database."""
    tokens = {"access": pair.access, "refresh": pair.refresh}
    by_kind = {kind: token for kind, token in tokens.items() if token is not None}
    return {
        "fingerprints": [vault.fingerprint(kind, token) for kind, token in by_kind.items()],
        "kinds": list(by_kind),
    }
