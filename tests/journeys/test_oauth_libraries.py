"""Off-the-shelf OAuth2 clients with their defaults, over HTTP, against a server that runs."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session as Authlib
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session as RequestsOauthlib

from huggg.identity.caller import UserKind
from huggg.identity.create import ClientCredentials, create_client, create_user, new_client_credentials
from huggg.identity.passwords import Passwords
from huggg.kit.platform import Platform
from huggg.settings.settings import Settings
from tests.support.processes import environment_of, serving

USERNAME, PASSWORD = "amy@acorn.example", "correct horse battery"


@dataclass(frozen=True, slots=True)
class Shop:
    """A server, and a program that is registered there."""

    url: str
    client_id: str
    secret: str

    @property
    def token_url(self) -> str:
        return f"{self.url}/oauth/token"


@pytest.fixture
async def shop(
    settings: Settings, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the server is on the loopback
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    credentials: ClientCredentials = new_client_credentials()
    await create_client(platform.database, platform.vault, credentials, name="a shop")
    await create_user(
        platform.database,
        platform.vault,
        Passwords(),
        kind=UserKind.CUSTOMER,
        name="Amy",
        username=USERNAME,
        password=PASSWORD,
    )
    async with serving(environment_of(settings), tmp_path) as server:
        yield Shop(server.url, credentials.client_id, credentials.client_secret)


async def test_requests_oauthlib_with_its_defaults(shop: Shop) -> None:
    await asyncio.to_thread(_requests_oauthlib, shop)


def _requests_oauthlib(shop: Shop) -> None:
    window = RequestsOauthlib(client=BackendApplicationClient(client_id=shop.client_id))
    window.fetch_token(shop.token_url, client_id=shop.client_id, client_secret=shop.secret)
    assert window.get(f"{shop.url}/api/v2/brands").status_code == 200

    included = RequestsOauthlib(client=BackendApplicationClient(client_id=shop.client_id, scope=["a"]))
    included.fetch_token(
        shop.token_url, client_id=shop.client_id, client_secret=shop.secret, include_client_id=True
    )

    amy = RequestsOauthlib(client=LegacyApplicationClient(client_id=shop.client_id))
    credentials = {"client_id": shop.client_id, "client_secret": shop.secret}
    token = amy.fetch_token(shop.token_url, username=USERNAME, password=PASSWORD, **credentials)
    assert token["expires_in"] == 3600
    assert amy.get(f"{shop.url}/api/v2/auth/me").json()["user"]["email"] == USERNAME
    fresh = amy.refresh_token(shop.token_url, **credentials)
    assert fresh["refresh_token"] != token["refresh_token"]
    basic = HTTPBasicAuth(shop.client_id, shop.secret)
    assert amy.refresh_token(shop.token_url, auth=basic)["access_token"] != fresh["access_token"]
    assert amy.get(f"{shop.url}/api/v2/auth/me").status_code == 200

    with pytest.raises(InvalidGrantError):
        amy.fetch_token(shop.token_url, username=USERNAME, password="wrong", **credentials)
    with pytest.raises(InvalidClientError):
        window.fetch_token(shop.token_url, client_id=shop.client_id, client_secret="wrong")


async def test_authlib_with_its_defaults(shop: Shop) -> None:
    await asyncio.to_thread(_authlib, shop)


def _authlib(shop: Shop) -> None:
    window = Authlib(shop.client_id, shop.secret)
    window.fetch_token(shop.token_url, grant_type="client_credentials")
    assert window.get(f"{shop.url}/api/v2/brands").status_code == 200

    posting = Authlib(shop.client_id, shop.secret, token_endpoint_auth_method="client_secret_post")
    posting.fetch_token(shop.token_url)

    amy = Authlib(shop.client_id, shop.secret, scope="profile")
    token = amy.fetch_token(shop.token_url, username=USERNAME, password=PASSWORD)
    assert amy.get(f"{shop.url}/api/v2/auth/me").json()["user"]["email"] == USERNAME
    fresh = amy.refresh_token(shop.token_url, refresh_token=token["refresh_token"])
    assert fresh["refresh_token"] != token["refresh_token"]
    out = amy.revoke_token(f"{shop.url}/oauth/revoke", fresh["access_token"])
    assert out.status_code == 200
    assert amy.get(f"{shop.url}/api/v2/auth/me").status_code == 401

    with pytest.raises(OAuthError, match="invalid_grant"):
        amy.fetch_token(shop.token_url, username=USERNAME, password="wrong")
    with pytest.raises(OAuthError, match="invalid_client"):
        Authlib(shop.client_id, "wrong").fetch_token(shop.token_url)


async def test_requests_as_simple_oauth2_sends_them(shop: Shop) -> None:
    """The library of Node: HTTP Basic, a form, and `Accept: application/json`."""
    joined = b64encode(f"{shop.client_id}:{shop.secret}".encode()).decode()
    headers = {
        "Authorization": f"Basic {joined}",
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with httpx2.AsyncClient(base_url=shop.url, headers=headers, trust_env=False) as http:
        granted = await http.post("/oauth/token", content="grant_type=client_credentials")
        assert granted.status_code == 200
        user = f"username={USERNAME}&password=correct%20horse%20battery&grant_type=password"
        pair = (await http.post("/oauth/token", content=user)).json()
        again = f"refresh_token={pair['refresh_token']}&grant_type=refresh_token"
        fresh = await http.post("/oauth/token", content=again)
        assert list(fresh.json()) == ["token_type", "expires_in", "access_token", "refresh_token"]
        out = f"token={fresh.json()['access_token']}&token_type_hint=access_token"
        assert (await http.post("/oauth/revoke", content=out)).status_code == 200
        assert (await http.post("/oauth/token", content=again)).json()["error"] == "invalid_grant"
