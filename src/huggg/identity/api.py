"""`POST /oauth/token` with its three grants, and `POST /oauth/revoke`."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from huggg.identity.authenticate import authenticate
from huggg.identity.log_in import check_client, log_in_client, log_in_user
from huggg.identity.passwords import Passwords
from huggg.identity.refresh import refresh
from huggg.identity.revoke import revoke
from huggg.identity.token import TokenPair
from huggg.identity.wire import RevocationRequest, TokenRequest, needed, token_answer
from huggg.kit.body import read_body
from huggg.kit.errors import Invalid, Unauthenticated
from huggg.kit.platform import Platform
from huggg.kit.web import AnyRequest

NEVER_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@post("/oauth/token", status_code=200)
async def post_token(
    request: AnyRequest,
    body: RawBody,
    platform: NamedDependency[Platform],
    passwords: NamedDependency[Passwords],
) -> Response[dict[str, Any]]:
    """Log in, as a client, as a user, or with a refresh token."""
    asked = read_body(body, TokenRequest)
    authorization = request.headers.get("Authorization")
    match asked.grant_type:
        case "client_credentials":
            pair = await _client(asked, platform)
        case "password":
            username, password = needed(asked.username, "username"), needed(asked.password, "password")
            caller = await authenticate(platform.database, platform.vault, authorization)
            pair = await log_in_user(
                platform.database,
                platform.vault,
                passwords,
                caller,
                username=username,
                password=password,
            )
        case "refresh_token":
            if authorization is not None:  # published: it must not be sent
                raise Unauthenticated
            pair = await _refresh(asked, platform)
        case _:
            raise Invalid("grant_type: must be client_credentials, password or refresh_token.")
    return Response(token_answer(pair), headers=NEVER_STORED)


async def _client(asked: TokenRequest, platform: Platform) -> TokenPair:
    return await log_in_client(
        platform.database,
        platform.vault,
        client_id=needed(asked.client_id, "client_id"),
        secret=needed(asked.client_secret, "client_secret"),
    )


async def _refresh(asked: TokenRequest, platform: Platform) -> TokenPair:
    return await refresh(
        platform.database,
        platform.vault,
        token=needed(asked.refresh_token, "refresh_token"),
        client_id=needed(asked.client_id, "client_id"),
        secret=needed(asked.client_secret, "client_secret"),
    )


@post("/oauth/revoke", status_code=200)
async def post_revocation(body: RawBody, platform: NamedDependency[Platform]) -> dict[str, Any]:
    """End a login of the calling client. An unknown token is no error: it is as dead as one can be."""
    asked = read_body(body, RevocationRequest)
    database, vault = platform.database, platform.vault
    await check_client(database, vault, client_id=asked.client_id, secret=asked.client_secret)
    await revoke(database, vault, token=asked.token, client_id=asked.client_id)
    return {}


HANDLERS = [post_token, post_revocation]
