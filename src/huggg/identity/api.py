"""`POST /oauth/token` with its three grants, `POST /oauth/revoke`, and who one is."""

from __future__ import annotations

from huggg.database.queries import Queries
from huggg.identity.attempts import Attempts
from huggg.identity.authenticate import authenticate
from huggg.identity.caller import Caller
from huggg.identity.errors import LoginBusy, TeamNotFound
from huggg.identity.log_in import check_client, log_in_client, log_in_user
from huggg.identity.passwords import Passwords
from huggg.identity.refresh import refresh
from huggg.identity.revoke import revoke
from huggg.identity.team import find_team
from huggg.identity.token import TokenPair
from huggg.identity.wire import (
    GRANTS,
    PublishedTeam,
    PublishedUser,
    RevocationRequest,
    Revoked,
    TokenAnswer,
    TokenRequest,
    needed,
    published_team,
    published_user,
    token_answer,
)
from huggg.kit.body import read_body
from huggg.kit.errors import Forbidden, Invalid, Malformed, Unauthenticated, Unavailable
from huggg.kit.meter import outcome
from huggg.kit.operation import One, Operation
from huggg.kit.platform import Platform
from huggg.kit.route import get, post
from huggg.kit.visit import Visit
from huggg.kit.web import Request, Response, json_response

NEVER_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}

queries = Queries(__file__)

LOG_IN = Operation(
    id="logIn",
    tag="Logging in",
    summary="Get an access token",
    body=TokenRequest,
    example={
        "grant_type": "client_credentials",
        "client_id": "k3v9x2m8q4t7w1z5",
        "client_secret": "…",
    },
    answer=TokenAnswer,
    takes_token=True,
    refuses=(Malformed, Invalid, Unauthenticated, Forbidden, LoginBusy),
)
REVOKE = Operation(
    id="revokeToken",
    tag="Logging in",
    summary="End a login",
    body=RevocationRequest,
    answer=Revoked,
    refuses=(Malformed, Invalid, Unauthenticated, Unavailable),
)
ME = Operation(
    id="showMe", tag="Account", summary="Who is logged in", answer=One(PublishedUser, key="user")
)
TEAM = Operation(
    id="showTeam",
    tag="Account",
    summary="A team",
    answer=One(PublishedTeam),
    refuses=(TeamNotFound,),
)


@post("/oauth/token", operation=LOG_IN)
async def post_token(
    request: Request,
    body: bytes,
    platform: Platform,
    passwords: Passwords,
    attempts: Attempts,
) -> Response:
    """Log in: as a client, as a user, or again.

    `client_credentials` takes `client_id` and `client_secret`, and gives an access token only.
    `password` takes `username` and `password`, together with the client's access token in
    `Authorization`. `refresh_token` takes `refresh_token`, `client_id` and `client_secret`, no
    `Authorization`, and gives a new pair.
    """
    asked = read_body(body, TokenRequest)
    visit = request.visit
    grant = asked.grant_type if asked.grant_type in GRANTS else "unknown"
    with outcome(platform.meter, "huggg_logins_total", grant, done="in"):
        match grant:
            case "client_credentials":
                pair = await _client(asked, platform, attempts, visit)
            case "password":
                authorization = request.header(b"authorization")
                pair = await _user(asked, platform, attempts, visit, passwords, authorization)
            case "refresh_token":
                if request.header(b"authorization") is not None:  # published: it must not be sent
                    raise Unauthenticated
                pair = await _refresh(asked, platform, attempts, visit)
            case _:
                raise Invalid("grant_type: must be client_credentials, password or refresh_token.")
    return json_response(token_answer(pair), headers=NEVER_STORED)


async def _client(
    asked: TokenRequest, platform: Platform, attempts: Attempts, visit: Visit
) -> TokenPair:
    client_id = needed(asked.client_id, "client_id")
    secret = needed(asked.client_secret, "client_secret")
    async with attempts.attempt(address=visit.address, account=f"client {client_id}"):
        pair = await log_in_client(platform.database, platform.vault, client_id=client_id, secret=secret)
    visit.client_id = client_id
    return pair


async def _user(
    asked: TokenRequest,
    platform: Platform,
    attempts: Attempts,
    visit: Visit,
    passwords: Passwords,
    authorization: str | None,
) -> TokenPair:
    username, password = needed(asked.username, "username"), needed(asked.password, "password")
    async with attempts.attempt(address=visit.address, account=f"user {username}"):
        caller = await authenticate(platform.database, platform.vault, authorization)
        visit.client_id = caller.client_id
        return await log_in_user(
            platform.database,
            platform.vault,
            passwords,
            caller,
            username=username,
            password=password,
        )


async def _refresh(
    asked: TokenRequest, platform: Platform, attempts: Attempts, visit: Visit
) -> TokenPair:
    """Refresh. Only the client's secret can be guessed at: a known one may ask about any dead token."""
    token = needed(asked.refresh_token, "refresh_token")
    client_id = needed(asked.client_id, "client_id")
    secret = needed(asked.client_secret, "client_secret")
    async with attempts.attempt(address=visit.address, account=f"client {client_id}"):
        await check_client(platform.database, platform.vault, client_id=client_id, secret=secret)
    visit.client_id = client_id
    return await refresh(platform.database, platform.vault, token=token, client_id=client_id)


@post("/oauth/revoke", operation=REVOKE)
async def post_revocation(
    request: Request,
    body: bytes,
    platform: Platform,
    attempts: Attempts,
) -> Response:
    """End a login of the calling client. An unknown token is no error: it is as dead as one can be."""
    asked = read_body(body, RevocationRequest)
    database, vault, address = platform.database, platform.vault, request.visit.address
    async with attempts.attempt(address=address, account=f"client {asked.client_id}"):
        await check_client(database, vault, client_id=asked.client_id, secret=asked.client_secret)
    await revoke(database, vault, token=asked.token, client_id=asked.client_id)
    return json_response(Revoked())


@get("/api/v2/auth/me", operation=ME)
async def get_me(caller: Caller, platform: Platform) -> Response:
    """Show the user behind the token, or the one that an API key acts as. Under `user`, as published."""
    row = await platform.database.one(queries.me, user_id=caller.required_user())
    return json_response({"user": published_user(row)})


@get("/api/v2/teams/{team_id}", operation=TEAM)
async def get_team(team_id: str, caller: Caller, platform: Platform) -> Response:
    """Show the caller's team, or a subteam of it to those who may see subteams."""
    row = await find_team(platform.database, team_id, caller=caller)
    return json_response({"data": published_team(row)})


ROUTES = [post_token, post_revocation, get_me, get_team]
