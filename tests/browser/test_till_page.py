"""The till page in a real browser: a scanner that types, one big answer, by keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from huggg.database.sessions import connect
from huggg.kit.codes import Vault
from huggg.server.wiring import build_platform
from tests.api.test_till import for_bo
from tests.api.test_till_page import PASSWORD, staff
from tests.browser.conftest import PICTURES, listening
from tests.conftest import fresh_database, served, settings_for
from tests.support.keys import TEST_KEYS
from tests.support.world import World, build_world

SCREENS = {
    "phone": {"width": 360, "height": 740},
    "tablet": {"width": 1180, "height": 820},
}


@dataclass(frozen=True, slots=True)
class Shop:
    """A world behind a port, and a member of staff."""

    world: World
    url: str
    username: str


@pytest.fixture(scope="module")
async def shop(
    chromium: Browser, postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    assert chromium.is_connected()
    async with fresh_database(postgres, template) as url:
        settings = settings_for(url, tmp_path_factory.mktemp("shop"))
        database = await connect(url, connections_max=10)
        platform = build_platform(settings, database, Vault(TEST_KEYS))
        async with served(settings) as http, listening(settings) as address:
            world = await build_world(platform, http)
            yield Shop(world, address, await staff(world))
        await database.close()


async def fits_and_is_there_for_all(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"till-{name}.png", full_page=True)
    widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    needed, there = await page.evaluate(widths)
    assert needed == there
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("screen", SCREENS)
async def test_a_scanner_types_without_focus_and_a_clerk_reads_one_answer(
    chromium: Browser, shop: Shop, screen: str
) -> None:
    context = await chromium.new_context(base_url=shop.url, viewport=SCREENS[screen])  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto("/till")
    await fits_and_is_there_for_all(page, f"{screen}-sign-in")
    await page.keyboard.press("Tab")
    await page.get_by_label("Name").focus()
    await page.keyboard.type(shop.username)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_label("Location of this till").select_option("bristol17")
    await page.evaluate("document.activeElement.blur()")

    huggg = await for_bo(shop.world)
    await page.keyboard.type(huggg["shortcode"])
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Redeemed").wait_for()
    await fits_and_is_there_for_all(page, f"{screen}-redeemed")
    await page.keyboard.type(huggg["shortcode"])
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="ago, here").wait_for()

    await page.get_by_role("button", name="Undo").press("Enter")
    await page.get_by_text("Undone.").wait_for()
    await page.get_by_label("Scan the code").fill("nothing")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Not redeemed").wait_for()
    await fits_and_is_there_for_all(page, f"{screen}-refused")
    await page.get_by_role("link", name="List and totals").press("Enter")
    await page.get_by_role("heading", name="Totals").wait_for()
    await fits_and_is_there_for_all(page, f"{screen}-day")
    await context.close()


async def test_a_till_without_network_says_so_and_keeps_the_code(chromium: Browser, shop: Shop) -> None:
    context = await chromium.new_context(base_url=shop.url)
    page = await context.new_page()
    await page.goto("/till")
    await page.get_by_label("Name").fill(shop.username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("Location of this till").select_option("bristol17")
    huggg = await for_bo(shop.world)
    await context.set_offline(True)
    await page.get_by_label("Scan the code").fill(huggg["redeem_code"])
    await page.keyboard.press("Enter")
    await page.get_by_text("No network.").wait_for()
    assert await page.get_by_label("Scan the code").input_value() == huggg["redeem_code"]
    await context.set_offline(False)
    await page.get_by_label("Scan the code").press("Enter")
    await page.get_by_role("heading", name="Redeemed").wait_for()
    await context.close()
