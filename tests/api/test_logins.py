"""Guessing passwords is slow, and does not keep the owner out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from ipaddress import ip_network

import httpx2
import pytest

from huggg.identity.attempts import PROGRAM_MULTIPLE
from huggg.identity.caller import UserKind
from huggg.identity.create import create_user
from huggg.identity.passwords import Passwords
from huggg.kit.codes import Vault
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.keys import TEST_KEYS
from tests.support.world import CLIENT, World

PASSWORD = "correct horse battery"
TOO_MANY = {"error": "Too many requests. Please slow down."}
FREE = 3

HOME, AWAY = "198.51.100.7", "203.0.113.9"


@dataclass(frozen=True, slots=True)
class Door:
    """A server where three log-ins may fail, and where a proxy says who is there."""

    http: httpx2.AsyncClient
    world: World

    async def knock(self, username: str, password: str, address: str) -> httpx2.Response:
        body = {"grant_type": "password", "username": username, "password": password}
        headers = {"Authorization": f"Bearer {self.world.client_token}", "X-Forwarded-For": address}
        return await self.http.post("/oauth/token", json=body, headers=headers)

    async def tries(self, times: int, username: str, password: str, address: str) -> list[int]:
        return [(await self.knock(username, password, address)).status_code for _ in range(times)]


@pytest.fixture
async def door(settings: Settings, world: World) -> AsyncIterator[Door]:
    database, passwords = world.platform.database, Passwords()
    for name in ("amara@acorn.example", "bo@example.org"):
        await create_user(
            database,
            Vault(TEST_KEYS),
            passwords,
            kind=UserKind.CUSTOMER,
            name=name,
            username=name,
            password=PASSWORD,
        )
    proxied = replace(settings, login_failures_max=FREE, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with served(proxied) as http:
        yield Door(http, world)


AMARA, BO = "amara@acorn.example", "bo@example.org"


async def test_after_a_few_failures_an_account_waits_where_they_came_from(door: Door) -> None:
    assert await door.tries(FREE, AMARA, "guess", AWAY) == [401] * FREE
    refused = await door.knock(AMARA, "guess", AWAY)
    assert (refused.status_code, refused.json()) == (429, TOO_MANY)
    assert refused.headers["retry-after"] == "20"
    right = await door.knock(AMARA, PASSWORD, AWAY)
    assert right.status_code == 429  # or else it would tell which guess is right


async def test_a_backend_whose_users_mistype_logs_the_others_in(door: Door) -> None:
    """It is one address, with a client's token that proves it: each account counts for itself."""
    names = [f"{number}@example.org" for number in range(4 * FREE)]
    assert [(await door.knock(name, "typo", HOME)).status_code for name in names] == [401] * 4 * FREE
    assert await door.tries(FREE + 1, AMARA, "typo", HOME) == [401] * FREE + [429]
    assert await door.tries(2, BO, PASSWORD, HOME) == [200, 200]


async def test_a_thief_of_a_clients_token_does_not_keep_its_backend_out(door: Door) -> None:
    for number in range(2 * PROGRAM_MULTIPLE * FREE):  # a failure is forgiven by and by
        if await door.tries(1, f"{number}@example.org", "guess", AWAY) == [429]:
            break
    assert number >= PROGRAM_MULTIPLE * FREE
    assert await door.tries(1, BO, PASSWORD, AWAY) == [429]
    assert await door.tries(1, BO, PASSWORD, HOME) == [200]


async def test_a_right_password_costs_nothing(door: Door) -> None:
    assert await door.tries(2 * FREE, AMARA, PASSWORD, HOME) == [200] * 2 * FREE
    assert await door.tries(FREE - 1, AMARA, "typo", HOME) == [401] * (FREE - 1)
    assert await door.tries(2 * FREE, AMARA, PASSWORD, HOME) == [200] * 2 * FREE


async def test_an_attacker_elsewhere_does_not_keep_the_owner_out(door: Door) -> None:
    """Failures from many addresses at once: at home, where none failed, the user still logs in."""
    for number in range(1, 3 * FREE):
        await door.knock(AMARA, "guess", f"203.0.113.{number}")
    assert await door.tries(2, AMARA, PASSWORD, HOME) == [200, 200]


async def test_many_addresses_together_guess_no_faster_at_one_account(door: Door) -> None:
    """Each has one guess; the second has to wait, as the account's allowance is used up."""
    for number in range(FREE):
        assert await door.tries(1, AMARA, "guess", f"203.0.113.{number}") == [401]
    assert await door.tries(1, AMARA, "guess", "203.0.113.0") == [429]
    assert await door.tries(2, AMARA, "guess", "203.0.113.77") == [401, 429]


async def test_a_hundred_guesses_at_once_are_no_more_than_a_few(door: Door) -> None:
    answers = await asyncio.gather(*(door.knock(AMARA, f"guess {n}", AWAY) for n in range(40)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(401) <= 2 * FREE - 1  # those under way when the last free one failed
    assert set(statuses) == {401, 429}


async def test_many_tills_that_start_together_behind_one_address_all_get_in(door: Door) -> None:
    answers = await asyncio.gather(*(door.knock(AMARA, PASSWORD, HOME) for _ in range(4 * FREE)))
    assert [answer.status_code for answer in answers] == [200] * 4 * FREE


async def test_a_till_with_an_old_secret_keeps_no_other_till_of_its_shop_out(door: Door) -> None:
    """They have one address, and maybe one client; beyond many failures even the right secret waits."""

    async def client(secret: str, **more: str) -> int:
        body = {"client_id": CLIENT.client_id, "client_secret": secret, **more}
        headers = {"X-Forwarded-For": HOME}
        path = "/oauth/revoke" if "token" in more else "/oauth/token"
        return (await door.http.post(path, json=body, headers=headers)).status_code

    refresh = {"grant_type": "refresh_token", "refresh_token": "dead"}
    assert [await client("old", **refresh) for _ in range(4 * FREE)] == [401] * 4 * FREE
    assert await client("old", token="x") == 401
    assert await client(CLIENT.client_secret, grant_type="client_credentials") == 200
    for number in range(2 * PROGRAM_MULTIPLE * FREE):  # a failure is forgiven by and by
        if await client(f"guess {number}", grant_type="client_credentials") == 429:
            break
    assert number >= (PROGRAM_MULTIPLE - 5) * FREE
    assert await client("old", grant_type="password", username="x", password="y") == 429
    assert await client(CLIENT.client_secret, grant_type="client_credentials") == 429


async def test_clients_with_dead_tokens_do_not_wait(door: Door) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": "dead"}
    body = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret, **refresh}
    for _ in range(PROGRAM_MULTIPLE * FREE + FREE):
        answer = await door.http.post("/oauth/token", json=body, headers={"X-Forwarded-For": HOME})
        assert answer.status_code == 401


async def test_it_can_be_switched_off(settings: Settings, world: World) -> None:
    async with served(replace(settings, login_failures_max=0)) as http:
        door = Door(http, world)
        assert await door.tries(12, "nobody", "guess", HOME) == [401] * 12
