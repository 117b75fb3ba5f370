"""The ground of browser tests: a server with all pages on a port, and the Chromium of this machine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from huggg.database.sessions import connect
from huggg.front.log_ins import LogIn
from huggg.http.protocol import BoundedHttp
from huggg.kit.codes import Vault
from huggg.server.app import create_app
from huggg.server.wiring import build_platform
from huggg.settings.settings import Settings
from tests.browser.shop import Shop
from tests.conftest import fresh_database, settings_for
from tests.support.chromium import MISSING, chromium_path
from tests.support.gallery import open_gallery
from tests.support.guest_book import guest_book_open
from tests.support.keys import TEST_KEYS
from tests.support.processes import ROOT

collect_ignore = [] if os.environ.get("HUGGG_TESTS_LIGHTHOUSE") else ["test_lighthouse.py"]
"""`make lighthouse` installs the npm package that this test needs."""

PICTURES = ROOT / "build" / "pages"
EVERY_LOOK = [(360, "light"), (1280, "dark"), (360, "dark"), (1280, "light")]
WITH_PICTURES = bool(os.environ.get("HUGGG_TESTS_EVERY_LOOK"))
LOOKS = EVERY_LOOK if WITH_PICTURES else EVERY_LOOK[:2]
"""Widths in pixels and colour schemes. Each of both is in the first two; `make pictures` and
`make nightly` take all four, and pictures."""

PICTURE_HEIGHT_MAX = 10_000
"""Pixels of a page whose picture is of all of it; of the reference one would take minutes."""

WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"

LOG_INS = [
    LogIn("Buyer", "Q2zh6M4tEDGuXxUc9g8u", "buyer@acorn.example"),
    LogIn("Team, by API key", "huggg_key_fWITUB5detOhe9ZkLYlHTdMbNEmNMOlce7ZzQ6BmNbR"),
]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = chromium_path()
    if path is None and os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail("CI requires the browser tests, and there is no browser.")
    if path is None:
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        # The browser's own sandbox needs rights that containers lack; it loads pages of ours alone, and
        # renders them in one process: to start one for each window takes a tenth of a second.
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--renderer-process-limit=1"]
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def site_url(
    chromium: Browser, postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """A demo's server with all pages and a guest book."""
    assert chromium.is_connected()  # without a browser there is no use for a server
    async with fresh_database(postgres, template) as url:
        settings = settings_for(url, tmp_path_factory.mktemp("site"))
        with guest_book_open(tmp_path_factory.mktemp("packages")):
            async with listening(settings) as address:
                yield address


@pytest.fixture(scope="module")
async def shop(
    chromium: Browser, postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    async with fresh_database(postgres, template) as database_url:
        settings = settings_for(database_url, tmp_path_factory.mktemp("shop"))
        database = await connect(database_url, connections_max=20)
        gallery = await open_gallery(build_platform(settings, database, Vault(TEST_KEYS)))
        async with listening(settings) as url:
            yield Shop(gallery, url, chromium)
        await database.close()


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[str]:
    """Serve on a free port of this process."""
    line = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(settings, demo_log_ins=LOG_INS),
        http=BoundedHttp,
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[line]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{line.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@dataclass(slots=True)
class Look:
    """A page on a screen of some width, in a colour scheme, and all that its browser complained of."""

    page: Page
    name: str
    complaints: list[str] = field(default_factory=list)


async def fits_and_is_there_for_all(
    page: Page, name: str, *, part: dict[str, Any] | None = None, rules: list[str] | None = None
) -> None:
    """Hold a page to its window's width and to the rules of accessibility.

    `part` and `rules` choose among elements and rules as axe does. The page's picture is for people.
    From here on the page stands still: amid a fade a contrast is not the one that readers get.
    """
    await page.emulate_media(reduced_motion="reduce")
    await keep_picture(page, name)
    assert await fits(page), name
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    report = await Axe().run(page, context=part, options=options)
    assert report.violations_count == 0, report.generate_report()


async def fits(page: Page) -> bool:
    """Tell whether a page is no wider than its window."""
    needed, there = await page.evaluate(WIDTHS)
    return bool(needed <= there)


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of a page in `build/pages`, where pictures were asked for: each takes a while."""
    if WITH_PICTURES:
        PICTURES.mkdir(parents=True, exist_ok=True)
        height = await page.evaluate("document.documentElement.scrollHeight")
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=height < PICTURE_HEIGHT_MAX)


@pytest.fixture(params=LOOKS, ids=str)
async def look(request: pytest.FixtureRequest, chromium: Browser, site_url: str) -> AsyncIterator[Look]:
    width, scheme = request.param
    context = await chromium.new_context(
        base_url=site_url, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = await context.new_page()
    look = Look(page, f"{width}-{scheme}")
    page.on("console", lambda message: look.complaints.append(message.text))
    page.on("requestfailed", lambda request: look.complaints.append(f"failed: {request.url}"))
    page.on("request", lambda request: _same_site(look, request.url, site_url))
    yield look
    await context.close()


def _same_site(look: Look, url: str, site_url: str) -> None:
    if not url.startswith(f"{site_url}/"):
        look.complaints.append(f"asks another site: {url}")


async def until(page: Page, condition: str) -> None:
    """Poll a condition: the browser's own polling would be stopped by the policy of the page.

    A page that is just replaced by another cannot be asked, and is asked again.
    """
    async with asyncio.timeout(20):
        while True:
            with suppress(PlaywrightError):
                if await page.evaluate(condition):
                    return
            await asyncio.sleep(0.05)
