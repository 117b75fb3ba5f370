"""Gift pages judged by Lighthouse, as on a phone with a slow line; `make lighthouse` installs it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest

from tests.browser.shop import Shop, states
from tests.support.chromium import chromium_path
from tests.support.processes import ROOT

FOLDER = os.environ["HUGGG_TESTS_LIGHTHOUSE"]
"""Has the npm package."""

CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST = 0.98
JUDGED = ("waiting", "themed", "claimed", "pin", "segment", "choice", "redeemed", "group-waiting")

pytestmark = pytest.mark.timeout(900)


async def test_each_page_is_fast_open_to_all_and_sound(shop: Shop) -> None:
    paths = {name: path for name, path in (await states(shop)).items() if name in JUDGED}
    pages = [{"name": name, "url": shop.url + path} for name, path in paths.items()]
    shown = await shop.gallery.gift("harbour")
    code = {"name": "code shown", "url": f"{shop.url}/{shown.codes.shortcode}"}
    pages.append(code | {"button": "Show the code"})
    low = []
    async for line in judged(pages):
        print(line)  # noqa: T201 - the figures that `make lighthouse` is for
        page = json.loads(line)
        low += [line for category in CATEGORIES if (page[category] or 0) < LEAST]
    assert low == []


async def judged(pages: list[dict[str, str]]) -> AsyncIterator[str]:
    """Judge pages one after the other; gives a line of JSON for each."""
    folder = ROOT / FOLDER
    script = shutil.copy(ROOT / "tests/support/lighthouse.mjs", folder)  # beside its library
    page_texts = [json.dumps(page) for page in pages]
    node = await asyncio.create_subprocess_exec(
        "node", script, str(chromium_path()), *page_texts, cwd=folder, stdout=PIPE, limit=1_000_000
    )
    assert node.stdout is not None
    async for line in node.stdout:
        yield line.decode().rstrip()
    assert await node.wait() == 0
