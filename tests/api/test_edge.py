"""The edge: id, quota, CORS headers and error shape of every answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from huggg.identity.api_keys import create_key, new_key
from huggg.identity.create import ClientCredentials, create_client
from huggg.identity.log_in import open_session
from huggg.server.app import create_app
from huggg.settings.settings import Settings
from tests.conftest import served
from tests.support.sql import scalar
from tests.support.world import World

OURS = re.compile(r"[0-9a-f]{12}-[0-9a-f]+")
ORIGIN = {"Origin": "https://shop.example"}
TOO_MANY = {"error": "Too many requests. Please slow down."}

EVERYWHERE = [
    ("GET", "/api/v2/brands", 401),
    ("GET", "/api/v2/nonsense", 404),
    ("DELETE", "/api/v2/brands", 405),
    ("POST", "/oauth/token", 413),
    ("POST", "/oauth/token", 422),
    ("GET", "/api/v2/brands?" + "x" * 16_384, 414),
    ("GET", "/health/live", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERYWHERE)
async def test_every_answer_carries_an_id_and_can_be_read_by_a_page(
    town: World, method: str, path: str, status: int
) -> None:
    content = b" " * 1_000_001 if status == 413 else None
    first = await town.http.request(method, path, content=content, headers=ORIGIN)
    response = await town.http.request(
        method, path, content=content, headers={**ORIGIN, "X-Request-Id": "order-17.a_b"}
    )
    assert (first.status_code, response.status_code) == (status, status)
    assert OURS.fullmatch(first.headers["x-request-id"])
    assert response.headers["x-request-id"] == "order-17.a_b"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["access-control-expose-headers"] == (
        "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotent-Replayed,"
        " Huggg-Ignored, Huggg-Hint, Link, ETag, Preference-Applied, Content-Disposition, Date"
    )
    if status >= 400:
        assert list(first.json()) == ["error"]


async def test_a_defect_of_ours_carries_them_too(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("huggg.hugggs.visible.reference", broken)
    answer = await town.call("GET", "/api/v2/hugggs/x", town.amara, X_Request_Id="r1", **ORIGIN)
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "r1")
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_page_of_our_own_origin_is_told_nothing(town: World) -> None:
    answer = await town.http.get("/health/live")
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("path", ["/api/v2/brands", "/api/v2/nonsense", "/oauth/token", "/api/v9/x/y"])
async def test_a_browser_that_asks_is_told_what_it_may(town: World, path: str) -> None:
    headers = {**ORIGIN, "Access-Control-Request-Method": "PATCH"}
    answer = await town.http.options(path, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    cors_headers = {
        name: value for name, value in answer.headers.items() if name.startswith("access-control")
    }
    assert cors_headers == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST, PATCH, PUT, DELETE, OPTIONS",
        "access-control-allow-headers": "Content-Type, Accept, Authorization, X-Requested-With,"
        " Application, X-Auth-Token, Idempotency-Key, X-Huggg-API-Key, X-Request-Id, If-None-Match,"
        " Prefer",
        "access-control-max-age": "600",
        "access-control-expose-headers": "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id,"
        " Idempotent-Replayed, Huggg-Ignored, Huggg-Hint, Link, ETag, Preference-Applied,"
        " Content-Disposition, Date",
    }
    assert "ratelimit" not in answer.headers


async def test_an_answer_tells_how_much_may_still_be_asked(world: World) -> None:
    answer = await world.call("GET", "/api/v2/brands", world.amara)
    assert answer.headers["ratelimit-policy"] == '"caller";q=120000;w=60'
    match = re.fullmatch(r'"caller";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert match
    assert 119_000 < int(match[1]) < 120_000
    assert int(match[2]) == 1
    anonymous = await world.call("GET", "/api/v2/brands")
    assert anonymous.headers["ratelimit-policy"] == '"address";q=240000;w=60'
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert "ratelimit" not in (await world.http.get(path)).headers


@pytest.fixture
async def strict(settings: Settings, world: World) -> AsyncIterator[World]:
    """The same world behind a server that lets a caller ask five times, and an address nine."""
    few = replace(settings, caller_requests_max=5, address_requests_max=9)
    async with served(few) as http:
        yield replace(world, http=http)


async def test_a_caller_over_its_limit_is_told_when_to_come_back(strict: World) -> None:
    answers = [await strict.call("GET", "/api/v2/brands", strict.amara, **ORIGIN) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"caller";r=4;t=12',
        '"caller";r=3;t=24',
        '"caller";r=2;t=36',
        '"caller";r=1;t=48',
        '"caller";r=0;t=60',
        '"caller";r=0;t=60',
    ]
    refused = answers[-1]
    assert (refused.json(), refused.headers["retry-after"]) == (TOO_MANY, "12")
    assert refused.headers["access-control-allow-origin"] == "*"
    other = await strict.call("GET", "/api/v2/brands", strict.bo)
    assert other.status_code == 200


async def test_an_address_is_limited_before_anybody_looks_at_its_tokens(strict: World) -> None:
    bad = {"Authorization": "Bearer nonsense"}
    answers = [await strict.http.get("/api/v2/brands", headers={**bad, **ORIGIN}) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [401] * 9 + [429]
    refused = answers[-1]
    assert (refused.json(), refused.headers["retry-after"]) == (TOO_MANY, "7")
    assert refused.headers["ratelimit-policy"] == '"address";q=9;w=60'
    assert refused.headers["ratelimit"] == '"address";r=0;t=60'
    assert refused.headers["access-control-allow-origin"] == "*"
    assert refused.headers["content-type"] == "application/json"
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert (await strict.http.get(path)).status_code == 200
    headers = {**ORIGIN, "Access-Control-Request-Method": "GET"}
    assert (await strict.http.options("/api/v2/brands", headers=headers)).status_code == 204


async def test_two_clients_of_one_user_share_the_users_quota_and_a_key_has_its_own(
    settings: Settings, world: World
) -> None:
    database, vault = world.platform.database, world.platform.vault
    await create_client(database, vault, ClientCredentials("second", "s" * 43), name="second")
    pair = await open_session(database, vault, client_id="second", user_id=world.amara.id)
    team = await scalar(database, "SELECT team_id FROM users WHERE id = $1", world.amara.id)
    key = new_key()
    await create_key(database, vault, key, team_id=team, name="till program")
    async with served(replace(settings, caller_requests_max=2)) as http:
        strict = replace(world, http=http)
        assert (await strict.call("GET", "/api/v2/brands", strict.amara)).status_code == 200
        assert (await strict.call("GET", "/api/v2/brands", pair.access)).status_code == 200
        assert (await strict.call("GET", "/api/v2/brands", strict.amara)).status_code == 429
        with_key = await http.get("/api/v2/brands", headers={"X-Huggg-API-Key": key.key})
        assert with_key.status_code == 200


async def test_limits_can_be_switched_off(settings: Settings, world: World) -> None:
    off = replace(settings, caller_requests_max=0, address_requests_max=0)
    async with served(off) as http:
        answer = await replace(world, http=http).call("GET", "/api/v2/brands", world.amara)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


async def test_a_trusted_proxy_says_who_asks_and_where_links_lead(
    settings: Settings, world: World
) -> None:
    forwarded = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "api.example",
    }
    path = "/api/v2/hugggs/sent?per_page=1"
    headers = {**forwarded, "Authorization": f"Bearer {world.amara.token}"}
    await world.buy(quantity=2)

    async with served(replace(settings, address_requests_max=3)) as http:
        stranger = await http.get(path, headers=headers)
        assert stranger.json()["next_page_url"].startswith("http://huggg.test/")
        for number in (2, 3, 4):
            forged = {**headers, "X-Forwarded-For": f"198.51.100.{number}"}
            stranger = await http.get(path, headers=forged)
        assert stranger.status_code == 429

    trusting = replace(settings, address_requests_max=3, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with served(trusting) as http:
        answers = [await http.get(path, headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].json()["next_page_url"].startswith("https://api.example/api/v2/hugggs/sent")
        other = {**headers, "X-Forwarded-For": "203.0.113.9, 198.51.100.8"}
        assert (await http.get(path, headers=other)).status_code == 200
        odd = {**other, "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "x/y"}
        answer = await http.get(path, headers=odd)
        assert answer.json()["next_page_url"].startswith("http://huggg.test/")
        chain = {
            **other,
            "X-Forwarded-Proto": "HTTPS , http",
            "X-Forwarded-Host": "shop.example:8443, inner",
        }
        answer = await http.get(path, headers=chain)
        assert answer.json()["next_page_url"].startswith("https://shop.example:8443/api/v2/")


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("evil.example", "http://huggg.test/"),  # where the connection came to
        ("localhost.evil.example", "http://huggg.test/"),
        ("127.0.0.1.evil.example", "http://huggg.test/"),
        ("localhost:8080", "http://localhost:8080/"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ("[::1]:9000", "http://[::1]:9000/"),
        ("API.example:81", "http://API.example:81/"),  # listed
    ],
)
async def test_links_lead_to_no_host_that_a_caller_made_up(
    settings: Settings, world: World, host: str, base: str
) -> None:
    await world.buy(quantity=2)
    headers = {"Host": host, "Authorization": f"Bearer {world.amara.token}"}
    forged = {**headers, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    async with served(replace(settings, hosts=frozenset({"api.example"}))) as http:
        for sent in (headers, forged):
            answer = await http.get("/api/v2/hugggs/sent?per_page=1", headers=sent)
            assert answer.json()["next_page_url"].startswith(base)
            assert "evil" not in answer.text


async def test_every_405_tells_which_methods_there_are(world: World) -> None:
    (huggg,) = await world.buy()
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions"
    place = {"location_id": "bristol17"}
    unknown = await world.call("DELETE", path, world.till)
    assert (unknown.status_code, unknown.headers["allow"]) == (405, "OPTIONS, POST")
    assert unknown.json() == {"error": "Method not allowed."}
    assert (await world.call("POST", path, world.till, place)).status_code == 201
    spent = await world.call("POST", path, world.till, place, Idempotency_Key="k")
    replayed = await world.call("POST", path, world.till, place, Idempotency_Key="k")
    assert replayed.headers["idempotent-replayed"] == "true"
    for refused in (spent, replayed):
        assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")
        assert refused.json() == {"error": "huggg already redeemed."}


async def test_a_query_of_too_many_parts_is_refused(town: World) -> None:
    answer = await town.call("GET", "/api/v2/brands?" + "a&" * 1001, town.amara)
    assert (answer.status_code, answer.json()) == (422, {"error": "query: is not valid."})


async def test_an_address_that_is_too_long_is_refused_before_anything_is_looked_up(
    town: World,
) -> None:
    answer = await town.call("GET", "/api/v2/hugggs/" + "x" * 16_384, town.amara)
    assert (answer.status_code, answer.json()) == (
        414,
        {"error": "The address is longer than 16 KB."},
    )


@pytest.mark.parametrize("at_once_max", [1, 0])
async def test_a_caller_beyond_the_slots_is_told_to_come_back(
    settings: Settings, at_once_max: int
) -> None:
    async with served(replace(settings, requests_at_once_max=at_once_max)) as http:
        http.headers["Authorization"] = "Bearer nobody's"  # which the database has to be asked about
        answers = await asyncio.gather(*(http.get("/api/v2/brands") for _ in range(20)))
        alive = await asyncio.gather(*(http.get("/health/live") for _ in range(20)))
        afterwards = await http.get("/api/v2/brands")
        figures = (await http.get("/metrics")).text
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == ({401, 503} if at_once_max else {401})
    for answer in refused:
        assert answer.headers["retry-after"] == "1"
        assert answer.json() == {"error": "Temporarily unavailable. Please try again."}
        assert answer.headers["content-type"] == "application/json"
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
    counted = re.findall(r'^huggg_limited_total\{policy="at once"\} (\d+)', figures, re.MULTILINE)
    assert counted == ([str(len(refused))] if refused else [])
    assert {answer.status_code for answer in alive} == {200}
    assert afterwards.status_code == 401


async def test_a_caller_who_hangs_up_is_no_defect_of_ours(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(replace(settings, log_level="info"))
    sent: list[object] = []

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/oauth/token",
        "raw_path": b"/oauth/token",
        "query_string": b"",
        "headers": [(b"host", b"huggg.test")],
        "client": None,
        "scheme": "http",
        "state": {},
    }
    async with app.lifespan():
        await app(scope, gone, send)
    output = capfd.readouterr().err
    assert '"status":499' in output
    assert "unexpected error" not in output
