"""The gift page in a real browser: every state for every reader, its code for a scanner, no network."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import Any

import asyncpg
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Locator, Page, Route

from huggg.gift.symbols import Symbology, draw
from huggg.groups.ask import seal_address
from huggg.hugggs.huggg import Huggg
from tests.browser.conftest import LOOKS, fits, fits_and_is_there_for_all, until
from tests.browser.shop import Shop, group_states, states
from tests.support.gallery import CODES, PIN
from tests.support.sql import sql

PAGE_BYTES_MAX = 50_000

WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
"""The rules for gift pages, by the tags of axe: its best practices are left to other pages."""

REDRAW = """(svg, [box, shape, path]) => {
    svg.setAttribute("viewBox", box);
    svg.setAttribute("class", shape);
    if (shape === "bars") svg.setAttribute("preserveAspectRatio", "none");
    svg.firstElementChild.setAttribute("d", path);
}"""

WORDS_OF_OTHERS = "[dir=auto], .place p, .part h3, .terms a, .from, .choice b"

LENGTHEN = f"""document.querySelectorAll("{WORDS_OF_OTHERS}").forEach(
    each => {{ each.textContent = "Donaudampfschifffahrtselektrizitätenhauptbetrieb".repeat(3); }}
)"""

FIRST_SIGNS = """signs => {
    const text = document.querySelector(".message").firstChild;
    return signs.map(sign => {
        const range = document.createRange(), at = text.data.indexOf(sign);
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
    });
}"""

LOADED = """performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
    .map(({ name, transferSize: size, renderBlockingStatus, entryType }) => (
        { name, size, blocks: renderBlockingStatus === "blocking" && entryType === "resource" }
    ))"""

SHIFTS = """new Promise(resolve => {
    let sum = 0;
    const add = list => list.getEntries().forEach(each => { sum += each.value; });
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 300);
})"""


async def withdraw_codes(shop: Shop, at: str) -> None:
    """Withdraw all codes that no gift has, or put them back."""
    change = f"UPDATE codes SET withdrawn_at = {at} WHERE huggg_id IS NULL"  # noqa: S608 - a test's own
    await sql(shop.gallery.platform.database, change)


async def away(*_: Any, **__: Any) -> Any:
    """Be a database that is away."""
    raise asyncpg.ConnectionDoesNotExistError("gone")


async def enter_pin(page: Page, pin: str) -> None:
    """Enter the PIN of a shop on a recipient's phone."""
    await page.get_by_label("Your shop").select_option("kettle-bath")
    await page.get_by_label("PIN").fill(pin)
    await page.get_by_role("button", name="Redeem").click()


async def scanned(element: Locator) -> str:
    """Scan the code that a picture of an element shows."""
    picture = Image.open(BytesIO(await element.screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    return str(code.text)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_every_state_fits_and_is_there_for_all(shop: Shop, width: int, scheme: Any) -> None:
    context = await shop.context(width, color_scheme=scheme)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    async def look(name: str) -> None:
        await fits_and_is_there_for_all(page, f"gift-{name}-{width}-{scheme}", rules=WCAG)

    paths = await states(shop)
    for name, path in paths.items():
        await page.goto(path)
        await look(name)
    await page.goto(paths["group-waiting"])
    await page.get_by_label("Your e-mail address").fill("dee@example")
    await page.get_by_role("button", name="Mail me the link").click()
    await page.get_by_text("Write your whole e-mail address").wait_for()
    await look("group-refused")
    shown = await shop.gallery.gift("harbour")
    await page.goto(f"/{shown.codes.shortcode}")
    await page.get_by_role("button", name="Show the code").click()
    await page.get_by_role("img", name="The code to scan").wait_for()
    await look("code")
    none_left = await shop.gallery.claimed("starlight")
    await withdraw_codes(shop, "now()")
    await page.goto(f"/{none_left.codes.shortcode}")
    await page.get_by_label("Inside London").check()
    await page.get_by_role("button", name="Show the code").click()
    await page.get_by_text("No code is left there just now.").wait_for()
    await look("none-left")
    await withdraw_codes(shop, "NULL")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggg.database.pool._run", away)
        await page.goto(paths["waiting"])
        await page.get_by_role("heading", name="We cannot reach your gift just now").wait_for()
        await look("away")
    expected = ("404", "409", "410", "422", "503")
    assert [text for text in complaints if not any(part in text for part in expected)] == []
    await context.close()


@pytest.mark.parametrize(("width", "density"), [(360, 2), (360, 1), (1280, 1)])
async def test_a_scanner_reads_the_code_of_every_integration(
    shop: Shop, width: int, density: int
) -> None:
    context = await shop.context(width, density=density)
    page = await context.new_page()

    async def shown(huggg: Huggg) -> str:
        await page.goto(f"/{huggg.codes.shortcode}")
        if await page.get_by_label("Inside London").count():
            await page.get_by_label("Inside London").check()
        await page.get_by_role("button", name="Show the code").click()
        return await scanned(page.locator(".plate"))

    for slug in ("harbour", "crumb"):
        huggg = await shop.gallery.gift(slug)
        assert await shown(huggg) == huggg.codes.shortcode
    for slug in ("marrow", "lantern"):
        huggg = await shop.gallery.gift(slug)
        assert await shown(huggg) == (await shop.now(huggg)).code
    assert (await shown(await shop.gallery.claimed("starlight"))).startswith(CODES["Inside London"])
    await context.close()


@pytest.mark.parametrize("symbology", Symbology)
async def test_a_scanner_reads_every_symbology_from_the_screen(shop: Shop, symbology: Symbology) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.context()
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    await page.get_by_role("button", name="Show the code").click()
    picture = draw("4006381333931", symbology)
    svg = page.locator(".plate svg")
    await svg.evaluate(REDRAW, [f"0 0 {picture.width} {picture.height}", picture.shape, picture.path])
    assert await scanned(page.locator(".plate")) == "4006381333931"
    await context.close()


async def test_the_keyboard_alone_accepts_a_gift_and_shows_its_code(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.context()
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    for name in ("Accept this gift", "Show the code"):
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert await focused.inner_text() == name
        assert await focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
    assert await page.get_by_role("img", name="The code to scan").is_visible()
    assert page.url.endswith(f"/{huggg.codes.shortcode}")
    await context.close()


async def test_every_step_works_without_script(shop: Shop) -> None:
    huggg = await shop.gallery.gift("kettle")
    context = await shop.context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    await page.get_by_role("button", name="Accept this gift").click()
    await enter_pin(page, "0000")
    await page.get_by_text("This is not the PIN of that shop.").wait_for()
    await enter_pin(page, PIN)
    await page.get_by_role("heading", name="Enjoyed").wait_for()
    await page.get_by_label("A few words").fill("\U0001f381" * 280)
    typed = await page.get_by_label("A few words").input_value()
    assert len(typed) == 280
    await page.get_by_role("button", name="Send the thank-you").click()
    await page.get_by_text("Your thank-you is on its way.").wait_for()
    await context.close()


async def test_a_person_of_a_group_gets_a_gift_without_script_by_an_address_and_a_tap(
    shop: Shop,
) -> None:
    group, platform = await shop.gallery.group(2), shop.gallery.platform
    context = await shop.context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"/super/{group.link.code}")
    await page.get_by_label("Your e-mail address").fill("dee@example.org")
    await page.get_by_role("button", name="Mail me the link").click()
    await page.get_by_role("heading", name="Look into your mail").wait_for()
    await page.goto(f"/super/{group.link.code}/{seal_address(platform.vault, group, 'dee@example.org')}")
    await page.get_by_role("button", name="Take the gift").click()
    await page.get_by_role("button", name="Show the code").wait_for()
    assert "/super/" not in page.url
    await context.close()


async def test_a_person_opens_a_gift_and_a_program_does_not(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.context()
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    assert (await shop.now(huggg)).viewed_at is None
    async with page.expect_response("**/view") as view_response:
        await page.keyboard.press("ArrowDown")
    assert (await view_response.value).status == 204
    assert (await shop.now(huggg)).viewed_at is not None
    await context.close()


async def test_an_open_page_says_at_once_that_its_gift_was_redeemed(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.context()
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    await page.get_by_role("button", name="Show the code").click()
    await page.get_by_role("img", name="The code to scan").wait_for()
    await shop.gallery.redeem(huggg, "harbour")
    began = time.perf_counter()
    await page.get_by_role("heading", name="Enjoyed").wait_for(timeout=10_000)
    print(f"told after {time.perf_counter() - began:.2f} s")  # noqa: T201 - two are promised
    assert await page.get_by_role("img", name="The code to scan").count() == 0
    await context.close()


async def test_a_code_stays_on_its_page_while_the_server_is_in_trouble(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    path = f"/{huggg.codes.shortcode}"
    context = await shop.context(service_workers="block")  # what passes a worker cannot be answered here
    page = await context.new_page()
    is_in_trouble, asked_again = asyncio.Event(), asyncio.Event()
    asked_by_navigating: list[bool] = []

    async def tell_of_change(route: Route) -> None:
        await is_in_trouble.wait()
        await route.fulfill(status=200, body="changed")

    async def trouble(route: Route) -> None:
        if route.request.method == "HEAD":  # of the page that is being kept
            return await route.fallback()
        asked_by_navigating.append(route.request.is_navigation_request())
        if len(asked_by_navigating) > 1:
            asked_again.set()
        return await route.fulfill(status=503, body="<main data-state='away'>", content_type="text/html")

    await page.route("**/live/*", tell_of_change)
    await page.goto(path)
    await page.get_by_role("button", name="Show the code").click()
    await page.get_by_role("img", name="The code to scan").wait_for()
    await page.route(f"**{path}", trouble)
    is_in_trouble.set()
    await asked_again.wait()
    assert not any(asked_by_navigating)
    assert await page.get_by_role("img", name="The code to scan").is_visible()
    await page.unroute(f"**{path}")
    await page.unroute("**/live/*")
    await shop.gallery.redeem(huggg, "harbour")
    await page.get_by_role("heading", name="Enjoyed").wait_for(timeout=15_000)
    await context.close()


async def test_neither_reload_nor_back_sends_a_form_that_was_refused_once_more(shop: Shop) -> None:
    huggg = await shop.gallery.claimed("kettle")
    context = await shop.context()
    page = await context.new_page()
    sent_forms: list[str] = []
    page.on("request", lambda request: sent_forms.append(request.url) if request.post_data else None)
    await page.goto(f"/{huggg.codes.shortcode}")
    await enter_pin(page, "0000")
    await page.get_by_text("This is not the PIN of that shop.").wait_for()
    await page.reload()
    await enter_pin(page, PIN)
    await page.get_by_role("heading", name="Enjoyed").wait_for()
    await page.go_back()
    await page.get_by_role("heading", name="Enjoyed").wait_for()
    assert [url.rpartition("/")[2] for url in sent_forms] == ["redemption", "redemption"]
    await context.close()


async def test_the_way_back_from_a_groups_mail_is_the_form(shop: Shop) -> None:
    context = await shop.context()
    page = await context.new_page()
    await page.goto((await group_states(shop.gallery))["group-waiting"])
    for address in ("dee@example", "dee@example.org"):
        await page.get_by_label("Your e-mail address").fill(address)
        await page.get_by_role("button", name="Mail me the link").click()
        await until(page, "document.readyState === 'complete'")
    await page.wait_for_url("**/mail")
    await page.go_back()
    assert await page.get_by_role("button", name="Mail me the link").is_visible()
    await context.close()


async def test_a_button_that_is_pressed_without_a_network_keeps_the_gift_on_the_screen(
    shop: Shop,
) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.context()
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    await context.set_offline(True)
    await page.get_by_role("button", name="Accept this gift").click()
    await page.get_by_text("No connection. This page last asked on").wait_for()
    assert page.url == f"{shop.url}/{huggg.codes.shortcode}"
    assert (await shop.now(huggg)).assigned_at is None
    await context.set_offline(False)
    await page.get_by_role("button", name="Accept this gift").click()
    await page.get_by_role("button", name="Show the code").wait_for()
    await until(page, "document.getElementById('offline').hidden")
    await context.close()


async def test_a_code_that_was_shown_opens_without_a_network_until_it_is_spent(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    path = f"/{huggg.codes.shortcode}"
    context = await shop.context()
    page = await context.new_page()
    await page.goto(path)
    await page.get_by_role("button", name="Show the code").click()
    kept = f"async () => !!(await (await caches.open('{path}')).match('{path}'))"
    await until(page, f"({kept})()")
    await until(page, "navigator.serviceWorker.controller !== null")
    await context.set_offline(True)
    await page.goto(path)
    await page.get_by_text("No connection. This page last asked on").wait_for()
    assert await scanned(page.locator(".plate")) == huggg.codes.shortcode
    await context.set_offline(False)
    await shop.gallery.redeem(huggg, "harbour")
    await page.goto(path)
    await page.get_by_role("heading", name="Enjoyed").wait_for()
    await until(page, "async () => (await caches.keys()).length === 0")
    await context.close()


async def test_the_nearest_places_come_first_once_the_reader_allows_it(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    bath = {"latitude": 51.38, "longitude": -2.36}
    context = await shop.context(geolocation=bath, permissions=["geolocation"])
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    places = page.locator(".place")
    assert "Bath" in await places.first.inner_text()
    assert "Bristol" in await places.nth(1).inner_text()
    await page.get_by_role("button", name="Show the nearest first").click()
    await page.get_by_text("km").first.wait_for()
    names = [await places.nth(number).inner_text() for number in range(3)]
    assert [name.split()[0] for name in names] == ["Bath", "Bristol", "Cardiff"]
    await context.close()


async def test_a_reader_who_keeps_their_position_is_told_that_places_stay_by_town(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.context(permissions=[])
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    button = page.get_by_role("button", name="Show the nearest first")
    await button.click()
    await page.get_by_role("status").get_by_text("The places are listed by town.").wait_for()
    assert await button.count() == 0
    assert "Bath" in await page.locator(".place").first.inner_text()
    await context.close()


@pytest.mark.parametrize("kind", ["claimed", "themed"])
async def test_a_page_is_light_does_not_shift_and_fits_at_double_size(shop: Shop, kind: str) -> None:
    huggg = await getattr(shop.gallery, kind)()
    context = await shop.context(320)  # a window of 640 at 200 %
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    await page.get_by_role("button", name="Show the code").click()
    await page.get_by_role("img", name="The code to scan").wait_for()
    assert await page.evaluate(SHIFTS) == 0
    loaded = await page.evaluate(LOADED)
    assert 0 < sum(each["size"] for each in loaded) < PAGE_BYTES_MAX
    assert [each["name"] for each in loaded if each["blocks"]] == []
    pictures = {each["name"] for each in loaded if "/pictures/" in each["name"]}
    assert len(pictures) == (3 if kind == "themed" else 0)
    assert await fits(page)
    await page.evaluate("document.documentElement.dir = 'rtl'")
    assert await fits(page)
    await context.close()


@pytest.mark.parametrize("width", [320, 1280])
async def test_a_word_longer_than_a_line_widens_no_page(shop: Shop, width: int) -> None:
    context = await shop.context(width)
    page = await context.new_page()
    for name, path in (await states(shop)).items():
        await page.goto(path)
        await page.evaluate(LENGTHEN)
        assert await fits(page), name
    await context.close()


async def test_each_line_of_a_message_is_read_in_its_own_direction(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour", message="\u0634\u0643\u0631\u0627!\n(5 pm) Bristol")
    context = await shop.context()
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    [first, second] = await page.evaluate(FIRST_SIGNS, ["5", "B"])
    assert first < second
    await context.close()


async def test_a_page_in_another_language_is_read_in_that_language(shop: Shop) -> None:
    huggg = await shop.gallery.gift("harbour")
    context = await shop.browser.new_context(base_url=shop.url, locale="de-DE")
    page = await context.new_page()
    await page.goto(f"/{huggg.codes.shortcode}")
    assert await page.get_by_role("button", name="Geschenk annehmen").is_visible()
    assert await page.evaluate("document.documentElement.lang") == "de-DE"
    await context.close()
