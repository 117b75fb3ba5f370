"""`/till/session` and `/till/pair`: staff sign in, and a browser becomes a device."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from huggg.devices.device import Device
from huggg.devices.errors import PairingRefused
from huggg.devices.pair import pair_device
from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.hugggs.guessing import Guesses
from huggg.identity.attempts import Attempts
from huggg.identity.browser_session import BrowserSession, read_session, sign_in
from huggg.identity.caller import UserKind
from huggg.identity.passwords import Passwords
from huggg.kit.errors import TooManyRequests, Unauthenticated
from huggg.kit.platform import Platform
from huggg.staff.pin import sign_in_by_pin
from huggg.staff.store import staff_at
from huggg.till.shift import CLIENT_ID, DEVICE, SESSION, TillSession, device_of

SIGN_IN = page_operation("signInAtTill", "Sign in at the till")
SIGN_IN_BY_PIN = page_operation("signInByPin", "Sign in by PIN on a paired device")
SIGN_OUT = page_operation("signOutAtTill", "Sign out at the till")
PAIRING = page_operation("showPairing", "The form that pairs a browser with the till page")
PAIR = page_operation("pairDevice", "Pair a browser with the till page")

WRONG_SIGN_IN = "or name is wrong, or is not that of a merchant's staff."
WRONG_PIN = "is wrong."
ELSEWHERE = "is right, but you do not work at the location of this device."
NOT_CHOSEN = "Choose your name first."


class SignInForm(Struct):
    """The form that signs staff in by password."""

    username: Annotated[str, Meta(max_length=255)]
    password: Annotated[str, Meta(max_length=1000)]


class PinSignInForm(Struct):
    """The form that signs staff in by PIN."""

    staff: UUID
    pin: Annotated[str, Meta(max_length=20)]


class PairForm(Struct):
    """The form that pairs a browser."""

    code: Annotated[str, Meta(max_length=40)]


@post("/till/session", operation=SIGN_IN)
async def post_session(
    request: Request,
    body: bytes,
    platform: Platform,
    renderer: Renderer,
    passwords: Passwords,
    attempts: Attempts,
) -> Response:
    """Sign staff in by name and password."""
    device = await device_of(request, platform)
    try:
        form = fill(request, body, SignInForm)
        staff = await sign_in(
            platform,
            passwords,
            attempts,
            username=form.username,
            password=form.password,
            kind=UserKind.MERCHANT,
            address=request.context.address,
        )
    except InvalidForm as refusal:
        return await sign_in_page(
            renderer, platform, device, refusal.problems, refusal.texts, status=422
        )
    except Unauthenticated:
        problems, texts = {"password": WRONG_SIGN_IN}, {"username": form.username}
        return await sign_in_page(renderer, platform, device, problems, texts, status=401)
    if device is not None and not await _works_at(platform, staff, device):
        problems, texts = {"password": ELSEWHERE}, {"username": form.username}
        return await sign_in_page(renderer, platform, device, problems, texts, status=403)
    return _begin_shift(platform, staff, device)


@post("/till/session/pin", operation=SIGN_IN_BY_PIN)
async def post_pin(
    request: Request,
    body: bytes,
    platform: Platform,
    renderer: Renderer,
    passwords: Passwords,
    attempts: Attempts,
) -> Response:
    """Sign staff in by PIN, on a paired device alone."""
    device = await device_of(request, platform)
    if device is None:
        return see_other("/till")
    try:
        form = fill(request, body, PinSignInForm)
        staff = await sign_in_by_pin(
            platform,
            passwords,
            attempts,
            user_id=form.staff,
            pin=form.pin,
            device_id=device.id,
            brand_id=device.brand_id,
            location_id=device.location_id,
        )
    except InvalidForm as refusal:
        problems = {**refusal.problems, **({"staff": NOT_CHOSEN} if "staff" in refusal.problems else {})}
        return await sign_in_page(renderer, platform, device, problems, refusal.texts, status=422)
    except Unauthenticated:
        problems, texts = {"pin": WRONG_PIN}, {"staff": str(form.staff)}
        return await sign_in_page(renderer, platform, device, problems, texts, status=401)
    except TooManyRequests as refusal:
        problems, texts = {"pin": _wait_text(refusal)}, {"staff": str(form.staff)}
        page = await sign_in_page(renderer, platform, device, problems, texts, status=429)
        headers = {**page.headers, "Retry-After": str(int(refusal.wait_seconds) + 1)}
        return msgspec.structs.replace(page, headers=headers)
    return _begin_shift(platform, staff, device)


@post("/till/session/end", operation=SIGN_OUT)
async def post_session_end() -> Response:
    """Sign staff out of this browser. A device stays paired."""
    return see_other("/till", cookies=(SESSION.end(),))


@get("/till/pair", operation=PAIRING)
async def get_pair(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show the form for a pairing code, and the device that this browser is already."""
    return await _pair_page(renderer, await device_of(request, platform))


@post("/till/pair", operation=PAIR)
async def post_pair(
    request: Request, body: bytes, platform: Platform, renderer: Renderer, guesses: Guesses
) -> Response:
    """Make this browser the device of a pairing code, once."""
    device = await device_of(request, platform)
    try:
        form = fill(request, body, PairForm)
        async with guesses.guard("pairing", request.context.address, miss=PairingRefused):
            device_id = await pair_device(platform, form.code)
    except InvalidForm:
        return await _pair_page(renderer, device, "Type the pairing code first.", status=422)
    except PairingRefused as refusal:
        return await _pair_page(renderer, device, str(refusal), status=404)
    cookie = DEVICE.line(device_id, platform.vault, now=datetime.now(UTC))
    return see_other("/till", cookies=(cookie, SESSION.end()))


async def sign_in_page(
    renderer: Renderer,
    platform: Platform,
    device: Device | None,
    problems: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
    *,
    status: int = 200,
    is_signed_out: bool = False,
) -> Response:
    """Show the ways to sign in: on a device by PIN, and everywhere by password."""
    blank: Mapping[str, str | None] = dict.fromkeys(("username", "password", "staff", "pin"))
    staff = (
        []
        if device is None
        else await staff_at(platform, brand_id=device.brand_id, location_id=device.location_id)
    )
    is_refusal = status != HTTPStatus.OK
    values = {
        "problems": {**blank, **(problems or {})},
        "texts": {**blank, **(texts or {})},
        "device": device,
        "staff": staff,
        "is_signed_out": is_signed_out,
        "is_refusal": is_refusal,
    }
    return await renderer.page("till/sign_in.html.j2", values, scripts=is_refusal, status=status)


async def _pair_page(
    renderer: Renderer, device: Device | None, problem: str | None = None, *, status: int = 200
) -> Response:
    values = {"device": device, "problem": problem}
    is_refusal = problem is not None
    return await renderer.page("till/pair.html.j2", values, scripts=is_refusal, status=status)


async def _works_at(platform: Platform, staff: BrowserSession, device: Device) -> bool:
    signed_in = await read_session(platform, staff, client_id=CLIENT_ID)
    if signed_in is None:
        return False
    caller = signed_in.caller
    return caller.brand_id == device.brand_id and caller.acts_at(device.location_id)


def _begin_shift(platform: Platform, staff: BrowserSession, device: Device | None) -> Response:
    now = datetime.now(UTC)
    session = TillSession(staff, device_id=None if device is None else device.id)
    cookies = [SESSION.line(session, platform.vault, now=now)]
    if device is not None:
        cookies.append(DEVICE.line(device.id, platform.vault, now=now))
    return see_other("/till", cookies=tuple(cookies))


def _wait_text(refusal: TooManyRequests) -> str:
    minutes = int(refusal.wait_seconds // 60) + 1
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"was wrong too often. Wait {wait}, sign in by password, or ask a manager for a new PIN."


ROUTES = [post_session, post_pin, post_session_end, get_pair, post_pair]
