"""Operators lock people and programs out: at once, on every server, and it is in the events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from huggg.identity.api_keys import create_key, new_key
from huggg.identity.caller import UserKind
from huggg.identity.create import create_user
from huggg.identity.passwords import Passwords
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.commands import Huggg
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.world import CLIENT, World

AMY, PASSWORD, OTHER = "amy@acorn.example", "correct horse battery", "another horse battery"
ME = "/api/v2/auth/me"


@pytest.fixture
async def second(settings: Settings, world: World) -> AsyncIterator[httpx2.AsyncClient]:  # noqa: ARG001 - the world first
    """Another server on the same database, which has seen every user before."""
    async with served(settings) as http:
        yield http


@pytest.fixture
async def amy(world: World) -> str:
    user_id = await create_user(
        world.platform.database,
        world.platform.vault,
        Passwords(),
        kind=UserKind.CUSTOMER,
        name="Amy",
        username=AMY,
        password=PASSWORD,
    )
    return str(user_id)


def credentials(secret: str = CLIENT.client_secret) -> dict[str, str]:
    return {"client_id": CLIENT.client_id, "client_secret": secret}


async def log_in(http: httpx2.AsyncClient, password: str = PASSWORD) -> httpx2.Response:
    body = {"grant_type": "password", "username": AMY, "password": password}
    return await http.post("/oauth/token", json=body | credentials())


async def refresh(http: httpx2.AsyncClient, pair: dict[str, Any]) -> int:
    body = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    return (await http.post("/oauth/token", json=body | credentials())).status_code


async def opens(http: httpx2.AsyncClient, token: str, path: str = ME) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    status = (await http.get(path, headers=headers)).status_code
    assert status in (200, 401)
    return status == 200


async def events(world: World, *kinds: str) -> list[str]:
    rows = await sql(
        world.platform.database,
        "SELECT kind FROM events WHERE kind = ANY($1::text[]) ORDER BY id",
        list(kinds),
    )
    return [row["kind"] for row in rows]


async def test_a_disabled_user_is_out_at_once_everywhere(
    world: World, second: httpx2.AsyncClient, amy: str, huggg: Huggg
) -> None:
    pair = (await log_in(second)).json()
    assert await opens(second, pair["access_token"])
    result = await huggg("user", "disable", AMY.upper())
    assert (result.code, result.out) == (0, "Disabled. Logins ended: 1.\n")
    for http in (world.http, second):
        assert not await opens(http, pair["access_token"])
        assert (await log_in(http)).status_code == 401
        assert await refresh(http, pair) == 401
    assert (await huggg("user", "disable", amy)).out == "Disabled already.\n"
    assert (await huggg("user", "enable", amy)).out == "Enabled.\n"
    assert not await opens(second, pair["access_token"])  # the secret itself may be stolen
    assert await refresh(second, pair) == 401
    assert (await log_in(second)).status_code == 200
    assert await events(world, "user.disabled", "user.enabled") == ["user.disabled", "user.enabled"]


async def test_a_disabled_users_api_key_buys_nothing(
    world: World, second: httpx2.AsyncClient, huggg: Huggg
) -> None:
    platform, key = world.platform, new_key()
    team_id = await scalar(platform.database, "SELECT team_id FROM users WHERE id = $1", world.amara.id)
    await create_key(platform.database, platform.vault, key, team_id=team_id, name="A shop")
    headers = {"X-Huggg-API-Key": key.key}
    path = "/api/v2/transactions"
    assert (await second.post(path, json=world.order(), headers=headers)).status_code == 201
    user_id = str(await scalar(platform.database, "SELECT user_id FROM api_keys WHERE id = $1", key.id))
    assert (await huggg("user", "disable", user_id)).code == 0
    async with nothing_moves(platform.database):
        assert (await second.post(path, json=world.order(), headers=headers)).status_code == 401


async def test_a_new_password_ends_what_the_old_one_opened(
    world: World, second: httpx2.AsyncClient, amy: str, huggg: Huggg
) -> None:
    pair = (await log_in(second)).json()
    result = await huggg("user", "password", amy, typed=f"{OTHER}\n")
    assert (result.code, result.out) == (0, "The password is set. Logins ended: 1.\n")
    assert not await opens(second, pair["access_token"])
    assert await refresh(world.http, pair) == 401
    assert (await log_in(second)).status_code == 401
    assert (await log_in(second, OTHER)).status_code == 200
    assert await events(world, "user.password_set") == ["user.password_set"]
    async with nothing_moves(world.platform.database):
        short = await huggg("user", "password", AMY, typed="short\n")
    assert short.err == "huggg: A password has 8 to 2000 characters, none of them NUL.\n"


@pytest.mark.usefixtures("amy")
async def test_a_disabled_client_is_out_with_all_its_users(
    world: World, second: httpx2.AsyncClient, huggg: Huggg
) -> None:
    pair = (await log_in(second)).json()
    result = await huggg("client", "disable", CLIENT.client_id)
    assert result.out.startswith("Disabled. Logins ended: ")
    for http in (world.http, second):
        assert not await opens(http, pair["access_token"])
        assert not await opens(http, world.client_token, "/api/v2/brands")
        assert (await log_in(http)).status_code == 401
        assert await refresh(http, pair) == 401
    assert (await huggg("client", "enable", CLIENT.client_id)).out == "Enabled.\n"
    assert not await opens(second, pair["access_token"])
    assert (await log_in(second)).status_code == 200
    kinds = ("client.disabled", "client.enabled")
    assert tuple(await events(world, *kinds)) == kinds


async def test_a_clients_secrets_overlap_for_as_long_as_was_said(
    world: World, second: httpx2.AsyncClient, huggg: Huggg
) -> None:
    async def opened(secret: str) -> bool:
        body = {"grant_type": "client_credentials"} | credentials(secret)
        return (await second.post("/oauth/token", json=body)).status_code == 200

    async def rotate(*options: str) -> str:
        result = await huggg("client", "rotate-secret", CLIENT.client_id, *options)
        assert result.code == 0
        return result.value("client_secret")

    first = CLIENT.client_secret
    new = await rotate("--overlap-hours", "2")
    until = "SELECT previous_until - now() BETWEEN interval '1 h 59 min' AND interval '2 h' FROM clients"
    assert await scalar(world.platform.database, until) is True
    assert [await opened(secret) for secret in (first, new)] == [True, True]
    await sql(world.platform.database, "UPDATE clients SET previous_until = now() RETURNING 1")
    assert [await opened(secret) for secret in (first, new)] == [False, True]
    newer = await rotate()
    newest = await rotate("--overlap-hours", "0")
    assert [await opened(secret) for secret in (first, new, newer, newest)] == [
        False,
        False,
        False,
        True,
    ]
    assert await events(world, "client.secret_rotated") == ["client.secret_rotated"] * 3


async def test_logins_are_listed_and_ended_one_by_one_or_all(
    world: World, second: httpx2.AsyncClient, amy: str, huggg: Huggg
) -> None:
    one, two, three = [(await log_in(second)).json() for _ in range(3)]
    listed = json.loads((await huggg("session", "list", "--user", AMY, "--json")).out)
    assert [row["user"] for row in listed] == [AMY] * 3
    assert {row["client_id"] for row in listed} == {CLIENT.client_id}
    newest = listed[0]["id"]
    assert (await huggg("session", "end", newest)).out == "Logins ended: 1.\n"
    lives = [await opens(second, pair["access_token"]) for pair in (one, two, three)]
    assert lives == [True, True, False]
    again = await huggg("session", "end", newest)
    assert (again.code, again.err) == (1, "No active login has that id.\n")
    ended = await huggg("session", "end", "--user", amy, "--client", CLIENT.client_id)
    assert ended.out == "Logins ended: 2.\n"
    assert not await opens(second, two["access_token"])
    assert await opens(second, world.bo.token)
    assert (await huggg("session", "list", "--user", AMY)).out == "There is no such active login.\n"
    assert len(await events(world, "session.revoked")) == 3


async def test_at_a_removed_location_nobody_redeems_and_what_was_redeemed_there_stays(
    world: World, huggg: Huggg
) -> None:
    [spent], [unspent] = await world.buy(), await world.buy()
    assert (await world.redeem(spent["id"])).status_code == 201
    assert (await huggg("location", "remove", "bristol17")).out == "Removed.\n"
    async with nothing_moves(world.platform.database):
        refused = await world.redeem(unspent["id"])
    assert (refused.status_code, refused.json()) == (422, {"error": "Invalid location."})
    assert (await world.redeem(unspent["id"], location="bath2")).status_code == 201
    assert (await world.unredeem(spent["id"])).status_code == 200
    assert (await huggg("doctor")).code == 0
    assert (await huggg("location", "remove", "bristol17")).out == "Removed already.\n"
    [row] = [
        row
        for row in json.loads((await huggg("location", "list", "--json")).out)
        if row["id"] == "bristol17"
    ]
    assert row["removed_at"] is not None
    till = await huggg(
        *("user", "create", "till@harbour.example", "--kind", "merchant"),
        *("--brand", str(world.harbour), "--location", "bristol17"),
        typed=f"{PASSWORD}\n",
    )
    assert till.err == "huggg: bristol17 is not a location of that brand.\n"
    assert (await huggg("location", "restore", "bristol17")).out == "Restored.\n"
    assert (await world.redeem(spent["id"])).status_code == 201
    kinds = ("location.removed", "location.restored")
    assert tuple(await events(world, *kinds)) == kinds


async def test_people_and_programs_are_listed_and_shown(world: World, amy: str, huggg: Huggg) -> None:
    result = await huggg("client", "create", "Her shop", "--only-user", AMY.title())
    listed = json.loads((await huggg("user", "list", "--json")).out)
    assert [(row["id"], row["username"], row["active"]) for row in listed] == [(amy, AMY, True)]
    users = json.loads((await huggg("user", "list", "--all", "--json")).out)
    assert str(world.bo.id) in {row["id"] for row in users}
    shown = json.loads((await huggg("user", "show", " AMY@acorn.example.", "--json")).out)
    assert (shown["id"], shown["live_sessions"], shown["team"]) == (amy, 0, None)
    clients = json.loads((await huggg("client", "list", "--json")).out)
    assert [row["name"] for row in clients] == ["tests", "Her shop"]
    shown = json.loads((await huggg("client", "show", result.value("client_id"), "--json")).out)
    assert (shown["every_user"], shown["only_users"]) == (False, [AMY])
    assert AMY in (await huggg("user", "list")).out
    assert result.value("client_secret") not in (await huggg("client", "list")).out


async def test_a_username_from_a_web_page_is_cleaned_and_names_its_owner(
    world: World, huggg: Huggg
) -> None:
    text = " Amy\u200b@Acorn.example."
    assert (await huggg("user", "create", text, typed=f"{PASSWORD}\n")).code == 0
    [row] = json.loads((await huggg("user", "list", "--json")).out)
    assert (row["username"], row["name"]) == ("Amy@Acorn.example", "Amy@Acorn.example")
    assert (await log_in(world.http)).status_code == 200
    again = await huggg("user", "create", AMY, typed=f"{PASSWORD}\n")
    assert (again.code, again.err) == (1, f"huggg: The username {AMY} is taken.\n")


async def test_an_impossible_command_is_refused_and_changes_nothing(world: World, huggg: Huggg) -> None:
    await huggg("client", "list")  # the first command leaves a mark of its keys
    async with nothing_moves(world.platform.database):
        for words, sentence in {
            ("user", "disable", "nobody"): "There is no user nobody that could log in.",
            ("user", "show", "nobody"): "No user is called nobody.",
            ("user", "password", "nobody"): "No user is called nobody.",
            ("client", "disable", "nothing"): "There is no client nothing.",
            ("client", "rotate-secret", "nothing"): "There is no client nothing.",
            ("client", "show", "nothing"): "There is no client nothing.",
            ("session", "list", "--user", "nobody"): "No user is called nobody.",
            ("session", "end", "--client", "nothing"): "There is no client nothing.",
            ("location", "remove", "nowhere"): "There is no location nowhere.",
            ("team", "create", "a\x1b[31m"): "name: must not contain U+001B.",
            ("api-key", "create", "a\u202eb", "--team", str(world.wallet)): (
                "name: must not contain RIGHT-TO-LEFT OVERRIDE."
            ),
            ("client", "create", " "): "name: must have 1 to 255 characters.",
            ("brand", "create", "a\nb"): "name: must not contain U+000A.",
        }.items():
            result = await huggg(*words)
            assert (result.code, result.err) == (1, f"huggg: {sentence}\n")
        for words in (("session", "end"), ("session", "end", str(world.bo.id), "--user", "x")):
            assert (await huggg(*words)).code == 2


async def test_no_command_takes_a_secret_as_an_argument(world: World, huggg: Huggg) -> None:
    """Every user of the machine could read it in the list of processes."""
    of_client = ("token", "create", "--client-id", CLIENT.client_id)
    assert (await huggg(*of_client, "--client-secret", CLIENT.client_secret)).code == 2
    assert (await huggg("token", "revoke", world.bo.token)).code == 2
    result = await huggg(*of_client, HUGGG_CLIENT_SECRET=CLIENT.client_secret)
    assert await opens(world.http, result.out.strip(), "/api/v2/brands")
    assert (await huggg("token", "revoke", typed=result.out)).out == "Revoked.\n"
    assert not await opens(world.http, result.out.strip(), "/api/v2/brands")
