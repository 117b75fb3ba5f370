"""`/till`: the till page, for staff of merchants without an ePOS of their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.renderer import Renderer
from huggg.http.query import requested_whole
from huggg.http.route import get, post
from huggg.http.web import Request, Response, json_response, query_of
from huggg.hugggs.guessing import Guesses
from huggg.identity.role import StaffRight
from huggg.kit.errors import Invalid, Unauthenticated
from huggg.kit.ids import new_id
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.redemptions.sale import NO_SALE, Sale
from huggg.redemptions.trading_day import (
    totals_of_day,
    trading_day,
)
from huggg.refusal import Refusal
from huggg.till.clerk_words import clerk_words
from huggg.till.frame import code_in_frame
from huggg.till.scan import UNDO_FOR, Scan, scan, undo
from huggg.till.shift import SESSION, Shift, device_of, shift_of, signed_out, was_signed_out
from huggg.till.sign_in_pages import sign_in_page

SHOW = page_operation("showTill", "The till")
SCAN = page_operation("scanAtTill", "Redeem a scanned code")
UNDO = page_operation("undoAtTill", "Undo a redemption of the last minute")
FRAME = page_operation("readTillFrame", "Read the code in a frame of a camera")

FRAME_PIXELS_MAX = 4000
NO_LOCATION = "Choose the location of this till first."
NO_CODE = "Scan or type a code first."
SCAN_FIELDS = {"code": "The code", "id": "The id of the form", "reference": "Your reference"}


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
        device = await device_of(request, platform)
        return await sign_in_page(renderer, platform, device, is_signed_out=was_signed_out(request))
    return await _till_page(renderer, platform, shift)


@post("/till/scan", operation=SCAN)
async def post_scan(
    request: Request, body: bytes, platform: Platform, renderer: Renderer, guesses: Guesses
) -> Response:
    """Redeem a scanned or typed code, and show the one answer. Sent twice it redeems once."""
    shift = await shift_of(request, platform)
    if shift is None:
        return signed_out()
    try:
        form = fill(request, body, ScanForm)
    except InvalidForm as refusal:
        return await _till_page(renderer, platform, shift, problem=_problem(refusal), status=422)
    answer = await scan(
        platform,
        guesses,
        form.code,
        caller=shift.caller,
        location_id=form.location if shift.device is None else shift.device.location_id,
        redemption_id=form.id,
        sale=NO_SALE if form.reference is None else Sale(form.reference),
        address=request.context.address,
        now=shift.signed_in.now,
        at_device=shift.device is not None,
    )
    session = msgspec.structs.replace(shift.session, location_id=form.location)
    next_shift = msgspec.structs.replace(shift, session=session)
    cookie = SESSION.line(session, platform.vault, now=datetime.now(UTC))
    return await _till_page(renderer, platform, next_shift, answer=answer, cookies=(cookie,))


@post("/till/undo", operation=UNDO)
async def post_undo(request: Request, body: bytes, platform: Platform, renderer: Renderer) -> Response:
    """Take back a redemption of the last minute."""
    shift = await shift_of(request, platform)
    if shift is None:
        return signed_out()
    form = fill(request, body, UndoForm)
    caller, now = shift.caller, shift.signed_in.now
    try:
        await undo(
            platform,
            form.huggg,
            form.redemption,
            caller=caller,
            now=now,
            at_any_time=shift.may(StaffRight.TAKE_BACK),
        )
    except Refusal as refusal:
        return await _till_page(renderer, platform, shift, problem=clerk_words(refusal), status=409)
    return await _till_page(renderer, platform, shift, note="Undone. The gift can be used again.")


@post("/till/frame", operation=FRAME)
async def post_frame(request: Request, body: bytes, platform: Platform) -> Response:
    """Read the code in a frame of a camera, for browsers that cannot: one byte of grey a pixel."""
    if await shift_of(request, platform) is None:
        raise Unauthenticated
    width = requested_whole(query_of(request), "width", least=1, most=FRAME_PIXELS_MAX)
    if width is None or not body or len(body) % width or len(body) // width > FRAME_PIXELS_MAX:
        raise Invalid(f"width: must divide the frame into rows, {FRAME_PIXELS_MAX} at most.")
    return json_response({"text": await asyncio.to_thread(code_in_frame, body, width)})


async def _till_page(
    renderer: Renderer,
    platform: Platform,
    shift: Shift,
    *,
    answer: Scan | None = None,
    problem: str | None = None,
    note: str | None = None,
    status: int = 200,
    cookies: tuple[str, ...] = (),
) -> Response:
    caller = shift.caller
    day = await trading_day(platform.database, shift.brand_id)
    totals = await totals_of_day(platform, day, caller=caller)
    values = {
        "name": shift.signed_in.name,
        "device": shift.device,
        "manages": shift.may(StaffRight.MANAGE),
        "settles": shift.may(StaffRight.SETTLE),
        "locations": shift.locations,
        "location_id": shift.location_id,
        "next_id": new_id(),
        "answer": answer,
        "seconds_ago": _seconds_ago(answer),
        "undo_seconds": int(UNDO_FOR.total_seconds()),
        "problem": problem,
        "note": note,
        "count": sum(total.redemptions for total in totals),
        "value": sum(total.value for total in totals),
        "pounds": pounds,
    }
    return await renderer.page("till/till.html.j2", values, scripts=True, status=status, cookies=cookies)


def _problem(invalid: InvalidForm) -> str:
    """Write one sentence about the first field that does not fit."""
    if "location" in invalid.problems:
        return NO_LOCATION
    if "code" not in invalid.texts:
        return NO_CODE
    name, problem = next(iter(invalid.problems.items()))
    return f"{SCAN_FIELDS[name]} {problem}"


def _seconds_ago(answer: Scan | None) -> int:
    if answer is None or answer.redemption is None:
        return 0
    return max(0, int((answer.at - answer.redemption.created_at).total_seconds()))


ROUTES = [get_till, post_scan, post_undo, post_frame]
