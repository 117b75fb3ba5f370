"""The document and its page, as they are served."""

from __future__ import annotations

from tests.support.openapi import DOCUMENT
from tests.support.world import World


async def test_the_document_is_served_as_it_is_committed(town: World) -> None:
    answer = await town.call("GET", "/schema/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content + b"\n" == DOCUMENT.read_bytes()


async def test_the_page_is_served_and_may_load_nothing(town: World) -> None:
    answer = await town.call("GET", "/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "Turn a huggg into its code" in answer.text
