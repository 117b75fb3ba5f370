"""The main job leaves a line a request, and not one secret of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from huggg.identity.api_keys import create_key, new_key
from huggg.identity.caller import UserKind
from huggg.identity.create import create_user
from huggg.identity.passwords import Passwords
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.keys import TEST_KEYS
from tests.support.merchants import add_merchant, load
from tests.support.processes import environment_of, serving
from tests.support.sql import scalar
from tests.support.world import CLIENT, World

PASSWORD = "correct horse battery"
PHONE = "+447400123456"
MESSAGE = "Happy birthday, you old rascal!"
POOL_CODE = "CINEMA-4711-CODE"
WRONG = "wr0ng-secret-guess"


@asynccontextmanager
async def logged(
    world: World, settings: Settings, folder: Path, level: str
) -> AsyncIterator[tuple[World, list[dict[str, Any]]]]:
    """Serve the world in a process of its own; when it has stopped, its lines are there to read."""
    lines: list[dict[str, Any]] = []
    environment = environment_of(settings) | {"HUGGG_LOG_LEVEL": level}
    async with serving(environment, folder) as server:
        async with httpx2.AsyncClient(base_url=server.url, trust_env=False) as http:
            yield replace(world, http=http), lines
        await server.stop()
        log = server.log_text().splitlines()
    lines += [json.loads(line) for line in log if not line.startswith("huggg is serving")]


async def test_no_line_of_the_whole_main_job_holds_a_secret(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    database, vault = world.platform.database, world.platform.vault
    username = "dora@example.org"
    await create_user(
        database,
        vault,
        Passwords(),
        kind=UserKind.CUSTOMER,
        name="Dora",
        username=username,
        password=PASSWORD,
    )
    team = await scalar(database, "SELECT team_id FROM users WHERE id = $1", world.amara.id)
    key = new_key()
    await create_key(database, vault, key, team_id=team, name="program")
    cinema = await add_merchant(world.platform, 4)
    await load(world.platform, cinema.segments[0], [POOL_CODE])
    secrets = {PASSWORD, WRONG, CLIENT.client_secret, key.key, PHONE, MESSAGE, POOL_CODE, username}
    secrets |= {person.token for person in (world.amara, world.till, world.cleo)}
    secrets |= {world.client_token, settings.keys or "", TEST_KEYS[1].hex(), "idem-key-77"}

    async with logged(world, settings, tmp_path, "debug") as (served_world, lines):
        secrets |= await main_job(served_world, cinema.segments[0], cinema.product, username, key.key)
    assert len(lines) > 15
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    assert sorted(secret for secret in secrets if secret in text) == []


async def main_job(world: World, segment: Any, ticket: Any, username: str, key: str) -> set[str]:
    """Log in, buy, look, redeem, unredeem; and do each wrong once. Gives the secrets used."""
    http = world.http
    client = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
    first = await http.post("/oauth/token", json={"grant_type": "client_credentials", **client})
    access = first.json()["access_token"]
    login = {"grant_type": "password", "username": username, "password": PASSWORD}
    bearer = {"Authorization": f"Bearer {access}"}
    pair = (await http.post("/oauth/token", json=login, headers=bearer)).json()
    await http.post("/oauth/token", json={**login, "password": WRONG}, headers=bearer)
    await http.post("/oauth/token", content=b'{"password": "wr0ng-secret-guess"')
    again = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"], **client}
    fresh = (await http.post("/oauth/token", json=again)).json()

    receivers = [{"phone_number": PHONE}, {"user_id": str(world.bo.id)}]
    hugggs = await world.buy(receivers=receivers, message=MESSAGE, quantity=2)
    code, redeem_code = hugggs[0]["shortcode"], hugggs[0]["redeem_code"]
    (seat,) = await world.buy(ticket)
    path = f"/api/v2/hugggs/{seat['shortcode']}/voucher"
    shown = await world.call("POST", path, world.amara, {"segmentId": str(segment)})
    assert shown.json()["data"]["code"] == POOL_CODE
    await world.call("GET", f"/api/v2/hugggs/{code}", world.amara)
    await world.call("GET", f"/api/v2/hugggs/{code}", "nonsense" + WRONG)
    await world.call("GET", f"/api/v2/hugggs/{WRONG}", world.amara)
    await world.call("GET", f"/{code}", world.amara)
    await world.call("GET", f"/api/v2/hugggs/{code}/product/adjustment-codes", world.till)
    await world.call("POST", f"/api/v2/hugggs/{code}/redemptions", world.till, WRONG)
    assert (await world.redeem(code, Idempotency_Key="idem-key-77")).status_code == 201
    assert (await world.redeem(code)).status_code == 405
    assert (await world.unredeem(code)).status_code == 200
    await http.get("/api/v2/brands", headers={"X-Huggg-API-Key": key})
    await http.get(f"/api/v2/brands?token={WRONG}&code={code}", headers={"X-Huggg-API-Key": WRONG})
    await http.request("BREW", f"/api/v2/hugggs/{code}")
    body = {"token": fresh["access_token"], **client}
    await http.post("/oauth/revoke", json=body)
    codes = {code, redeem_code, hugggs[1]["shortcode"], seat["shortcode"], seat["redeem_code"]}
    return {
        access,
        *codes,
        *(p[name] for p in (pair, fresh) for name in ("access_token", "refresh_token")),
    }


async def test_every_request_leaves_one_line(world: World, settings: Settings, tmp_path: Path) -> None:
    async with logged(world, settings, tmp_path, "info") as (there, lines):
        headers = {"X_Request_Id": "r-1"}
        await there.call("GET", "/api/v2/hugggs/nosuchcode", there.amara, **headers)
        await there.call("GET", "/api/v2/brands", X_Request_Id="r-2")
        await there.call("GET", "/nowhere", X_Request_Id="r-3")
        client = {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
        token = {"grant_type": "client_credentials", **client}
        await there.call("POST", "/oauth/token", json=token, X_Request_Id="r-4")
    named_lines = [line for line in lines if line.get("request_id", "").startswith("r-")]
    by_request = {line["request_id"]: line for line in named_lines}
    assert len(named_lines) == 4
    for line in by_request.values():
        assert line.pop("milliseconds") >= 0
        assert line.pop("timestamp").endswith("Z")
        assert (line.pop("event"), line.pop("level")) == ("request", "info")
        assert line.pop("address") == "127.0.0.1"
    amara = {"client_id": CLIENT.client_id, "user_id": str(world.amara.id)}
    no_caller = {"client_id": None, "user_id": None}
    assert by_request == {
        "r-1": {"request_id": "r-1", "operation": "showHuggg", "method": "GET", "status": 404, **amara},
        "r-2": {
            "request_id": "r-2",
            "operation": "listBrands",
            "method": "GET",
            "status": 401,
            **no_caller,
        },
        "r-3": {"request_id": "r-3", "operation": None, "method": "GET", "status": 404, **no_caller},
        "r-4": {
            "request_id": "r-4",
            "operation": "logIn",
            "method": "POST",
            "status": 200,
            "client_id": CLIENT.client_id,
            "user_id": None,
        },
    }


async def test_lines_logged_on_the_way_carry_the_requests_id(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("huggg.hugggs.visible.reference", broken)
    async with served(replace(settings, log_level="info")) as http:
        there = replace(world, http=http)
        await there.call("GET", "/api/v2/hugggs/x", there.amara, X_Request_Id="r-5")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    [error] = [line for line in lines if line["event"] == "unexpected error"]
    assert (error["request_id"], error["level"]) == ("r-5", "error")
    assert "RuntimeError: secret detail" in error["exception"]  # an exception of ours, for us to read
    [line] = [line for line in lines if line["event"] == "request"]
    assert (line["request_id"], line["status"]) == ("r-5", 500)


async def test_a_row_that_postgres_quotes_is_not_logged(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def clumsy(*_: object) -> None:
        database = world.platform.database
        new = "INSERT INTO users (id, kind, name, phone_number)"
        values = "VALUES (gen_random_uuid(), 'customer', 'x', $1) RETURNING 1"
        await scalar(database, f"{new} {values}", PHONE)
        await scalar(database, f"{new} {values}", PHONE)

    monkeypatch.setattr("huggg.hugggs.visible._is_seen_by", clumsy)
    async with served(replace(settings, log_level="info")) as http:
        there = replace(world, http=http)
        answer = await there.call("GET", "/api/v2/hugggs/x", there.amara)
    output = capfd.readouterr().err
    assert (answer.status_code, "UniqueViolationError" in output, PHONE in output) == (500, True, False)
