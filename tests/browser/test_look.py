"""Pages in a real browser: they fit the screen, load nothing elsewhere, and are there for all."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Route

from tests.browser.conftest import Look, fits_and_is_there_for_all, keep_picture

PAGES = {
    "front": "/",
    "docs": "/docs",
    "missing": "/nowhere/else",
    "defect": "/guests/500",
    "form": "/guests",
}

EXAMINED = {"docs": {"include": [["header"], ["nav"], ["main > section:nth-of-type(-n+3)"]]}}
"""Parts of the longest page: its sections are alike, and the rules take seconds to read all of them."""


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_fits_and_breaks_no_rule_of_accessibility(look: Look, name: str) -> None:
    answer = await look.page.goto(PAGES[name])
    assert answer is not None
    await fits_and_is_there_for_all(look.page, f"{name}-{look.name}", part=EXAMINED.get(name))
    expected = [] if answer.ok else [f"the server responded with a status of {answer.status}"]
    assert [text for text in look.complaints if not any(part in text for part in expected)] == []


async def test_a_form_tells_a_field_that_does_not_fit_and_takes_one_that_does(look: Look) -> None:
    page = look.page
    await page.goto("/guests")
    await page.get_by_label("Name").fill("Bo")
    await page.get_by_label("Guests").fill("12")
    await page.get_by_role("button", name="Sign").press("Enter")
    assert await page.get_by_role("alert").inner_text() == "Your entry was not kept."
    field = page.get_by_label("Guests")
    assert await field.input_value() == "12"
    assert await field.get_attribute("aria-invalid") == "true"
    await fits_and_is_there_for_all(page, f"form-refused-{look.name}")

    await field.fill("2")
    await page.get_by_role("button", name="Sign").press("Enter")
    await page.get_by_text("Welcome, Bo.").wait_for()
    assert await page.get_by_role("alert").count() == 0
    assert page.url.endswith("/guests")
    [guest] = [c for c in await page.context.cookies() if c["name"] == "__Host-guest"]
    assert (guest["secure"], guest["httpOnly"], guest["sameSite"]) == (True, True, "Lax")
    await keep_picture(page, f"form-taken-{look.name}")


async def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(look: Look) -> None:
    await look.page.goto("/")
    await look.page.keyboard.press("Tab")
    skip = look.page.get_by_role("link", name="Skip to the content")
    assert await skip.evaluate("element => element === document.activeElement")
    box = await skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert await skip.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    await look.page.keyboard.press("Enter")
    await look.page.keyboard.press("Tab")
    at = await look.page.evaluate("document.activeElement.textContent")
    assert at == "log-ins"


async def test_the_contents_of_the_reference_are_folded_on_a_phone_and_open_beside_it(
    chromium: Browser, site_url: str
) -> None:
    """Neither needs a script."""
    phone = await chromium.new_context(
        base_url=site_url, viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    page = await phone.new_page()
    await page.goto("/docs")
    entry = page.get_by_role("navigation").get_by_role("link").nth(1)
    assert await entry.is_hidden()
    heading = await page.get_by_role("heading", level=1).bounding_box()
    assert heading is not None
    assert heading["y"] < 300
    await page.get_by_text("Contents", exact=True).press("Enter")
    assert await entry.is_visible()
    await phone.close()

    desk = await chromium.new_context(
        base_url=site_url, viewport={"width": 1280, "height": 800}, java_script_enabled=False
    )
    page = await desk.new_page()
    await page.goto("/docs")
    assert await page.get_by_role("navigation").get_by_role("link").nth(1).is_visible()
    assert await page.get_by_text("Contents", exact=True).is_hidden()
    await desk.close()


async def test_pages_work_without_script(chromium: Browser, site_url: str) -> None:
    context = await chromium.new_context(base_url=site_url, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/guests")
    await page.get_by_label("Name").fill("Cleo")
    await page.get_by_role("button", name="Sign").click()
    await page.get_by_text("Welcome, Cleo.").wait_for()
    await context.close()


async def test_a_form_on_another_site_is_refused_with_the_cookies_of_ours(
    chromium: Browser, site_url: str
) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    field = '<input name="name" value="Eve"><button>Win</button>'
    form = f'<form method="post" action="{site_url}/guests">{field}</form>'

    async def evil(route: Route) -> None:
        await route.fulfill(body=form, content_type="text/html")

    await page.route("http://evil.example/", evil)
    await page.goto("http://evil.example/")
    async with page.expect_navigation() as led:
        await page.get_by_role("button", name="Win").click()
    answer = await led.value
    assert answer is not None
    assert answer.status == 403
    assert await context.cookies() == []
    await context.close()
