"""Caching and compression: the catalogue and the documents have both, all else has neither."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from huggg.html.assets import Assets
from huggg.http.route import Route
from huggg.identity.permissions import PERMISSIONS, Scope, Standing
from huggg.server.routes import ROUTES
from tests.support.cast import REQUESTS, gather_cast
from tests.support.openapi import WRITTEN, embedding
from tests.support.world import Person, World

KEPT = [
    "listBrands",
    "showBrand",
    "listProducts",
    "showProduct",
    "listStores",
    "showTiles",
    "listSigningKeys",
    "showOfflineKit",
    "showTillKit",
    "showOpenApi",
    "showReference",
    "showAsset",
]
KEEPABLE = [route for route in ROUTES if route.operation.keepable]

OF_A_MERCHANT = {"showOfflineKit": "showOfflineKit", "showTillKit": "showOfflineKit"}
"""Operations for a merchant's tills alone, and the one that describes their answer."""

TELLING = {
    *("code", "codes", "shortcode", "redeem_code", "launch_url", "access_token", "refresh_token"),
    *("username", "phone_number", "message", "sender_id", "receiver_id", "account_id"),
    *("voucher_id", "redemption_id"),
}
"""Names of fields that hold a code, a token or a person's data."""


async def ask(
    town: World, path: str, method: str = "GET", caller: Person | None = None, **headers: str
) -> httpx2.Response:
    headers.setdefault("Accept_Encoding", "identity")
    return await town.call(method, path, caller or town.amara, **headers)


def paths_of(town: World) -> dict[str, str]:
    return {
        "listBrands": "/api/v2/brands?embed[]=products&embed[]=stores",
        "showBrand": f"/api/v2/brands/{town.harbour}",
        "listProducts": "/api/v2/products?per_page=3",
        "showProduct": f"/api/v2/products/{town.coffee}?embed[]=brand",
        "listStores": "/api/v2/stores",
        "showTiles": "/api/v2/tiles/61.091,-11.042:49.655,2.104",
        "listSigningKeys": "/api/v2/signing-keys",
        "showOfflineKit": "/api/v2/offline-kit",
        "showOpenApi": "/schema/openapi.json",
        "showReference": "/docs",
        "showAsset": Assets().path("html/huggg.css"),
    }


def test_these_operations_may_be_kept_and_no_others() -> None:
    assert [route.operation.id for route in KEEPABLE] == sorted(KEPT, key=KEPT.index)
    assert {route.method for route in KEEPABLE} == {"GET"}


@pytest.mark.parametrize("route", KEEPABLE, ids=lambda route: route.operation.id)
def test_nothing_that_is_compressed_shows_a_code_or_a_person(route: Route) -> None:
    permission, embeds = PERMISSIONS[route.operation.id], route.operation.embeds
    described_by = OF_A_MERCHANT.get(route.operation.id)
    if described_by is not None:  # a till's kit says which codes it may not accept, and shows none
        [route] = [each for each in KEEPABLE if each.operation.id == described_by]
        permission = PERMISSIONS[described_by]
        assert permission.standings == {Standing.MERCHANT}
    else:
        assert permission.public or permission.scope is Scope.CATALOGUE_READ
    if route.operation.is_page:  # the same for every reader: its route is given nothing to differ by
        assert {"reference", "assets", "name"}.issuperset(route.takes)
        return
    if embeds is not None:
        embedding().check(embeds, embeds.relations, {Scope.CATALOGUE_READ})  # raises Forbidden
    content = WRITTEN["paths"][route.paths[0]]["get"]["responses"]["200"]["content"]
    assert not TELLING & fields_of(content)


def fields_of(schema: object) -> set[str]:
    """All names that an answer of this schema can have, at any depth."""
    fields: set[str] = set()
    waiting, schemas = [schema], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            fields |= set(part.get("properties", ()))
            name = part.get("$ref", "").rpartition("/")[2]
            if name and name not in schemas:
                schemas.add(name)
                waiting.append(WRITTEN["components"]["schemas"][name])
            waiting += [value for key, value in part.items() if key not in ("example", "examples")]
    return fields


@pytest.mark.parametrize("operation", [name for name in KEPT if name != "showTillKit"])
async def test_a_caller_that_has_an_answer_is_told_that_it_holds(town: World, operation: str) -> None:
    path = paths_of(town)[operation]
    caller = town.till if operation in OF_A_MERCHANT else town.amara
    first = await ask(town, path, caller=caller)
    tag = first.headers["etag"]
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', tag)
    if operation != "showAsset":  # which is kept for longer
        assert first.headers["cache-control"] == "private, no-cache"
    for tags in (tag, tag.removeprefix("W/"), f'"old", {tag}', "*"):
        for method in ("GET", "HEAD"):
            again = await ask(town, path, method, caller, If_None_Match=tags)
            assert (again.status_code, again.content) == (304, b""), tags
            for name in ("etag", "cache-control", "vary"):
                assert again.headers[name] == first.headers[name]
            assert "content-length" not in again.headers
            assert "content-type" not in again.headers
    for tags in ('"old"', tag.replace("W/", "w/"), "nonsense"):
        other = await ask(town, path, caller=caller, If_None_Match=tags)
        assert (other.status_code, other.content) == (200, first.content)


async def test_lines_of_one_header_are_one_list(town: World) -> None:
    tag = (await ask(town, "/docs")).headers["etag"]
    lines = [("If-None-Match", '"old"'), ("If-None-Match", tag)]
    assert (await town.http.get("/docs", headers=lines)).status_code == 304


async def test_a_tag_differs_with_all_that_a_caller_sees(town: World) -> None:
    paths = [
        "/api/v2/brands",
        "/api/v2/brands?embed[]=products",
        "/api/v2/brands?platform=app",
        "/api/v2/brands?per_page=1",
        "/api/v2/brands?page=2",
    ]
    tags = [(await ask(town, path)).headers["etag"] for path in paths]
    assert len(set(tags)) == len(tags)
    elsewhere = await ask(town, paths[0], Host="127.0.0.2")
    assert elsewhere.headers["etag"] not in tags


async def test_a_tag_no_longer_holds_when_a_brand_changed(world: World) -> None:
    before = await ask(world, "/api/v2/brands")
    async with world.platform.database.transaction() as connection:
        await connection.execute(
            "UPDATE brands SET published = jsonb_set(published::jsonb, '{name}', '\"New\"')"
            " WHERE id = $1",
            world.harbour,
        )
    after = await ask(world, "/api/v2/brands", If_None_Match=before.headers["etag"])
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize("path", ["/docs", "/schema/openapi.json", "/api/v2/brands?embed[]=stores"])
async def test_large_answers_are_compressed_for_who_takes_it(town: World, path: str) -> None:
    plain = await ask(town, path)
    assert "content-encoding" not in plain.headers
    for accepted in ("gzip", "X-GZIP;q=0.5", "br, *;q=0.1"):
        packed = await ask(town, path, Accept_Encoding=accepted)
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
        assert packed.headers["etag"] == plain.headers["etag"]
        assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding, Origin"
        head = await ask(town, path, "HEAD", Accept_Encoding=accepted)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-encoding", "etag", "vary"):
            assert head.headers[name] == packed.headers[name]
    for refused in ("gzip;q=0", "identity", "br", "*;q=0"):
        assert "content-encoding" not in (await ask(town, path, Accept_Encoding=refused)).headers


async def test_small_answers_are_sent_as_they_are(town: World) -> None:
    answer = await ask(town, "/api/v2/brands?id[]=", Accept_Encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding, Origin"


async def test_nothing_else_is_kept_compressed_or_left_away(town: World) -> None:
    cast = await gather_cast(town)
    asking = {
        "Accept_Encoding": "gzip",
        "If_None_Match": "*",
        "Authorization": f"Bearer {town.amara.token}",
    }
    for name, request in REQUESTS.items():
        method, path, body = await request(cast, "participant", "own")
        for caller in (None, cast.people["participant"]):
            headers = (
                asking
                if caller is None
                else {k: asking[k] for k in ("Accept_Encoding", "If_None_Match")}
            )
            answer = await town.call(method, path, caller, body, **headers)
            assert answer.headers["x-content-type-options"] == "nosniff"
            if name not in KEPT or answer.status_code >= 400:
                assert answer.headers.get_list("cache-control") == ["no-store"], name
                assert answer.status_code != 304, name
                assert not {"etag", "content-encoding", "vary"} & set(answer.headers), name


async def test_refusals_are_kept_nowhere(town: World) -> None:
    await town.buy(quantity=1)
    calls: list[tuple[str, str, Person | str | None, Any, int]] = [
        ("GET", "/api/v2/brands", None, None, 401),
        ("POST", "/api/v2/search", town.client_token, {}, 403),
        ("GET", f"/api/v2/brands/{town.coffee}", town.amara, None, 404),
        ("GET", "/nowhere", town.amara, None, 404),
        ("DELETE", "/api/v2/brands", town.amara, None, 405),
        ("GET", "/api/v2/brands?page=0", town.amara, None, 422),
        ("OPTIONS", "/api/v2/brands", None, None, 204),
    ]
    for method, path, caller, body, status in calls:
        answer = await town.call(method, path, caller, body)
        assert answer.status_code == status
        assert answer.headers.get_list("cache-control") == ["no-store"]
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_replays_are_kept_nowhere(town: World) -> None:
    order = town.order()
    for replayed in (None, "true"):
        answer = await town.call(
            "POST", "/api/v2/transactions", town.amara, order, Idempotency_Key="one"
        )
        assert answer.headers.get("idempotent-replayed") == replayed
        assert answer.headers.get_list("cache-control") == ["no-store"]
