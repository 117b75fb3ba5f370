"""The token endpoint as RFC 6749 and 7009 have it: forms, HTTP Basic, errors that clients read."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest

from huggg.identity.caller import UserKind
from huggg.identity.create import ClientCredentials, create_client, create_user
from huggg.identity.passwords import Passwords
from huggg.kit.ids import new_id
from tests.support.silence import nothing_moves
from tests.support.world import World

PASSWORD = "correct horse & battery+1%"
FORM = "application/x-www-form-urlencoded"
CHALLENGE = 'Basic realm="huggg", charset="UTF-8"'
KEYS = ["token_type", "expires_in", "access_token"]


@pytest.fixture(scope="module")
async def app(town: World) -> ClientCredentials:
    """A program whose id and secret need to be encoded."""
    credentials = ClientCredentials("app: one+two", "s%20:é+&=")
    await create_client(town.platform.database, town.platform.vault, credentials, name="an app")
    return credentials


@pytest.fixture(scope="module")
async def username(town: World) -> str:
    name = f"{new_id()}@example.com"
    await create_user(
        town.platform.database,
        town.platform.vault,
        Passwords(),
        kind=UserKind.CUSTOMER,
        name="Amy",
        username=name,
        password=PASSWORD,
    )
    return name


def basic(app: ClientCredentials) -> str:
    joined = f"{quote_plus(app.client_id)}:{quote_plus(app.client_secret)}"
    return f"Basic {b64encode(joined.encode()).decode()}"


def in_body(app: ClientCredentials) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


async def ask(
    town: World,
    fields: Any,
    authorization: str | None = None,
    *,
    path: str = "/oauth/token",
    kind: str = FORM,
) -> httpx2.Response:
    headers = {"Content-Type": kind}
    if authorization is not None:
        headers["Authorization"] = authorization
    content = (
        fields
        if isinstance(fields, str | bytes)
        else "&".join(f"{quote(k)}={quote_plus(v)}" for k, v in fields.items())
    )
    return await town.http.post(path, content=content, headers=headers)


async def refused(
    town: World, fields: Any, authorization: str | None = None, *, status: int, error: str, says: str
) -> None:
    async with nothing_moves(town.platform.database):
        answer = await ask(town, fields, authorization)
    assert answer.status_code == status, answer.text
    assert answer.json() == {"error": error, "error_description": says}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.get("www-authenticate") == (CHALLENGE if status == 401 else None)


async def log_in(town: World, app: ClientCredentials, username: str) -> dict[str, Any]:
    fields = {"grant_type": "password", "username": username, "password": PASSWORD}
    answer = await ask(town, fields, basic(app))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert list(body) == [*KEYS, "refresh_token"]
    return body


async def test_a_client_logs_in_by_a_form_and_by_basic(town: World, app: ClientCredentials) -> None:
    grant = {"grant_type": "client_credentials"}
    for answer in (
        await ask(town, grant | in_body(app)),
        await ask(town, grant, basic(app)),
        await ask(town, grant | {"client_id": app.client_id}, basic(app)),
        await ask(town, grant | {"scope": "everything", "audience": "x"}, basic(app)),
        await ask(town, grant | in_body(app), "Basic nonsense"),  # the body's are enough
        await ask(town, grant, basic(app).replace("Basic", "bASIC")),
        await ask(town, grant, basic(app), kind=f"{FORM.upper()}; charset=UTF-8"),
        await ask(town, '{"grant_type": "client_credentials"}', basic(app), kind="application/json"),
        await ask(town, ' {"grant_type": "client_credentials"}', basic(app)),  # as `curl -d` names it
    ):
        assert answer.status_code == 200, answer.text
        assert list(answer.json()) == KEYS
        assert answer.headers["cache-control"] == "no-store"


async def test_the_metadata_says_where_and_how_a_client_logs_in(
    town: World, app: ClientCredentials
) -> None:
    metadata = (await town.http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == "http://huggg.test"
    assert metadata["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
    ]
    assert metadata["grant_types_supported"] == ["client_credentials", "password", "refresh_token"]
    for endpoint, fields in (
        ("token_endpoint", {"grant_type": "client_credentials"}),
        ("revocation_endpoint", {"token": "x"}),
    ):
        path = metadata[endpoint].removeprefix(metadata["issuer"])
        assert (await ask(town, fields, basic(app), path=path)).status_code == 200


async def test_a_user_logs_in_refreshes_and_logs_out_by_forms(
    town: World, app: ClientCredentials, username: str
) -> None:
    pair = await log_in(town, app, username)
    again = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"], "scope": ""}
    fresh = await ask(town, again, basic(app))
    assert (fresh.status_code, list(fresh.json())) == (200, [*KEYS, "refresh_token"])
    repeated = await ask(town, again | in_body(app), "Bearer expired")
    assert repeated.content == fresh.content
    me = "/api/v2/auth/me"
    assert (await town.call("GET", me, fresh.json()["access_token"])).status_code == 200
    fields = {"token": fresh.json()["refresh_token"], "token_type_hint": "pigeon"}
    for _ in range(2):  # an unknown token, too, is 200
        answer = await ask(town, fields, basic(app), path="/oauth/revoke")
        assert (answer.status_code, answer.json()) == (200, {})
    assert (await town.call("GET", me, fresh.json()["access_token"])).status_code == 401


async def test_a_user_logs_in_by_a_form_with_each_proof_of_the_client(
    town: World, app: ClientCredentials, username: str
) -> None:
    fields = {"grant_type": "password", "username": username, "password": PASSWORD}
    token = (await ask(town, {"grant_type": "client_credentials"}, basic(app))).json()["access_token"]
    for answer in (
        await ask(town, fields, f"Bearer {token}"),
        await ask(town, fields | in_body(app)),
        await ask(town, fields | in_body(app), "Bearer expired"),
    ):
        assert answer.status_code == 200, answer.text


UNKNOWN_GRANT = "grant_type: must be client_credentials, password or refresh_token."


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ("", "invalid_request", "grant_type: is required."),
        ("grant_type=", "invalid_request", "grant_type: is required."),
        ("grant_type", "invalid_request", "grant_type: is required."),
        ("grant_type=implicit", "unsupported_grant_type", UNKNOWN_GRANT),
        ("grant_type=password&password=x", "invalid_request", "username: is required."),
        ("grant_type=password&username=x&password=", "invalid_request", "password: is required."),
        ("grant_type=refresh_token", "invalid_request", "refresh_token: is required."),
        (
            "grant_type=password&grant_type=password",
            "invalid_request",
            "grant_type: is given more than once.",
        ),
        (
            'grant_type=password&"\\"=1&"\\"=2',
            "invalid_request",
            "body: is given more than once.",
        ),
        ("grant_type=password&username=a%00b", "invalid_request", "username: must not contain NUL."),
        ("grant_type=%ff", "invalid_request", "The body is not a valid form."),
        (b"grant_type=\xff", "invalid_request", "The body is not a valid form."),
        ("&".join(["a=b"] * 101), "invalid_request", "The body is not a valid form."),
        (
            f"grant_type={'x' * 300}",
            "invalid_request",
            "grant_type: must be text of at most 255 characters.",
        ),
    ],
)
async def test_a_form_that_makes_no_sense_is_told_why(
    town: World, app: ClientCredentials, fields: str | bytes, error: str, says: str
) -> None:
    await refused(town, fields, basic(app), status=400, error=error, says=says)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer nonsense",
        "Basic",
        "Basic !!!",
        "Basic bm8gY29sb24=",
        f"Basic {b64encode(b'a:%ff').decode()}",
        f"Basic {b64encode(bytes([0xFF, 0x3A, 0xFF])).decode()}",
        f"Basic {b64encode(b'a%00b:c').decode()}",
        f"Basic {b64encode(b'nobody:nothing').decode()}",
    ],
)
async def test_a_client_without_credentials_that_fit_is_invalid(town: World, header: str | None) -> None:
    if header is None or header.startswith("Bearer"):
        says = "client_id: is required."
    else:
        says = "Authentication failed."
    fields = {"grant_type": "client_credentials"}
    await refused(town, fields, header, status=401, error="invalid_client", says=says)


async def test_basic_of_another_client_than_the_bodys_is_invalid(
    town: World, app: ClientCredentials
) -> None:
    fields = {"grant_type": "client_credentials", "client_id": "another"}
    says = "Authentication failed."
    await refused(town, fields, basic(app), status=401, error="invalid_client", says=says)


async def test_a_wrong_password_or_refresh_token_is_an_invalid_grant(
    town: World, app: ClientCredentials, username: str
) -> None:
    says = "Authentication failed."
    for fields in (
        {"grant_type": "password", "username": username, "password": "wrong"},
        {"grant_type": "password", "username": "nobody", "password": PASSWORD},
        {"grant_type": "refresh_token", "refresh_token": "nonsense"},
    ):
        await refused(town, fields, basic(app), status=400, error="invalid_grant", says=says)


async def test_a_client_that_may_not_log_in_users_is_unauthorized(town: World, username: str) -> None:
    credentials = ClientCredentials(str(new_id()), "secret")
    database, vault = town.platform.database, town.platform.vault
    await create_client(database, vault, credentials, name="a window", logs_in_users=False)
    fields = {"grant_type": "password", "username": username, "password": PASSWORD}
    await refused(
        town, fields, basic(credentials), status=400, error="unauthorized_client", says="Forbidden."
    )


async def test_json_with_basic_is_refused_as_published_with_a_challenge_of_basic(town: World) -> None:
    body = '{"grant_type": "client_credentials"}'
    unknown_client = f"Basic {b64encode(b'nobody:nothing').decode()}"
    answer = await ask(town, body, unknown_client, kind="application/json")
    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failed."})
    assert answer.headers["www-authenticate"] == CHALLENGE


async def test_a_logout_needs_the_client_and_a_token(
    town: World, app: ClientCredentials, username: str
) -> None:
    pair = await log_in(town, app, username)
    async with nothing_moves(town.platform.database):
        unproven = await ask(town, {"token": pair["access_token"]}, path="/oauth/revoke")
        lacking = await ask(town, {"token_type_hint": "x"}, basic(app), path="/oauth/revoke")
    assert (unproven.status_code, unproven.json()["error"]) == (401, "invalid_client")
    assert (lacking.status_code, lacking.json()["error"]) == (400, "invalid_request")
    assert lacking.json()["error_description"] == "token: is required."
