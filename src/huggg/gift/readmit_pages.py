"""`/{shortcode}/browser`: the steps by which a claimer sees the code in another browser."""

from __future__ import annotations

from huggg.gift.door import BROWSER, SHORTCODE, GiftDoor
from huggg.gift.pages import SECRET_SYMBOLS
from huggg.gift.readmit import check_request, mail_link
from huggg.gift.readmit_present import mailed_step, tap_step, unmailed_step
from huggg.gift.visit import Visit
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.hugggs.code_viewers import admit_browser
from huggg.kit.codes import random_text

ASK = page_operation("mailAdmission", "Mail a gift's claimer a link for another browser")
CONFIRM = page_operation("showAdmission", "Ask the reader of the mail for a tap")
ADMIT = page_operation("admitBrowser", "Show a gift's code in this browser from now on")


@post("/{shortcode}/browser", operation=ASK, only=SHORTCODE)
async def post_browser(
    request: Request, shortcode: str, gift_door: GiftDoor, launch_url: str
) -> Response:
    """Mail a link to the address that the gift was sent to."""

    async def act(visit: Visit) -> Response:
        if visit.may_show:
            return see_other(visit.path)
        is_mailed = await mail_link(gift_door.platform, visit, launch_url=launch_url)
        return await gift_door.step(
            visit, mailed_step(visit.language) if is_mailed else unmailed_step(visit.language)
        )

    return await gift_door.serve(request, shortcode, act)


@get("/{shortcode}/browser/{token}", operation=CONFIRM, only=SHORTCODE)
async def get_admission(request: Request, shortcode: str, token: str, gift_door: GiftDoor) -> Response:
    """Ask for the tap that admits a browser: scanners of mail open its links, and admit none."""

    async def act(visit: Visit) -> Response:
        check_request(gift_door.platform.vault, visit, token)
        if visit.may_show:
            return see_other(visit.path)
        return await gift_door.step(
            visit, tap_step(visit.language, action=f"{visit.path}/browser/{token}")
        )

    return await gift_door.serve(request, shortcode, act)


@post("/{shortcode}/browser/{token}", operation=ADMIT, only=SHORTCODE)
async def post_admission(request: Request, shortcode: str, token: str, gift_door: GiftDoor) -> Response:
    """Let this browser see the code from now on, beside the browser that claimed."""

    async def act(visit: Visit) -> Response:
        database, vault = gift_door.platform.database, gift_door.platform.vault
        check_request(vault, visit, token)
        secret = BROWSER.read(request, vault, now=visit.now) or random_text(SECRET_SYMBOLS)
        await admit_browser(database, huggg_id=visit.gift.huggg.id, secret=secret)
        return see_other(visit.path, cookies=(BROWSER.line(secret, vault, now=visit.now),))

    return await gift_door.serve(request, shortcode, act)


ROUTES = [post_browser, get_admission, post_admission]
