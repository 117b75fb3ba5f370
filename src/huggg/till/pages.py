"""`/till`: the till page, for staff of merchants without an ePOS of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from msgspec import Meta, Struct

from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.query import requested_whole
from huggg.http.route import get, post
from huggg.http.web import Request, Response, json_response, query_of
from huggg.hugggs.guessing import Guesses
from huggg.identity.attempts import Attempts
from huggg.identity.browser_session import sign_in
from huggg.identity.caller import UserKind
from huggg.identity.passwords import Passwords
from huggg.kit.errors import Invalid, Unauthenticated
from huggg.kit.ids import new_id
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.redemptions.sale import UNTOLD, Sale
from huggg.redemptions.trading_day import (
    redemptions_of_day,
    totals_of_day,
    trading_day,
)
from huggg.refusal import Refusal
from huggg.till.frame import code_in_frame
from huggg.till.scan import UNDO_FOR, Scan, scan, undo
from huggg.till.sheet import end_of_day_sheet, local_time
from huggg.till.shift import SESSION, Shift, TillSession, shift_of

SHOW = page_operation("showTill", "The till")
SIGN_IN = page_operation("signInAtTill", "Sign in at the till")
SIGN_OUT = page_operation("signOutAtTill", "Sign out at the till")
SCAN = page_operation("scanAtTill", "Redeem a scanned code")
UNDO = page_operation("undoAtTill", "Undo a redemption of the last minute")
FRAME = page_operation("readTillFrame", "Read the code in a frame of a camera")
DAY = page_operation("showTillDay", "A day's redemptions and totals")
SHEET = page_operation("downloadTillDay", "A day's redemptions as CSV")

FRAME_PIXELS_MAX = 4000
NO_LOCATION = "Choose the location of this till first."


class SignInForm(Struct):
    """The form that signs staff in."""

    username: Annotated[str, Meta(max_length=255)]
    password: Annotated[str, Meta(max_length=1000)]


class ScanForm(Struct):
    """The form of a scan; its `id` is the redemption's, so that sending it twice redeems once."""

    code: Annotated[str, Meta(max_length=500)]
    id: UUID
    location: Annotated[str, Meta(max_length=255)]
    reference: Annotated[str, Meta(max_length=100)] | None = None


class UndoForm(Struct):
    """The form that takes a redemption back."""

    huggg: UUID
    redemption: UUID


@get("/till", operation=SHOW)
async def get_till(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show the till to staff, and the sign-in to all others."""
    shift = await shift_of(request, platform)
    if shift is None:
        return await _sign_in_page(renderer)
    return await _till_page(renderer, platform, shift)


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
    except InvalidForm as invalid:
        return await _sign_in_page(renderer, invalid.problems, invalid.given, status=422)
    except Unauthenticated:
        problems = {"password": "or name is wrong, or is not that of a merchant's staff."}
        return await _sign_in_page(renderer, problems, {"username": form.username}, status=401)
    line = SESSION.line(TillSession(staff), platform.vault, now=datetime.now(UTC))
    return see_other("/till", cookies=(line,))


@post("/till/session/end", operation=SIGN_OUT)
async def post_session_end() -> Response:
    """Sign staff out of this browser."""
    return see_other("/till", cookies=(SESSION.end(),))


@post("/till/scan", operation=SCAN)
async def post_scan(
    request: Request, body: bytes, platform: Platform, renderer: Renderer, guesses: Guesses
) -> Response:
    """Redeem a scanned or typed code, and show the one answer. Sent twice it redeems once."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    try:
        form = fill(request, body, ScanForm)
    except InvalidForm as invalid:
        problem = NO_LOCATION if "location" in invalid.problems else "Scan or type a code first."
        return await _till_page(renderer, platform, shift, problem=problem, status=422)
    done = await scan(
        platform,
        guesses,
        form.code,
        caller=shift.signed_in.caller,
        location_id=form.location,
        redemption_id=form.id,
        sale=UNTOLD if form.reference is None else Sale(form.reference),
        address=request.context.address,
        now=shift.signed_in.now,
    )
    chosen = TillSession(shift.session.staff, form.location)
    here = Shift(shift.signed_in, chosen, shift.locations)
    line = SESSION.line(chosen, platform.vault, now=datetime.now(UTC))
    return await _till_page(renderer, platform, here, done=done, cookies=(line,))


@post("/till/undo", operation=UNDO)
async def post_undo(request: Request, body: bytes, platform: Platform, renderer: Renderer) -> Response:
    """Take back a redemption of the last minute."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    form = fill(request, body, UndoForm)
    caller, now = shift.signed_in.caller, shift.signed_in.now
    try:
        await undo(platform, form.huggg, form.redemption, caller=caller, now=now)
    except Refusal as refusal:
        return await _till_page(renderer, platform, shift, problem=str(refusal), status=409)
    return await _till_page(renderer, platform, shift, note="Undone. The gift can be used again.")


@post("/till/frame", operation=FRAME)
async def post_frame(request: Request, body: bytes, platform: Platform) -> Response:
    """Read the code in a frame of a camera, for browsers that cannot: one byte of grey a pixel."""
    if await shift_of(request, platform) is None:
        raise Unauthenticated
    width = requested_whole(query_of(request), "width", least=1, most=FRAME_PIXELS_MAX)
    if width is None or not body or len(body) % width:
        raise Invalid("width: must divide the frame into rows.")
    return json_response({"text": await asyncio.to_thread(code_in_frame, body, width)})


@get("/till/day", operation=DAY)
async def get_day(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show a day's redemptions and totals at the staff's locations; search by reference or receipt."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    query, caller = dict(query_of(request)), shift.signed_in.caller
    assert caller.brand_id is not None  # noqa: S101 - staff has one
    day = await trading_day(platform.database, caller.brand_id, _day_of(query.get("day")))
    reference = query.get("reference") or None
    listed = await redemptions_of_day(platform, day, caller=caller, reference=reference)
    values = {
        "day": day,
        "sheet": f"/till/day.csv?{urlencode({'day': day.day.isoformat()})}",
        "reference": reference or "",
        "listed": listed,
        "totals": await totals_of_day(platform, day, caller=caller),
        "local": partial(local_time, time_zone=day.time_zone),
        "pounds": pounds,
    }
    return await renderer.page("till/day.html.j2", values)


@get("/till/day.csv", operation=SHEET)
async def get_sheet(request: Request, platform: Platform) -> Response:
    """Give a day's redemptions as CSV, for the end of the day."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    caller = shift.signed_in.caller
    assert caller.brand_id is not None  # noqa: S101 - staff has one
    requested_day = _day_of(dict(query_of(request)).get("day"))
    day = await trading_day(platform.database, caller.brand_id, requested_day)
    listed = await redemptions_of_day(platform, day, caller=caller)
    disposition = f'attachment; filename="hugggs-{day.day.isoformat()}.csv"'
    return Response(
        end_of_day_sheet(listed, day.time_zone),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


async def _sign_in_page(
    renderer: Renderer,
    problems: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    blank: Mapping[str, str | None] = dict.fromkeys(("username", "password"))
    values = {"problems": {**blank, **(problems or {})}, "given": {**blank, **(given or {})}}
    return await renderer.page("till/sign_in.html.j2", values, status=status)


async def _till_page(
    renderer: Renderer,
    platform: Platform,
    shift: Shift,
    *,
    done: Scan | None = None,
    problem: str | None = None,
    note: str | None = None,
    status: int = 200,
    cookies: tuple[str, ...] = (),
) -> Response:
    caller = shift.signed_in.caller
    assert caller.brand_id is not None  # noqa: S101 - staff has one
    day = await trading_day(platform.database, caller.brand_id)
    totals = await totals_of_day(platform, day, caller=caller)
    values = {
        "name": shift.signed_in.name,
        "locations": shift.locations,
        "location_id": shift.location_id,
        "next_id": new_id(),
        "done": done,
        "seconds_ago": _seconds_ago(done),
        "undo_seconds": int(UNDO_FOR.total_seconds()),
        "problem": problem,
        "note": note,
        "count": sum(total.redemptions for total in totals),
        "value": sum(total.value for total in totals),
        "pounds": pounds,
    }
    return await renderer.page("till/till.html.j2", values, scripts=True, status=status, cookies=cookies)


def _seconds_ago(done: Scan | None) -> int:
    if done is None or done.redemption is None:
        return 0
    return max(0, int((done.at - done.redemption.created_at).total_seconds()))


def _day_of(text: str | None) -> date | None:
    """Read a day of the query. Raises Invalid."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("day: must be a day like 2026-11-28.") from None


ROUTES = [get_till, post_session, post_session_end, post_scan, post_undo, post_frame, get_day, get_sheet]
