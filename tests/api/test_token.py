"""`POST /oauth/token`, its three grants to the letter, and `POST /oauth/revoke`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.identity.caller import UserKind
from huggg.identity.create import (
    ClientCredentials,
    create_client,
    create_user,
    new_client_credentials,
)
from huggg.identity.passwords import Passwords
from huggg.kit.ids import new_id
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import CLIENT, World

PASSWORD = "correct horse battery"
FAILED = {"error": "Authentication failed."}
FORBIDDEN = {"error": "Forbidden."}
UNKNOWN_GRANT = "grant_type: must be client_credentials, password or refresh_token."


async def client(town: World, *usernames: str, logs_in_users: bool = True) -> ClientCredentials:
    credentials = new_client_credentials()
    await create_client(
        town.platform.database,
        town.platform.vault,
        credentials,
        name="an app",
        logs_in_users=logs_in_users,
        usernames=usernames,
    )
    return credentials


async def user(town: World) -> tuple[UUID, str]:
    username = f"{new_id()}@example.com"
    user_id = await create_user(
        town.platform.database,
        town.platform.vault,
        Passwords(),
        kind=UserKind.CUSTOMER,
        name="Somebody",
        username=username,
        password=PASSWORD,
    )
    return user_id, username


async def ask(town: World, body: Any, authorization: str | None = None) -> httpx2.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return await town.http.post("/oauth/token", json=body, headers=headers)


async def log_in_client(town: World, credentials: ClientCredentials) -> str:
    answer = await ask(
        town,
        {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        },
    )
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def as_user(username: str, password: str = PASSWORD) -> dict[str, str]:
    return {"grant_type": "password", "username": username, "password": password}


def again(credentials: ClientCredentials, refresh_token: str) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }


async def log_in(town: World) -> tuple[ClientCredentials, UUID, dict[str, Any]]:
    """Log a new user in, through a client of their own."""
    credentials, (user_id, username) = await client(town), await user(town)
    access = await log_in_client(town, credentials)
    answer = await ask(town, as_user(username), f"Bearer {access}")
    assert answer.status_code == 200, answer.text
    return credentials, user_id, answer.json()


async def is_valid(town: World, token: str) -> bool:
    answer = await town.call("GET", "/api/v2/brands", token)
    if answer.status_code == 200:
        return True
    assert (answer.status_code, answer.json()) == (401, FAILED)
    return False


async def let_time_pass(town: World, refresh_token: str, seconds: float) -> None:
    fingerprint = town.platform.vault.fingerprint("refresh", refresh_token)
    moved = await sql(
        town.platform.database,
        "UPDATE tokens SET spent_at = spent_at - $2 * interval '1 second' WHERE fingerprint = $1"
        " RETURNING spent_at",
        fingerprint,
        seconds,
    )
    assert moved


async def refused(
    town: World, body: Any, authorization: str | None = None, *, status: int = 401, error: Any = None
) -> None:
    async with nothing_moves(town.platform.database):
        answer = await ask(town, body, authorization)
    assert (answer.status_code, answer.json()) == (status, error or FAILED)
    assert answer.headers["content-type"].startswith("application/json")
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_basic_credentials_prove_no_client(town: World) -> None:
    pair = b64encode(f"{CLIENT.client_id}:{CLIENT.client_secret}".encode()).decode()
    headers = [("Authorization", f"Basic {pair}")] * 2
    body = {"grant_type": "client_credentials"}
    async with nothing_moves(town.platform.database):
        answer = await town.http.post("/oauth/token", json=body, headers=headers)
    assert (answer.status_code, answer.json()) == (401, FAILED)
    one = await town.http.post("/oauth/token", json=body, headers=headers[:1])
    assert one.status_code == 200


FIELDS = ("client_id", "client_secret", "username", "password", "refresh_token")


async def test_a_field_that_is_null_is_missing_in_every_grant(town: World) -> None:
    def filled(body: dict[str, str]) -> dict[str, str | None]:
        return dict.fromkeys(FIELDS) | body

    credentials, (_, username) = await client(town), await user(town)
    proof = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    of_client = await ask(town, filled({"grant_type": "client_credentials"} | proof))
    assert (of_client.status_code, list(of_client.json())) == (
        200,
        ["token_type", "expires_in", "access_token"],
    )
    bearer = f"Bearer {of_client.json()['access_token']}"
    of_user = await ask(town, filled(as_user(username)), bearer)
    assert of_user.status_code == 200
    refreshed = await ask(town, filled(again(credentials, of_user.json()["refresh_token"])))
    assert (refreshed.status_code, await is_valid(town, refreshed.json()["access_token"])) == (200, True)


# The client grant ----------------------------------------------------------------------------


async def test_a_client_gets_an_access_token_for_an_hour_and_no_refresh_token(town: World) -> None:
    credentials = await client(town)
    answer = await ask(
        town,
        {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        },
    )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert body == {"token_type": "Bearer", "expires_in": 3600, "access_token": body["access_token"]}
    assert await is_valid(town, body["access_token"])


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        pytest.param(None, "wrong", id="wrong secret"),
        pytest.param(None, "", id="no secret"),
        pytest.param("nobody", None, id="unknown client"),
        pytest.param("nul\0", None, id="NUL"),
    ],
)
async def test_a_client_that_shows_something_else_is_turned_away(
    town: World, client_id: str | None, secret: str | None
) -> None:
    known = await client(town)
    body = {
        "grant_type": "client_credentials",
        "client_id": known.client_id if client_id is None else client_id,
        "client_secret": known.client_secret if secret is None else secret,
    }
    if client_id == "nul\0":
        await refused(town, body, status=422, error={"error": "client_id: must not contain NUL."})
    else:
        await refused(town, body)


# The user grant ------------------------------------------------------------------------------


async def test_a_user_logs_in_through_a_client_and_gets_a_pair(town: World) -> None:
    credentials, (user_id, username) = await client(town), await user(town)
    access = await log_in_client(town, credentials)
    answer = await ask(town, as_user(username), f"Bearer {access}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert list(body) == ["token_type", "expires_in", "access_token", "refresh_token"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    sent = await town.call("GET", "/api/v2/hugggs/sent", body["access_token"])
    assert (sent.status_code, sent.json()["total"]) == (200, 0)
    assert (
        await scalar(
            town.platform.database,
            "SELECT count(*) FROM events"
            " WHERE kind = 'session.opened' AND user_id = $1 AND client_id = $2",
            user_id,
            credentials.client_id,
        )
        == 1
    )


@pytest.mark.parametrize("username", [None, "nobody@example.com", "\U0001f632"])
async def test_a_wrong_name_or_password_opens_nothing(town: World, username: str | None) -> None:
    credentials, (_, known) = await client(town), await user(town)
    bearer = f"Bearer {await log_in_client(town, credentials)}"
    if username is None:
        for password in ("wrong", "", f"{PASSWORD} ", PASSWORD.upper()):
            await refused(town, as_user(known, password), bearer)
    else:
        await refused(town, as_user(username), bearer)


async def test_a_user_cannot_log_in_without_a_proven_client(town: World) -> None:
    _, _, pair = await log_in(town)
    _, username = await user(town)
    body = as_user(username)
    await refused(town, body)
    for authorization in ("", "Bearer", "Bearer ", "Bearer nonsense", "Token x"):
        await refused(town, body, authorization)
    await refused(town, body, f"Bearer {pair['access_token']}")  # a user's token is no client's
    await refused(town, body, f"Bearer {pair['refresh_token']}")
    await refused(town, body | {"client_id": (await client(town)).client_id})
    await refused(town, body | {"client_id": (await client(town)).client_id, "client_secret": "wrong"})


@pytest.mark.parametrize("authorization", [None, "", "Bearer nonsense"])
async def test_a_clients_own_credentials_do_instead_of_its_token(
    town: World, authorization: str | None
) -> None:
    """An expired token beside them spoils nothing."""
    credentials, (user_id, username) = await client(town), await user(town)
    body = as_user(username) | {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    answer = await ask(town, body, authorization)
    assert answer.status_code == 200
    me = await town.call("GET", "/api/v2/auth/me", answer.json()["access_token"])
    assert me.json()["user"]["id"] == str(user_id)


async def test_a_clients_token_goes_before_what_else_the_body_has(town: World) -> None:
    """Published clients may send more fields than they need."""
    credentials, (_, username) = await client(town), await user(town)
    bearer = f"Bearer {await log_in_client(town, credentials)}"
    body = as_user(username) | {"client_id": "old", "client_secret": "old", "scope": "all"}
    assert (await ask(town, body, bearer)).status_code == 200


async def test_the_scheme_is_read_in_any_case(town: World) -> None:
    credentials, (_, username) = await client(town), await user(town)
    access = await log_in_client(town, credentials)
    answer = await ask(town, as_user(username), f"bEARER  {access}")
    assert answer.status_code == 200


async def test_a_client_that_may_not_log_in_users_is_forbidden_whatever_it_says(town: World) -> None:
    credentials, (_, username) = await client(town, logs_in_users=False), await user(town)
    bearer = f"Bearer {await log_in_client(town, credentials)}"
    await refused(town, as_user(username), bearer, status=403, error=FORBIDDEN)
    await refused(town, as_user(username, "wrong"), bearer, status=403, error=FORBIDDEN)


async def test_a_client_for_some_users_learns_nothing_about_others(town: World) -> None:
    """Right password, wrong password, no such user: one answer, or it would confirm a stolen one."""
    (_, hers), (_, his) = await user(town), await user(town)
    credentials = await client(town, hers)
    bearer = f"Bearer {await log_in_client(town, credentials)}"
    assert (await ask(town, as_user(hers), bearer)).status_code == 200
    await refused(town, as_user(hers, "wrong"), bearer)
    for username in (his, "nobody@example.com"):
        for password in (PASSWORD, "wrong", ""):
            await refused(town, as_user(username, password), bearer, status=403, error=FORBIDDEN)


async def test_of_a_user_it_may_not_log_in_a_client_does_not_even_try_the_password(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that a hash takes would tell whose name exists."""
    (_, hers), (_, his) = await user(town), await user(town)
    bearer = f"Bearer {await log_in_client(town, await client(town, hers))}"

    async def check(*_: object) -> bool:
        raise AssertionError("a password was looked at")

    monkeypatch.setattr(Passwords, "check", check)
    await refused(town, as_user(his), bearer, status=403, error=FORBIDDEN)


async def test_a_recipient_without_a_password_cannot_log_in(town: World) -> None:
    bearer = f"Bearer {await log_in_client(town, await client(town))}"
    await refused(town, as_user("bo", ""), bearer)


# The refresh grant ---------------------------------------------------------------------------


async def test_refreshing_gives_a_new_pair_once_and_the_same_again_within_the_grace(town: World) -> None:
    credentials, _, pair = await log_in(town)
    first = await ask(town, again(credentials, pair["refresh_token"]))
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-store"
    fresh = first.json()
    assert list(fresh) == ["token_type", "expires_in", "access_token", "refresh_token"]
    assert (fresh["token_type"], fresh["expires_in"]) == ("Bearer", 3600)
    tokens = {body[kind] for body in (pair, fresh) for kind in ("access_token", "refresh_token")}
    assert len(tokens) == 4

    await let_time_pass(town, pair["refresh_token"], 25)
    async with nothing_moves(town.platform.database):
        repeated = await ask(town, again(credentials, pair["refresh_token"]))
    assert (repeated.status_code, repeated.content) == (200, first.content)

    assert await is_valid(town, fresh["access_token"])
    assert (await ask(town, again(credentials, fresh["refresh_token"]))).status_code == 200


async def test_a_refresh_token_that_comes_back_after_the_grace_ends_the_whole_login(town: World) -> None:
    credentials, _, pair = await log_in(town)
    fresh = (await ask(town, again(credentials, pair["refresh_token"]))).json()
    await let_time_pass(town, pair["refresh_token"], 31)

    stolen = await ask(town, again(credentials, pair["refresh_token"]))
    assert (stolen.status_code, stolen.json()) == (401, FAILED)
    for token in (pair["access_token"], fresh["access_token"]):
        assert not await is_valid(town, token)
    await refused(town, again(credentials, fresh["refresh_token"]))
    (event,) = await sql(
        town.platform.database,
        "SELECT data->>'reason' AS reason FROM events WHERE kind = 'session.revoked' AND client_id = $1",
        credentials.client_id,
    )
    assert event["reason"] == "refresh token reused"


async def test_a_refresh_needs_the_credentials_of_the_client_that_logged_in(town: World) -> None:
    credentials, _, pair = await log_in(town)
    other, token = await client(town), pair["refresh_token"]
    await refused(town, again(other, token))
    await refused(town, again(ClientCredentials(credentials.client_id, other.client_secret), token))
    await refused(town, again(ClientCredentials(credentials.client_id, ""), token))
    await refused(town, again(credentials, pair["access_token"]))
    await refused(town, again(credentials, "nonsense"))
    assert (await ask(town, again(credentials, token))).status_code == 200


HEADERS_OF_OTHERS = [
    "Bearer {access_token}",
    "Bearer nonsense",
    "",
    "Basic bm9uc2Vuc2U=",
    "Basic \u00ff",
    "\u00ff",
]


@pytest.mark.parametrize("header", HEADERS_OF_OTHERS)
async def test_a_refresh_does_not_look_at_authorization(town: World, header: str) -> None:
    """The only public client of the API sends its old token along, expired or not."""
    credentials, _, pair = await log_in(town)
    sent = header.format(**pair).encode("latin-1")
    answer = await town.http.post(
        "/oauth/token", json=again(credentials, pair["refresh_token"]), headers={b"Authorization": sent}
    )
    assert answer.status_code == 200
    assert await is_valid(town, answer.json()["access_token"])


@pytest.mark.parametrize("header", HEADERS_OF_OTHERS)
async def test_a_client_that_logs_in_may_send_any_authorization(town: World, header: str) -> None:
    credentials, _, pair = await log_in(town)
    body = {"grant_type": "client_credentials"} | {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    sent = header.format(**pair).encode("latin-1")
    answer = await town.http.post("/oauth/token", json=body, headers={b"Authorization": sent})
    assert answer.status_code == 200


async def test_no_refresh_outlives_the_login(town: World) -> None:
    credentials, user_id, pair = await log_in(town)
    fresh = (await ask(town, again(credentials, pair["refresh_token"]))).json()
    rows = await sql(
        town.platform.database,
        "SELECT t.expires_at = s.expires_at AS with_it"
        " FROM tokens t JOIN sessions s ON s.id = t.session_id"
        " WHERE s.user_id = $1 AND t.kind = 'refresh'",
        user_id,
    )
    assert [row["with_it"] for row in rows] == [True, True]
    fingerprint = town.platform.vault.fingerprint("refresh", fresh["refresh_token"])
    await sql(
        town.platform.database,
        "UPDATE tokens SET expires_at = now() WHERE fingerprint = $1",
        fingerprint,
    )
    await refused(town, again(credentials, fresh["refresh_token"]))


# The end of a log-in -------------------------------------------------------------------------


async def test_an_expired_access_token_is_refused_and_its_refresh_token_still_works(town: World) -> None:
    credentials, _, pair = await log_in(town)
    fingerprint = town.platform.vault.fingerprint("access", pair["access_token"])
    await sql(
        town.platform.database,
        "UPDATE tokens SET expires_at = now() WHERE fingerprint = $1",
        fingerprint,
    )
    assert not await is_valid(town, pair["access_token"])
    fresh = (await ask(town, again(credentials, pair["refresh_token"]))).json()
    assert await is_valid(town, fresh["access_token"])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            "UPDATE users SET active = false WHERE id = $1 AND $2 <> ''", id="user deactivated"
        ),
        pytest.param(
            "UPDATE clients SET active = false WHERE $1::uuid IS NOT NULL AND id = $2", id="client"
        ),
        pytest.param(
            "UPDATE clients SET logs_in_users = false WHERE $1::uuid IS NOT NULL AND id = $2",
            id="client may no longer log in users",
        ),
        pytest.param(
            "UPDATE clients SET every_user = false WHERE $1::uuid IS NOT NULL AND id = $2",
            id="client may no longer log in this user",
        ),
    ],
)
async def test_a_withdrawn_right_stops_at_once_for_access_and_refresh(town: World, change: str) -> None:
    credentials, user_id, pair = await log_in(town)
    assert await is_valid(town, pair["access_token"])
    await sql(town.platform.database, change, user_id, credentials.client_id)
    assert not await is_valid(town, pair["access_token"])
    await refused(town, again(credentials, pair["refresh_token"]))


async def test_a_deactivated_user_or_client_cannot_log_in_again(town: World) -> None:
    credentials, (user_id, username) = await client(town), await user(town)
    bearer = f"Bearer {await log_in_client(town, credentials)}"
    await sql(town.platform.database, "UPDATE users SET active = false WHERE id = $1", user_id)
    await refused(town, as_user(username), bearer)
    await sql(
        town.platform.database, "UPDATE clients SET active = false WHERE id = $1", credentials.client_id
    )
    await refused(
        town,
        {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        },
    )


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_revoking_either_token_ends_the_login(town: World, which: str) -> None:
    credentials, _, pair = await log_in(town)
    body = {
        "token": pair[which],
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    answer = await town.http.post("/oauth/revoke", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    assert not await is_valid(town, pair["access_token"])
    await refused(town, again(credentials, pair["refresh_token"]))
    async with nothing_moves(town.platform.database):
        answer = await town.http.post("/oauth/revoke", json=body)
    assert answer.status_code == 200


async def test_the_login_of_another_cannot_be_revoked_and_no_client_learns_that_it_exists(
    town: World,
) -> None:
    _, _, pair = await log_in(town)
    other = await client(town)

    def body(token: str, secret: str) -> dict[str, str]:
        return {"token": token, "client_id": other.client_id, "client_secret": secret}

    async with nothing_moves(town.platform.database):
        foreign = await town.http.post(
            "/oauth/revoke", json=body(pair["access_token"], other.client_secret)
        )
        unknown = await town.http.post("/oauth/revoke", json=body("nonsense", other.client_secret))
        unproven = await town.http.post("/oauth/revoke", json=body(pair["access_token"], "wrong"))
    assert (
        (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content) == (200, b"{}")
    )
    assert (unproven.status_code, unproven.json()) == (401, FAILED)
    assert await is_valid(town, pair["access_token"])


# Bodies that make no sense -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "grant_type: is required."),
        ([], "body: must be an object."),
        (
            {"grant_type": "client_credentias"},
            UNKNOWN_GRANT,
        ),
        ({"grant_type": ""}, UNKNOWN_GRANT),
        ({"grant_type": 1}, "grant_type: must be text of at most 255 characters."),
        ({"grant_type": "client_credentials"}, "client_id: is required."),
        ({"grant_type": "client_credentials", "client_id": "a"}, "client_secret: is required."),
        ({"grant_type": "client_credentials", "client_id": None}, "client_id: is required."),
        ({"grant_type": "password"}, "username: is required."),
        ({"grant_type": "password", "username": "a", "password": None}, "password: is required."),
        ({"grant_type": "password", "username": "a"}, "password: is required."),
        ({"grant_type": "refresh_token"}, "refresh_token: is required."),
        ({"grant_type": "refresh_token", "refresh_token": "a"}, "client_id: is required."),
        (
            {"grant_type": "password", "username": "a" * 256, "password": ""},
            "username: must be text of at most 255 characters.",
        ),
    ],
)
async def test_a_grant_that_lacks_something_names_it(
    town: World, body: dict[str, Any] | Sequence[Any], sentence: str
) -> None:
    await refused(town, body, status=422, error={"error": sentence})


async def test_no_token_is_kept_in_clear(town: World) -> None:
    _, _, pair = await log_in(town)
    for token in (pair["access_token"], pair["refresh_token"]):
        for table in ("tokens", "sessions", "events"):
            row_count = await scalar(
                town.platform.database,
                f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, $1) > 0",  # noqa: S608
                token,
            )
            assert row_count == 0
