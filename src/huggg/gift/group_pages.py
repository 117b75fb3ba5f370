"""`GET /super/{code}` and its steps: one link for a group, a huggg for each person of it."""

from __future__ import annotations

from msgspec import Struct

from huggg.gift.door import BROWSER, HOLDER
from huggg.gift.group_door import GROUP_CODE, GroupDoor
from huggg.gift.group_present import (
    bad_address_attempt,
    confirm_step,
    limited_attempt,
    mail_step,
)
from huggg.gift.pages import SECRET_SYMBOLS
from huggg.gift.visit import GroupVisit
from huggg.groups.ask import read_address
from huggg.groups.errors import GroupClosed
from huggg.groups.group import GroupState, claimer_key
from huggg.groups.join import join
from huggg.groups.pace import AskingBrowser
from huggg.groups.store import taken_by
from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.kit.codes import random_text
from huggg.kit.email import clean_email
from huggg.kit.errors import Invalid, Malformed, TooManyRequests

GROUP = page_operation("showGroup", "The gifts of a group, to the holder of its link")
GROUP_PLACES = page_operation("listGroupPlaces", "All places where a group's gifts can be used")
ASK = page_operation("askForGift", "Ask for a gift of a group by an e-mail address")
ASKED = page_operation("showGiftAsked", "Say that a mail is on its way")
CONFIRM = page_operation("showConfirmation", "Ask the reader of the mail for a tap")
JOIN = page_operation("joinGroup", "Take a gift of a group by a confirmed address")


class AddressForm(Struct):
    """The form that asks for a gift."""

    email: str


@get("/super/{code}", operation=GROUP, only=GROUP_CODE)
async def get_group(request: Request, code: str, group_door: GroupDoor) -> Response:
    """Show a group in its state. It changes nothing, however many programs open the link."""
    return await group_door.serve(request, code, group_door.page)


@get("/super/{code}/places", operation=GROUP_PLACES, only=GROUP_CODE)
async def get_group_places(request: Request, code: str, group_door: GroupDoor) -> Response:
    """Show all places where a gift of a group can be used."""
    return await group_door.serve(request, code, group_door.places)


@post("/super/{code}", operation=ASK, only=GROUP_CODE)
async def post_address(
    request: Request, code: str, body: bytes, group_door: GroupDoor, launch_url: str
) -> Response:
    """Mail a confirming link to an address. The answer is the same for each address."""

    async def act(visit: GroupVisit) -> Response:
        if visit.group.state(visit.now) is not GroupState.OPEN:
            return see_other(visit.path)
        vault, language, typed_address = group_door.platform.vault, visit.language, ""
        secret = BROWSER.read(request, vault, now=visit.now) or random_text(SECRET_SYMBOLS)
        asker = AskingBrowser(secret, request.context.address, language.tag)
        try:
            typed_address = fill(request, body, AddressForm).email
            address = clean_email(typed_address, "email")
            await group_door.ask(visit, address, asker=asker, launch_url=launch_url)
        except InvalidForm as refusal:
            attempt = bad_address_attempt(language, refusal.texts.get("email", ""))
            return await group_door.page(visit, attempt=attempt)
        except (Malformed, Invalid):
            return await group_door.page(visit, attempt=bad_address_attempt(language, typed_address))
        except TooManyRequests as refusal:
            return await group_door.page(
                visit, attempt=limited_attempt(language, refusal, typed_address)
            )
        cookie = BROWSER.line(secret, vault, now=visit.now)
        return see_other(f"{visit.path}/mail", cookies=(cookie,))

    return await group_door.serve(request, code, act)


@get("/super/{code}/mail", operation=ASKED, only=GROUP_CODE)
async def get_mail_notice(request: Request, code: str, group_door: GroupDoor) -> Response:
    """Say that a mail is on its way."""

    async def act(visit: GroupVisit) -> Response:
        return await group_door.step(visit, mail_step(visit.language))

    return await group_door.serve(request, code, act)


@get("/super/{code}/{token}", operation=CONFIRM, only=GROUP_CODE)
async def get_confirmation(request: Request, code: str, token: str, group_door: GroupDoor) -> Response:
    """Ask for the tap that takes a gift: scanners of mail open its links, and take nothing."""

    async def act(visit: GroupVisit) -> Response:
        platform, group = group_door.platform, visit.group
        address = read_address(platform.vault, group, token)
        claimer = claimer_key(group.link, address)
        own_huggg = await taken_by(platform.database, platform.vault, group.transaction_id, claimer)
        if own_huggg is None and group.state(visit.now) is not GroupState.OPEN:
            return await group_door.page(visit)
        step = confirm_step(
            visit.language,
            address=address,
            action=f"{visit.path}/{token}",
            has_one=own_huggg is not None,
        )
        return await group_door.step(visit, step)

    return await group_door.serve(request, code, act)


@post("/super/{code}/{token}", operation=JOIN, only=GROUP_CODE)
async def post_confirmation(request: Request, code: str, token: str, group_door: GroupDoor) -> Response:
    """Give a gift of the group to the reader of the mail, and lead to its page."""

    async def act(visit: GroupVisit) -> Response:
        database, vault = group_door.platform.database, group_door.platform.vault
        address = read_address(vault, visit.group, token)
        secret = BROWSER.read(request, vault, now=visit.now) or random_text(SECRET_SYMBOLS)
        try:
            own_huggg = await join(
                database, vault, visit.group, address, browser=secret, client_id=HOLDER.client_id
            )
        except GroupClosed:
            return see_other(visit.path)
        cookie = BROWSER.line(secret, vault, now=visit.now)
        return see_other(f"/{own_huggg.shortcode}", cookies=(cookie,))

    return await group_door.serve(request, code, act)


ROUTES = [
    get_group,
    get_group_places,
    post_address,
    get_mail_notice,
    get_confirmation,
    post_confirmation,
]
