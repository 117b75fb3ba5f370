"""Odd bytes in a header or a body are answered with a refusal and never a 500."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from huggg.http.route import Route
from huggg.kit.ids import new_id
from huggg.server.routes import ROUTES
from tests.support.world import World

ODD = [
    b"",
    b"\xff",
    b"Bearer \xff\xfe",
    b"Basic \xc3\xa9",
    "Bearer \u0661\u0662".encode(),
    b"Bearer " + b"x" * 8000,
    b"Bearer \x7f",
    b"\xed\xa0\x80",
    b'a,b;c="d',
]
HEADERS = ["Authorization", "X-Huggg-API-Key", "Idempotency-Key", "X-Request-Id", "Stripe-Signature"]
HEADERS += ["Content-Type", "Origin", "Host", "X-Forwarded-For", "Accept-Encoding", "If-None-Match"]

BODIES = {
    "arrays": b"[" * 100_000,
    "objects": b'{"a":' * 100_000,
    "unknown field": b'{"unknown":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "closed": b"[" * 5000 + b"]" * 5000,
    "surrogate": b'{"location_id":"\\ud800","grant_type":"\\ud800","segmentId":"\\udfff"}',
    "surrogate key": b'{"\\ud800":1}',
    "NUL": b'{"location_id":"\\u0000","grant_type":"\\u0000","segmentId":"\\u0000"}',
    "NUL key": b'{"\\u0000":1}',
    "raw NUL": b'{"location_id":"\x00"}',
    "no UTF-8": b'{"location_id":"\xff","grant_type":"\xff"}',
    "long number": b'{"quantity":' + b"9" * 10_000 + b"}",
    "exponent": b'{"quantity":1e999999}',
    "NaN": b'{"quantity":NaN}',
    "spaces": b" " * 10_000,
}


def paths(route: Route) -> Iterator[str]:
    for path in route.paths:
        for name in ("huggg_id", "transaction_id", "brand_id", "product_id", "team_id"):
            path = path.replace(f"{{{name}}}", str(new_id()))  # noqa: PLW2901 - one by one
        yield path.replace("{redemption_id}", "latest").replace("{corners}", "1,1:2,2")


TAKES_ANYTHING = {"receiveBounce"}
"""Operations whose body is a whole mail: one that is none of ours is answered, and changes nothing."""

WRITING = [
    route for route in ROUTES if route.method != "GET" and route.operation.id not in TAKES_ANYTHING
]


@pytest.mark.parametrize("route", WRITING, ids=lambda route: route.operation.id)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_no_body_is_too_odd(town: World, route: Route, body: bytes) -> None:
    for path, caller in product(paths(route), (town.amara, town.till, None)):
        headers = {} if caller is None else {"Authorization": f"Bearer {caller.token}"}
        answer = await town.http.request(route.method, path, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.json()["error"]


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", ODD)
async def test_no_header_is_too_odd(town: World, name: str, value: bytes) -> None:
    for route in ROUTES:
        for path in paths(route):
            headers = {b"Authorization": f"Bearer {town.amara.token}".encode()}
            headers[name.encode()] = value
            answer = await town.http.request(route.method, path, content=b"{}", headers=headers)
            assert answer.status_code < 500 or answer.status_code == 503, (path, answer.text)
