"""Errors: `{"error": "<sentence>"}` as JSON, with the status that is meant, and without a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from huggg.kit.ids import new_id
from tests.support.silence import nothing_moves
from tests.support.world import World

ID = "00000000-0000-4000-8000-00000000c0de"
NOT_FOUND = "Not found."
NOT_ALLOWED = "Method not allowed."
NOT_JSON = "The body is not valid JSON."
TOO_LARGE = "The body is larger than 1 MB."

BODIES = [
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("POST", "/api/v2/transactions"),
    ("POST", f"/api/v2/hugggs/{ID}/redemptions"),
    ("PATCH", f"/api/v2/hugggs/{ID}/redemptions/latest"),
]


def says(answer: httpx2.Response, status: int, sentence: str) -> None:
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})
    assert answer.headers["content-type"].startswith("application/json")


async def send(
    town: World, method: str, path: str, content: bytes | None = None, **headers: str
) -> httpx2.Response:
    authorization = {} if path.startswith("/oauth") else {"Authorization": f"Bearer {town.amara.token}"}
    async with nothing_moves(town.platform.database):
        return await town.http.request(method, path, content=content, headers=authorization | headers)


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v2",
        "/api/v2/nonsense",
        "/api/v1/brands",
        "/api/v2/BRANDS",
        "/api/v2/brands/1/more",
        f"/api/v2/hugggs/{ID}/redemptions/latest/more",
        f"/api/v2/hugggs/{ID}/product",
        "/oauth",
        "/schema",
        "/.env",
        "/api/v2/%00",
        "/api/v2/brands%2F",
        "/%F0%9F%98%B2",
    ],
)
async def test_a_route_that_does_not_exist_is_not_found(town: World, path: str) -> None:
    answer = await send(town, "GET", path)
    if path == "/api/v2/brands%2F":  # the server sees a slash, and slashes at the end are accepted
        assert answer.status_code == 200
        return
    says(answer, 404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/health/live", "/api/v2/brands", f"/api/v2/hugggs/{ID}", "/docs"])
async def test_every_get_is_answered_to_head_without_its_body(town: World, path: str) -> None:
    got, head = await send(town, "GET", path), await send(town, "HEAD", path)
    assert head.status_code == got.status_code
    compared = ("content-type", "content-length")
    assert [head.headers[name] for name in compared] == [got.headers[name] for name in compared]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v2/brands", "GET"),
        ("POST", "/api/v2/brands", "GET"),
        ("GET", "/api/v2/search", "POST"),
        ("PUT", "/api/v2/transactions", "POST"),
        ("POST", "/api/v2/hugggs/sent", "GET"),
        ("DELETE", f"/api/v2/hugggs/{ID}", "GET"),
        ("GET", f"/api/v2/hugggs/{ID}/redemptions", "POST"),
        ("DELETE", f"/api/v2/hugggs/{ID}/redemptions/latest", "PATCH"),
        ("GET", "/oauth/token", "POST"),
    ],
)
async def test_a_method_that_a_route_does_not_have_is_not_allowed(
    town: World, method: str, path: str, allowed: str
) -> None:
    answer = await send(town, method, path)
    says(answer, 405, NOT_ALLOWED)
    assert allowed in answer.headers["allow"]


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("body", [b"{", b"not json", b"\xff", b'{"x"}', b"{}{}"])
async def test_a_body_that_is_not_json_is_malformed(
    town: World, method: str, path: str, body: bytes
) -> None:
    says(await send(town, method, path, body), 400, NOT_JSON)


@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_a_body_that_is_no_object_is_refused(town: World, method: str, path: str) -> None:
    for body in (b"[]", b"null", b'"x"', b"7"):
        says(await send(town, method, path, body), 422, "body: must be an object.")


@pytest.mark.parametrize(("method", "path"), BODIES)
async def test_a_body_of_more_than_a_megabyte_is_too_large(town: World, method: str, path: str) -> None:
    says(await send(town, method, path, b" " * 1_000_001), 413, TOO_LARGE)


async def test_a_body_that_does_not_say_how_long_it_is_is_cut_off_too(town: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(21):
            yield b" " * 50_000

    answer = await town.http.post("/oauth/token", content=endless())
    says(answer, 413, TOO_LARGE)


async def test_a_body_of_just_a_megabyte_is_read(town: World) -> None:
    says(await send(town, "POST", "/oauth/token", b" " * 1_000_000), 400, NOT_JSON)


async def test_any_content_type_is_taken_for_json(town: World) -> None:
    for kind in ("text/plain", "application/x.hugggg.v1+json", "application/x-www-form-urlencoded", ""):
        answer = await send(
            town, "POST", "/oauth/token", b'{"grant_type": "x"}', **{"Content-Type": kind}
        )
        assert answer.status_code == 422, kind


@pytest.mark.parametrize(
    "path", ["/api/v2/hugggs/sent", "/api/v2/brands", f"/api/v2/transactions/{ID}/hugggs"]
)
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("page=0", "page: must be a whole number from 1 to 1000000000."),
        ("page=", "page: must be a whole number from 1 to 1000000000."),
        ("page=one", "page: must be a whole number from 1 to 1000000000."),
        ("page=-1", "page: must be a whole number from 1 to 1000000000."),
        ("page=1.5", "page: must be a whole number from 1 to 1000000000."),
        ("page=99999999999999999999", "page: must be a whole number from 1 to 1000000000."),
        ("page=%D9%A1", "page: must be a whole number from 1 to 1000000000."),
        ("page=2&page=x", "page: must be a whole number from 1 to 1000000000."),
        ("per_page=0", "per_page: must be a whole number from 1 to 100."),
        ("per_page=101", "per_page: must be a whole number from 1 to 100."),
        ("per_page=all", "per_page: must be a whole number from 1 to 100."),
        ("platform=%00", "query: must not contain NUL."),
        ("%00=1", "query: must not contain NUL."),
        ("embed[]=%FF", "query: is not valid."),
        ("q=%ED%A0%80", "query: is not valid."),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_by_name(
    town: World, path: str, query: str, sentence: str
) -> None:
    says(await send(town, "GET", f"{path}?{query}"), 422, sentence)


@pytest.mark.parametrize(
    "query", ["?", "?&&&", "?=", "?=x", "?page", "?%", "?a=%zz", "?embed[]=" + "x" * 5000]
)
async def test_a_strange_query_does_no_harm(town: World, query: str) -> None:
    answer = await send(town, "GET", f"/api/v2/hugggs/sent{query}")
    if query == "?page":
        says(answer, 422, "page: must be a whole number from 1 to 1000000000.")
    else:
        assert answer.status_code == 200


STRANGE = [
    "%00",
    "a%00b",
    "%20",
    "%FF",
    "%ED%A0%80",
    "%F0%9F%98%B2",
    "..",
    "%2e%2e",
    "%25",
    "'%20OR%201=1--",
    "null",
    "-1",
    "0",
    "x" * 10_000,
    "%F0%9F%98%B2" * 500,
    "%7B00000000-0000-4000-8000-00000000c0de%7D",
    "urn:uuid:00000000-0000-4000-8000-00000000c0de",
    "0000000000004000800000000000c0de",
    "00000000-0000-4000-8000-00000000c0dg",
]


@pytest.mark.parametrize("name", STRANGE)
async def test_a_strange_name_of_a_huggg_is_not_found(town: World, name: str) -> None:
    location, patch = b'{"location_id": "bristol17"}', b'{"redeemed": false}'
    calls: list[tuple[str, str, bytes | None, str]] = [
        ("GET", f"/api/v2/hugggs/{name}", None, "huggg not found"),
        ("GET", f"/api/v2/hugggs/{name}/product/adjustment-codes", None, "huggg not found"),
        ("POST", f"/api/v2/hugggs/{name}/redemptions", location, "huggg not found"),
        ("PATCH", f"/api/v2/hugggs/{name}/redemptions/latest", patch, "huggg not found"),
        ("GET", f"/api/v2/transactions/{name}/hugggs", None, "transaction not found"),
    ]
    for method, path, body, sentence in calls:
        answer = await send(town, method, path, body)
        if name in {"..", "%2e%2e"}:  # clients and servers make another path of it
            assert answer.status_code in {404, 405}
        else:
            says(answer, 404, sentence)


@pytest.mark.parametrize("name", STRANGE[:-6])
async def test_a_strange_name_of_a_redemption_is_not_found(town: World, name: str) -> None:
    (huggg,) = await town.buy()
    assert (await town.redeem(huggg["id"])).status_code == 201
    path = f"/api/v2/hugggs/{huggg['id']}/redemptions/{name}"
    async with nothing_moves(town.platform.database):
        answer = await town.call("PATCH", path, town.till, {"redeemed": False})
    if name in {"..", "%2e%2e"}:  # clients make the path of the huggg of it, which takes other fields
        assert answer.status_code in {404, 422}
    else:
        says(answer, 404, "redemption not found")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Basic dGVzdDp0ZXN0",
        "bearer",
        "Bearer a b",
        "Bearer " + "x" * 9000,
        "\x7f",
        "Token {0}",
    ],
)
async def test_a_header_without_a_bearer_token_is_turned_away(town: World, authorization: str) -> None:
    headers = {"Authorization": authorization.format(town.amara.token)}
    for path in ("/api/v2/brands", "/api/v2/hugggs/sent", f"/api/v2/hugggs/{ID}"):
        async with nothing_moves(town.platform.database):
            answer = await town.http.get(path, headers=headers)
        says(answer, 401, "Authentication failed.")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("other", ["Bearer {0}", "Bearer x", "Basic dGVzdDp0ZXN0"])
async def test_two_proofs_of_who_calls_prove_nothing(town: World, other: str) -> None:
    """A proxy may have checked the one that is not read."""
    token = town.amara.token
    proofs = [("Authorization", f"Bearer {token}"), ("Authorization", other.format(token))]
    for headers in (proofs, proofs[::-1]):
        async with nothing_moves(town.platform.database):
            answer = await town.http.get("/api/v2/hugggs/sent", headers=headers)
        says(answer, 401, "Authentication failed.")


async def test_authorization_comes_before_everything_else_that_may_be_wrong(town: World) -> None:
    for method, path in BODIES[2:]:
        async with nothing_moves(town.platform.database):
            answer = await town.http.request(method, f"{path}?page=x", content=b"{")
        says(answer, 401, "Authentication failed.")


@pytest.mark.parametrize(
    "path", ["/api/v2/brands", "/api/v2/hugggs/sent", "/api/v2/transactions", "/oauth/token"]
)
async def test_a_trailing_slash_changes_nothing(town: World, path: str) -> None:
    method = "POST" if path in {"/api/v2/transactions", "/oauth/token"} else "GET"
    answers = [await send(town, method, each_path, b"{}") for each_path in (path, f"{path}/")]
    first, second = answers
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert first.status_code in {200, 422}


async def test_a_defect_of_ours_tells_nothing(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("huggg.hugggs.visible.reference", broken)
    answer = await send(town, "GET", f"/api/v2/hugggs/{new_id()}")
    says(answer, 500, "Something went wrong on our side.")
    assert "secret" not in answer.text


async def test_the_health_of_a_process_and_of_its_database_can_be_asked(town: World) -> None:
    live, ready = [await send(town, "GET", f"/health/{what}") for what in ("live", "ready")]
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
