"""A mail in a browser's window, as a mail reader on a phone shows it."""

from __future__ import annotations

from playwright.async_api import Browser

from huggg.notifications.letter import Button, Letter
from huggg.notifications.render import html_part
from tests.browser.conftest import fits

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 2
LINK = Button("Open your gift", f"https://gifts.example/{'x' * 60}")
LETTER = Letter(
    language="en",
    subject="A gift",
    paragraphs=(f"Hello {LONG_WORD},",),
    quote=f"\u0634\u0643\u0631\u0627!\n{LONG_WORD}",
    link=LINK,
    small=(LONG_WORD,),
    unsubscribe=LINK,
)


async def test_a_word_or_link_longer_than_a_line_widens_no_mail(chromium: Browser) -> None:
    context = await chromium.new_context(viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await page.set_content(html_part(LETTER))
    assert await fits(page)
    await context.close()
