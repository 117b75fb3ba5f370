"""A paired till without a network, in a real browser: it accepts, keeps and sends, and loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from huggg.database.doctor import examine
from huggg.devices.invite import invite_device
from huggg.devices.revoke import revoke_device
from huggg.identity.role import StaffRole
from huggg.kit.ids import new_id
from huggg.offline.rule import LossBearer, OfflineRule
from huggg.offline.set_rule import set_rule
from huggg.offline.show_code import show_offline_code
from tests.api.test_till import for_bo
from tests.api.test_till_page import staff
from tests.browser.conftest import LOOKS, fits_and_is_there_for_all, until
from tests.browser.test_gift import scanned
from tests.browser.test_till_page import (
    Shop,
    shop,
    signed_in,
    type_as_scanner,
)
from tests.support.chromium import chromium_path
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql
from tests.support.values import altered

__all__ = ["shop"]

RULE = OfflineRule(scans=3, value=500_00, hours=24, losses=LossBearer.MERCHANT)
STATES = "SELECT count(*) FROM redemptions r JOIN offline_scans s USING (huggg_id, id)"

LONGEST_PAUSE = 25_000  # milliseconds between two rounds
SHORT_PAUSE_SECONDS = 10  # less than between two rounds that are answered

READY = (
    "typeof OfflineTill === 'object' && OfflineTill.kit !== null"
    " && navigator.serviceWorker.controller !== null"
)

INTERFERE = """
([paths, arrives]) => {
  const real = window.fetch.bind(window);
  async function whole(...call) {
    const answer = await real(...call);
    return new Response(await answer.arrayBuffer(), answer);
  }
  window.fetch = async (...call) => {
    if (!new RegExp(paths).test(new URL(call[0], location).pathname)) return real(...call);
    const answer = arrives ? await whole(...call) : null;
    const status = await window.interfere();
    if (status === null) throw new TypeError("The answer is lost.");
    return status ? new Response("", { status }) : answer ?? real(...call);
  };
}
"""
LET_PASS = 0


@pytest.fixture
async def till(chromium: Browser, shop: Shop) -> AsyncIterator[Page]:
    """A paired till with staff signed in, that has its kit and its worker."""
    await set_rule(shop.world.platform.database, shop.world.harbour, RULE)
    context = await chromium.new_context(base_url=shop.url, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await paired_and_signed_in(page, shop)
    yield page
    await context.close()


async def paired_and_signed_in(page: Page, shop: Shop) -> None:
    """Make a till of a browser, and wait until it has all that it needs without a network."""
    invitation = await invite_device(shop.world.platform, location_id="bristol17", name="Counter")
    await page.goto("/till/pair")
    await page.get_by_label("code").fill(invitation.code)
    await page.keyboard.press("Enter")
    await signed_in(page, await staff(shop.world))
    await until(page, READY)
    await until(page, "caches.open('till').then(till => till.match('/till')).then(Boolean)")


async def interfere(
    page: Page, paths: str, act: Callable[[], int | Awaitable[int | None] | None], *, arrives: bool
) -> None:
    """Have `act` decide on each of the page's requests: None loses it, a status answers it.

    It decides once the server has answered, or before the request is sent. Routes of Playwright's missed
    one of 75 requests of a page that a service worker controls.
    """
    await page.expose_function("interfere", act)
    await page.evaluate(INTERFERE, [paths, arrives])


async def offline_code(shop: Shop) -> tuple[dict[str, Any], str]:
    huggg = await for_bo(shop.world)
    code = await show_offline_code(shop.world.platform, UUID(huggg["id"]))
    assert code is not None
    return huggg, code


async def cut(page: Page) -> None:
    await page.context.set_offline(True)
    await page.get_by_text("No network. Scan the offline code").wait_for()


async def redeemed(shop: Shop, huggg: dict[str, Any]) -> int:
    expected = f"{STATES} WHERE r.huggg_id = $1"
    return int(await scalar(shop.world.platform.database, expected, UUID(huggg["id"])))


async def is_redeemed(page: Page, shop: Shop, *hugggs: dict[str, Any]) -> None:
    await until(page, "OfflineTill.inState('waiting').then(scans => scans.length === 0)")
    assert [await redeemed(shop, huggg) for huggg in hugggs] == [1] * len(hugggs)
    rules = await examine(shop.world.platform.database)
    assert [finding.rule for finding in rules if finding.rows] == []


async def test_gifts_are_accepted_without_a_network_and_redeemed_when_it_is_back(
    till: Page, shop: Shop
) -> None:
    (first, one), (second, other) = await offline_code(shop), await offline_code(shop)
    before = await redeemed_today(till)
    await cut(till)
    await type_as_scanner(till, one)
    await till.get_by_role("heading", name="Accepted without a network").wait_for()
    await till.get_by_text("1 gift waits to be sent, worth £3.50.").wait_for()
    assert await till.get_by_text("Ring up one two three: £3.50").count() == 1
    await fits_and_is_there_for_all(till, "till-offline-accepted")
    await type_as_scanner(till, one)
    await till.get_by_text("This till accepted this gift before.").wait_for()
    await type_as_scanner(till, other)
    await till.get_by_text("2 gifts wait to be sent, worth £7.00.").wait_for()
    assert await redeemed(shop, first) == 0
    assert await redeemed_today(till) == before
    await till.context.set_offline(False)
    await is_redeemed(till, shop, first, second)
    await until(till, f"document.querySelector('.today b').textContent === '{before + 2}'")
    row = await sql(
        shop.world.platform.database,
        "SELECT s.scanned_at < s.arrived_at AS earlier, r.staff FROM offline_scans s"
        " JOIN redemptions r USING (huggg_id, id) WHERE s.huggg_id = $1",
        UUID(first["id"]),
    )
    assert [tuple(each) for each in row] == [(True, "Sam")]


async def redeemed_today(page: Page) -> int:
    return int(await page.locator(".today b").first.inner_text())


async def test_lists_and_sign_out_say_without_a_network_that_they_need_it(till: Page) -> None:
    """Without this the browser shows an error of its own, and a sign-out takes the kept page away."""
    lists, leave = (
        till.get_by_role("link", name="List and totals"),
        till.get_by_role("button", name="Sign out"),
    )
    await cut(till)
    for control in (lists, leave):
        assert await control.is_disabled()
        words = await control.evaluate("each => each.ariaDescribedByElements[0].innerText")
        assert words == "Lists, Undo and Sign out need the network, and work again when it is back."
        await control.focus()
        await till.keyboard.press("Enter")
        await control.click(force=True)
    await till.get_by_text("need the network").wait_for()
    assert (await lists.is_visible(), till.url.endswith("/till")) == (True, True)
    assert await till.evaluate("caches.open('till').then(till => till.match('/till')).then(Boolean)")
    await fits_and_is_there_for_all(till, "till-offline-lists")
    await till.context.set_offline(False)
    await until(till, "document.getElementById('needs-network').hidden")
    await lists.press("Enter")
    await till.get_by_role("heading", name="Totals").wait_for()


async def test_a_code_with_spaces_presses_no_button_that_has_the_focus(till: Page, shop: Shop) -> None:
    code = ""
    while " " not in code or "/" not in code:
        huggg, code = await offline_code(shop)
    await till.goto("/till")
    await till.get_by_role("button", name="Sign out").focus()
    await till.evaluate("performance.now = () => 0")  # a scanner's speed, however busy this machine is
    await till.keyboard.type(code)
    await till.keyboard.press("Enter")
    await till.get_by_role("heading", name="Redeemed", exact=True).wait_for()
    assert await till.get_by_text("Signed in as").is_visible()
    data = (await shop.world.call("GET", f"/api/v2/hugggs/{huggg['id']}/till", shop.world.till)).json()
    assert data["data"]["reason"] == "huggg already redeemed."


async def test_an_answer_that_was_under_way_when_the_network_was_cut_is_no_network(till: Page) -> None:
    is_asked, is_cut = asyncio.Event(), asyncio.Event()

    async def answer_late() -> int:
        is_asked.set()
        await is_cut.wait()
        return LET_PASS

    await interfere(till, "/till/offline/kit", answer_late, arrives=True)
    asking = asyncio.create_task(till.evaluate("OfflineTill.missAnswer()"))
    await is_asked.wait()
    await cut(till)
    is_cut.set()
    await asking
    assert await till.get_by_text("No network. Scan the offline code").is_visible()


async def test_nothing_is_lost_by_closing_the_till_and_opening_it_without_a_network(
    till: Page, shop: Shop
) -> None:
    huggg, code = await offline_code(shop)
    context: BrowserContext = till.context
    await cut(till)
    await type_as_scanner(till, code)
    await till.get_by_text("1 gift waits").wait_for()
    await till.close()
    again = await context.new_page()
    await again.goto("/till")
    await again.get_by_text("1 gift waits to be sent").wait_for()
    await type_as_scanner(again, code)
    await again.get_by_text("This till accepted this gift before.").wait_for()
    await again.close()
    await context.set_offline(False)
    back = await context.new_page()
    await back.goto("/till")
    await is_redeemed(back, shop, huggg)


async def test_a_network_that_is_cut_before_the_answer_makes_one_sale_of_both_codes(
    till: Page, shop: Shop
) -> None:
    """The clerk scans online, hears nothing, and scans the offline code of the same gift."""
    huggg, code = await offline_code(shop)

    async def cut_off() -> None:
        await till.context.set_offline(True)

    await interfere(till, "/till/scan", cut_off, arrives=True)
    await type_as_scanner(till, huggg["shortcode"])
    await till.get_by_text("No answer came.").wait_for()
    await till.get_by_text("No network. Scan the offline code").wait_for()
    assert await till.get_by_role("button", name="Send now").is_hidden()  # as nothing waits yet
    await fits_and_is_there_for_all(till, "till-offline-lost")
    await type_as_scanner(till, code)
    await till.get_by_role("heading", name="Accepted without a network").wait_for()
    assert await till.get_by_text("No answer came.").is_hidden()
    await till.context.set_offline(False)
    await is_redeemed(till, shop, huggg)


async def test_a_server_that_gave_no_answer_once_is_soon_asked_again(
    chromium: Browser, shop: Shop
) -> None:
    context = await chromium.new_context(base_url=shop.url)
    await context.clock.install()
    page = await context.new_page()
    await paired_and_signed_in(page, shop)
    await context.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    statuses = iter([503])
    await interfere(page, "/till/offline/kit", lambda: next(statuses, LET_PASS), arrives=False)
    notice = page.locator("#queue").get_by_text("No network.")
    await context.clock.fast_forward(LONGEST_PAUSE)
    await notice.wait_for()
    for _ in range(SHORT_PAUSE_SECONDS):
        await context.clock.fast_forward(1000)
    await notice.wait_for(state="hidden")
    await context.close()


async def test_a_lost_answer_of_a_paired_till_is_asked_for_again_under_the_same_id(
    till: Page, shop: Shop
) -> None:
    huggg, _ = await offline_code(shop)
    fates = iter([None])
    await interfere(till, "/till/scan", lambda: next(fates, LET_PASS), arrives=True)
    await type_as_scanner(till, huggg["shortcode"])
    await till.get_by_text("No answer came.").wait_for()
    await till.get_by_label("Scan the code").press("Enter")
    await till.get_by_role("heading", name="Redeemed", exact=True).wait_for()
    assert await till.get_by_text("No answer came.").is_hidden()


@asynccontextmanager
async def window_of(profile: Path, shop: Shop) -> AsyncIterator[Page]:
    """Open a browser that keeps its data in a folder, as a clerk's does. It may be killed meanwhile."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_path(), args=["--no-sandbox"], base_url=shop.url
        )
        yield context.pages[0]
        with suppress(PlaywrightError):
            await context.close()


def processes_of(profile: Path) -> set[int]:
    """Name the processes of the browser that has this folder."""
    ours = f"--user-data-dir={profile}".encode()
    processes = {int(each.parent.name): each for each in Path("/proc").glob("[0-9]*/cmdline")}
    return {pid for pid, command in processes.items() if ours in _read(command)}


def _read(command: Path) -> bytes:
    try:
        return command.read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return b""


async def test_scans_survive_a_browser_that_is_killed_and_are_sent_once_at_its_next_start(
    chromium: Browser, shop: Shop, tmp_path: Path
) -> None:
    assert chromium.is_connected()
    database = shop.world.platform.database
    await set_rule(database, shop.world.harbour, RULE)
    (first, one), (second, other) = await offline_code(shop), await offline_code(shop)
    async with window_of(tmp_path, shop) as till:  # closed once, so that its cookies are on the disk
        await paired_and_signed_in(till, shop)
    async with window_of(tmp_path, shop) as till:
        await till.goto("/till")
        await until(till, READY)
        await cut(till)
        for code, waiting in ((one, "1 gift waits"), (other, "2 gifts wait")):
            await type_as_scanner(till, code)
            await till.get_by_text(waiting).wait_for()
        killed = processes_of(tmp_path)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert killed
    assert [await redeemed(shop, huggg) for huggg in (first, second)] == [0, 0]
    async with window_of(tmp_path, shop) as till:
        await till.goto("/till")
        await is_redeemed(till, shop, first, second)
        scans = await till.evaluate("OfflineTill.inState('redeemed')")
        assert {scan["huggg"] for scan in scans} == {first["id"], second["id"]}
        async with nothing_moves(database, but={"devices"}):
            for scan in scans:
                await till.evaluate(
                    "scan => OfflineTill.write('scans', scan)", {**scan, "state": "waiting"}
                )
            await till.evaluate("OfflineTill.send()")
            await is_redeemed(till, shop, first, second)


async def test_a_server_that_is_away_behind_its_proxy_is_no_network_to_a_till(
    till: Page, shop: Shop
) -> None:
    (before, _), (huggg, code) = await offline_code(shop), await offline_code(shop)
    await type_as_scanner(till, before["shortcode"])
    await till.get_by_role("heading", name="Redeemed", exact=True).wait_for()
    is_away = True
    await interfere(till, "^/till/", lambda: 502 if is_away else LET_PASS, arrives=False)
    await type_as_scanner(till, huggg["shortcode"])
    await till.get_by_text("No answer came.").wait_for()
    assert (
        await till.get_by_role("heading", name="Redeemed", exact=True).count() == 0
    )  # it was the gift before
    await till.get_by_text("No network. Scan the offline code").wait_for()
    await type_as_scanner(till, code)
    await till.get_by_role("heading", name="Accepted without a network").wait_for()
    is_away = False
    await till.get_by_role("button", name="Send now").click()
    await is_redeemed(till, shop, huggg)


async def test_a_scan_that_the_server_refuses_is_told_with_the_next_step(till: Page) -> None:
    scan = {"id": str(new_id()), "huggg": str(new_id()), "value": 350, "location_id": "bristol17"}
    at = datetime.now(UTC).isoformat()
    spoilt = {**scan, "code": "HUGGG1:0", "state": "waiting", "scanned_at": at, "refreshed_at": at}
    await till.evaluate("scan => OfflineTill.write('scans', scan)", spoilt)
    await till.evaluate("OfflineTill.send()")
    words = "1 gift was refused, and will not be sent again. Tell a manager: code:"
    await till.get_by_text(words).wait_for()


async def test_two_windows_that_send_at_once_redeem_once(till: Page, shop: Shop) -> None:
    huggg, code = await offline_code(shop)
    await cut(till)
    await type_as_scanner(till, code)
    await till.get_by_text("1 gift waits").wait_for()
    await till.context.set_offline(False)
    # A second upload of the same scan, as after a lost answer.
    scan = await till.evaluate("async () => (await OfflineTill.inState('waiting'))[0] ?? null")
    await is_redeemed(till, shop, huggg)
    if scan is not None:
        await till.evaluate("scan => OfflineTill.write('scans', scan)", scan)
        await till.evaluate("OfflineTill.send()")
    await is_redeemed(till, shop, huggg)


async def test_a_code_that_must_not_be_accepted_is_refused_with_its_reason(
    till: Page, shop: Shop
) -> None:
    (spent, used), (good, fine) = await offline_code(shop), await offline_code(shop)
    await shop.world.redeem(spent["id"])
    await till.evaluate("OfflineTill.refresh()")
    _, *more = [await offline_code(shop) for _ in range(4)]
    await cut(till)
    await type_as_scanner(till, used)
    await till.get_by_text("This gift was used or taken back.").wait_for()
    await type_as_scanner(till, altered(fine, -1))
    await till.get_by_text("This code is not genuine.").wait_for()
    await type_as_scanner(till, good["shortcode"])
    await till.get_by_text("Without a network, scan the offline code").wait_for()
    await fits_and_is_there_for_all(till, "till-offline-refused")
    for _, code in more:
        await type_as_scanner(till, code)
        await till.get_by_role("heading", name="Accepted without a network").wait_for()
        await till.evaluate("document.querySelector('.answer').remove()")
    await type_as_scanner(till, fine)
    await till.get_by_text("Too many gifts wait to be sent.").wait_for()
    await till.evaluate("OfflineTill.kit.rule.scans = 9")
    await till.evaluate("() => { IDBObjectStore.prototype.add = () => { throw new Error('full'); }; }")
    await type_as_scanner(till, fine)
    await till.get_by_text("This till could not keep the scan").wait_for()
    await till.context.set_offline(False)
    await is_redeemed(till, shop, *(huggg for huggg, _ in more))


async def test_a_till_that_was_revoked_meanwhile_makes_conflicts(till: Page, shop: Shop) -> None:
    huggg, code = await offline_code(shop)
    await cut(till)
    await type_as_scanner(till, code)
    await till.get_by_text("1 gift waits").wait_for()
    database = shop.world.platform.database
    latest = "SELECT id FROM devices WHERE paired_at IS NOT NULL ORDER BY paired_at DESC LIMIT 1"
    await revoke_device(database, await scalar(database, latest))
    await till.context.set_offline(False)
    await until(till, "OfflineTill.inState('conflict').then(scans => scans.length === 1)")
    assert await redeemed(shop, huggg) == 0
    reason = "SELECT reason FROM offline_scans WHERE huggg_id = $1"
    assert await scalar(database, reason, UUID(huggg["id"])) == "device_revoked"


async def test_the_second_code_of_a_gift_page_is_scanned_from_its_screen_and_proved(
    chromium: Browser, till: Page, shop: Shop
) -> None:
    huggg = await for_bo(shop.world)
    phone = await (await chromium.new_context(base_url=shop.url)).new_page()
    await phone.goto(f"/{huggg['shortcode']}")
    await phone.get_by_role("button", name="Show the code").click()
    await phone.get_by_text("If the till has no network").click()
    picture = phone.locator("#offline-code svg")
    await picture.scroll_into_view_if_needed()
    text = await scanned(picture)
    facts = await till.evaluate("async text => await OfflineCode.read(text, OfflineTill.kit.keys)", text)
    assert (facts["huggg"], facts["value"], facts["sequence"]) == (huggg["id"], 350, 0)
    changed = altered(text, 20)
    assert (
        await till.evaluate("async text => await OfflineCode.read(text, OfflineTill.kit.keys)", changed)
        is None
    )
    await phone.context.close()


async def conflicting(shop: Shop, staff_name: str = "Sam") -> str:
    """Send the scan of a gift that was spent elsewhere meanwhile; gives the id of the scan."""
    await set_rule(shop.world.platform.database, shop.world.harbour, RULE)
    huggg, code = await offline_code(shop)
    assert (await shop.world.redeem(huggg["id"])).status_code == 201
    at = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    body = {"code": code, "location_id": "bristol17", "scanned_at": at, "refreshed_at": at}
    answer = await shop.world.call(
        "PUT", f"/api/v2/offline-scans/{new_id()}", shop.world.till, {**body, "staff": staff_name}
    )
    data = answer.json()["data"]
    assert data["reason"] == "spent"
    return str(data["id"])


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_a_supervisor_settles_a_conflict_by_keyboard_alone(
    chromium: Browser, shop: Shop, width: int, scheme: Any
) -> None:
    scan_id = await conflicting(shop, "Q" * 100)
    context = await chromium.new_context(
        base_url=shop.url, viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = await context.new_page()
    await page.goto("/till")
    await signed_in(page, await staff(shop.world, role=StaffRole.SUPERVISOR))
    await page.get_by_role("link", name="Conflicts").press("Enter")
    await page.get_by_role("heading", name="Coffee, £3.50: spent").first.wait_for()
    await fits_and_is_there_for_all(page, f"till-conflicts-{width}-{scheme}")
    form = page.locator("form", has=page.locator(f'[value="{scan_id}"]'))
    await form.get_by_label("Redeem the gift").focus()
    await page.keyboard.press("ArrowDown")
    assert await form.get_by_label("Book the loss").is_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.type("Shown on two phones.")
    await page.keyboard.press("Enter")
    await page.get_by_text("Settled.").wait_for()
    assert await page.locator(f'[value="{scan_id}"]').count() == 0
    await fits_and_is_there_for_all(page, f"till-conflicts-settled-{width}-{scheme}")
    await context.close()


async def test_a_conflict_is_settled_without_scripts_and_a_refusal_says_why(
    chromium: Browser, shop: Shop
) -> None:
    scan_id = await conflicting(shop)
    context = await chromium.new_context(base_url=shop.url, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/till")
    await signed_in(page, await staff(shop.world, role=StaffRole.SUPERVISOR))
    assert await page.get_by_role("button", name="Use the camera").is_hidden()  # it needs a script
    await page.get_by_role("link", name="Conflicts").click()
    form = page.locator("form", has=page.locator(f'[value="{scan_id}"]'))
    await form.get_by_label("Redeem the gift").check()
    await form.get_by_label("Why").fill("It was handed out.")
    await form.get_by_role("button", name="Settle").click()
    await page.get_by_text("This gift is used already.").wait_for()
    await form.get_by_label("Book the loss").check()
    await form.get_by_label("Why").fill("It was handed out.")
    await form.get_by_role("button", name="Settle").click()
    await page.get_by_text("Settled.").wait_for()
    assert await page.locator(f'[value="{scan_id}"]').count() == 0
    await context.close()
