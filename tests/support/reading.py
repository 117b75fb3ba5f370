"""Reading lists and entities over HTTP, and the two ways in which that is turned down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import httpx2

from tests.support.catalogue import Document

Query = Sequence[tuple[str, str]]

PAGE_KEYS = [
    *("current_page", "data", "from", "last_page", "next_page_url"),
    *("path", "per_page", "prev_page_url", "to", "total"),
]
"""Of a list without anything embedded, in the published order."""


async def read(client: httpx2.AsyncClient, path: str, query: Query = ()) -> Document:
    """Read something that is there."""
    answer = await client.get(f"{path}?{urlencode(query)}" if query else path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body: Document = answer.json()
    return body


async def refusal(client: httpx2.AsyncClient, path: str, query: Query = ()) -> tuple[int, Any]:
    """Give the status and the sentence with which a question is turned down."""
    answer = await client.get(f"{path}?{urlencode(query)}" if query else path)
    assert list(answer.json()) == ["error"]
    return answer.status_code, answer.json()["error"]


def paging(answer: Document) -> Document:
    """Give all of a page but its rows."""
    return {key: value for key, value in answer.items() if key not in ("data", "embedded")}
