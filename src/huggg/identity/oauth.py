"""`POST /oauth/token` with its three grants, and `POST /oauth/revoke`.

A request in JSON is answered to the letter as published. A request by form is answered as RFC 6749 and
7009 want, errors too: off-the-shelf clients read `invalid_grant`, and not our sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

from huggg.database.meter import outcome
from huggg.http.operation import Operation
from huggg.http.request_context import RequestContext
from huggg.http.route import post
from huggg.http.web import Request, Response, json_response
from huggg.identity.attempts import Attempts
from huggg.identity.authenticate import authenticate
from huggg.identity.errors import (
    ClientUnproven,
    CredentialsMissing,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    LoginBusy,
    UnauthorizedClient,
    UnknownGrant,
    UnsupportedGrantType,
)
from huggg.identity.log_in import knows_client, log_in_user, open_session
from huggg.identity.passwords import Passwords
from huggg.identity.presented import bears_token, presented
from huggg.identity.refresh import refresh
from huggg.identity.revoke import revoke
from huggg.identity.rfc import OF_TOKENS, in_the_words_of, read_either
from huggg.identity.token import TokenPair
from huggg.identity.username import key_or_none
from huggg.identity.wire import (
    GRANTS,
    Revocation,
    RevocationRequest,
    TokenAnswer,
    TokenRequest,
    token_answer,
)
from huggg.kit.errors import Forbidden, Invalid, Malformed, Unauthenticated
from huggg.kit.platform import Platform
from huggg.refusal import Unavailable

LOG_IN = Operation(
    id="logIn",
    tag="Logging in",
    summary="Get an access token",
    body=TokenRequest,
    takes_form=True,
    example={
        "grant_type": "client_credentials",
        "client_id": "k3v9x2m8q4t7w1z5",
        "client_secret": "…",
    },
    answer=TokenAnswer,
    takes_token=True,
    takes_basic=True,
    refuses=(
        *(Malformed, Invalid, Unauthenticated, Forbidden, LoginBusy),
        *(InvalidRequest, InvalidClient, InvalidGrant, UnauthorizedClient, UnsupportedGrantType),
    ),
)
REVOKE = Operation(
    id="revokeToken",
    tag="Logging in",
    summary="End a login",
    body=RevocationRequest,
    takes_form=True,
    takes_basic=True,
    answer=Revocation,
    refuses=(Malformed, Invalid, Unauthenticated, InvalidRequest, InvalidClient, Unavailable),
)


@post("/oauth/token", operation=LOG_IN)
async def post_token(
    request: Request,
    body: bytes,
    platform: Platform,
    passwords: Passwords,
    attempts: Attempts,
) -> Response:
    """Log in as a client or as a user, or refresh a login.

    `client_credentials` takes `client_id` and `client_secret`, and gives an access token only.
    `password` takes `username` and `password`, together with the client's access token in
    `Authorization`, or with `client_id` and `client_secret`. `refresh_token` takes `refresh_token`,
    `client_id` and `client_secret`, and gives a new pair.

    A refresh token is good for one exchange. Within 30 seconds the same exchange gives the same pair
    again, because an answer can be lost; later it ends the login, with all tokens that came from it.

    The body is JSON, or a form as in RFC 6749; a form's errors are `{"error": "invalid_grant", …}`
    instead of a sentence. If the body has no `client_secret`, HTTP Basic may carry both credentials; if
    it has one, `Authorization` is ignored, except for a client's token with `password`. There are no
    scopes: `scope` is ignored, and a token allows all that its client and user may do.
    """
    call = _TokenCall(platform, attempts, request.context, request.authorization)
    with in_the_words_of(request, body):
        token_request = read_either(request, body, TokenRequest)
        grant = token_request.grant_type if token_request.grant_type in GRANTS else "unknown"
        with outcome(platform.meter, "huggg_logins_total", grant, success="in"):
            match grant:
                case "client_credentials":
                    pair = await _client(token_request, call)
                case "password":
                    pair = await _user(token_request, call, passwords)
                case "refresh_token":
                    pair = await _refresh(token_request, call)
                case _:
                    raise UnknownGrant
    return json_response(token_answer(pair), headers=OF_TOKENS)


@dataclass(frozen=True, slots=True)
class _TokenCall:
    """One call of the token endpoint, with the credentials of its client."""

    platform: Platform
    attempts: Attempts
    context: RequestContext
    authorization: str | None

    async def prove(self, request: TokenRequest | RevocationRequest) -> str:
        """Check the client's id and secret, and name it.

        Raises CredentialsMissing, ClientUnproven, TooManyRequests.
        """
        credentials, platform = presented(request, self.authorization), self.platform
        async with self.attempts.of_client(credentials.client_id, address=self.context.address):
            if not await knows_client(
                platform, client_id=credentials.client_id, secret=credentials.secret
            ):
                raise credentials.unproven
        return self._note_client(credentials.client_id)

    async def prove_for_user(self, request: TokenRequest) -> str:
        """Name the client that logs a user in: the published proof is its access token.

        A token that has expired does not spoil credentials that stand beside it. Raises ClientUnproven,
        TooManyRequests.
        """
        if bears_token(self.authorization):
            client_id = await self._of_token()
            if client_id is not None:
                return self._note_client(client_id)
        try:
            return await self.prove(request)
        except CredentialsMissing:
            raise ClientUnproven from None

    def _note_client(self, client_id: str) -> str:
        """Let the rest of a log-in count for its client. Raises TooManyAtOnce."""
        self.context.client_id = client_id
        self.context.slot.logs_in(client_id, self.context.address)
        return client_id

    async def _of_token(self) -> str | None:
        database, vault = self.platform.database, self.platform.vault
        try:
            caller = await authenticate(database, vault, self.authorization)
        except Unauthenticated:
            return None
        return caller.client_id if caller.user_id is None else None


async def _client(request: TokenRequest, call: _TokenCall) -> TokenPair:
    client_id = await call.prove(request)
    return await open_session(
        call.platform.database, call.platform.vault, client_id=client_id, user_id=None
    )


async def _user(request: TokenRequest, call: _TokenCall, passwords: Passwords) -> TokenPair:
    username, password = _require(request.username, "username"), _require(request.password, "password")
    client_id = await call.prove_for_user(request)
    account = key_or_none(username) or username  # else each spelling had guesses of its own
    async with call.attempts.of_user(account, client_id=client_id, address=call.context.address):
        return await log_in_user(
            call.platform.database,
            call.platform.vault,
            passwords,
            client_id=client_id,
            username=username,
            password=password,
        )


async def _refresh(request: TokenRequest, call: _TokenCall) -> TokenPair:
    """Refresh. Only the client's secret can be guessed at: a known one may ask about any dead token."""
    token = _require(request.refresh_token, "refresh_token")
    client_id = await call.prove(request)
    return await refresh(call.platform.database, call.platform.vault, token=token, client_id=client_id)


@post("/oauth/revoke", operation=REVOKE)
async def post_revocation(
    request: Request,
    body: bytes,
    platform: Platform,
    attempts: Attempts,
) -> Response:
    """End a login of the calling client. An unknown token is no error.

    The body is JSON, or a form as in RFC 7009, with the client's credentials in it or by HTTP Basic.
    """
    call = _TokenCall(platform, attempts, request.context, request.authorization)
    with in_the_words_of(request, body):
        revocation = read_either(request, body, RevocationRequest)
        client_id = await call.prove(revocation)
        await revoke(platform.database, platform.vault, token=revocation.token, client_id=client_id)
    return json_response(Revocation())


def _require(value: str | None, field: str) -> str:
    """Insist on a field that this grant cannot do without. Raises Invalid."""
    if value is None:
        raise Invalid(f"{field}: is required.")
    return value


ROUTES = [post_token, post_revocation]
