"""`/till/offline` and `/till/conflicts`: a paired till without a network, and its conflicts."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from huggg.devices.store import known_device
from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.route import get, post, put
from huggg.http.web import Request, Response, json_response
from huggg.identity.caller import Caller, UserKind
from huggg.identity.role import StaffRight
from huggg.kit.errors import Unauthenticated
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.offline.conflicts import conflicts
from huggg.offline.device_kit import OfflineKits
from huggg.offline.errors import ScanNotFound
from huggg.offline.scan import OfflineDevice
from huggg.offline.settle import NOTE_LENGTH_MAX, Decision, conflict_of, settle
from huggg.offline.take_in import take_in
from huggg.offline.wire import published_kit, published_scan, read_scan
from huggg.redemptions.trading_day import trading_day
from huggg.refusal import Refusal
from huggg.till.clerk_words import clerk_words
from huggg.till.sheet import local_day_and_time
from huggg.till.shift import CLIENT_ID, Shift, device_id_of, device_of, shift_of, signed_out

KIT = page_operation("showTillKit", "The rule, keys and revoked list of a paired till", keepable=True)
TAKE_IN = page_operation("takeInTillScan", "Take in a gift that a till accepted without a network")
CONFLICTS = page_operation("showTillConflicts", "Gifts accepted offline that wait to be settled")
SETTLE = page_operation("settleTillConflict", "Settle a gift that was accepted offline")


class SettleForm(Struct):
    """The form that settles a conflict."""

    scan: UUID
    decision: Decision
    reason: Annotated[str, Meta(min_length=1, max_length=NOTE_LENGTH_MAX)]


@get("/till/offline/kit", operation=KIT)
async def get_kit(request: Request, platform: Platform, offline_kits: OfflineKits) -> Response:
    """Give a paired till the rule, keys, products and revoked list of its brand."""
    device = await device_of(request, platform)
    if device is None:
        raise Unauthenticated
    return json_response({"data": published_kit(await offline_kits.get(device.brand_id))})


@put("/till/offline/scans/{scan_id}", operation=TAKE_IN)
async def put_scan(request: Request, scan_id: str, body: bytes, platform: Platform) -> Response:
    """Take in a scan, once. No staff need be signed in, and a revoked device's scans are conflicts."""
    device_id = device_id_of(request, platform)
    device = None if device_id is None else await known_device(platform.database, device_id)
    if device is None:
        raise Unauthenticated
    caller = Caller(
        CLIENT_ID,
        None,
        UserKind.MERCHANT,
        brand_id=device.brand_id,
        every_location=False,
        location_ids=frozenset({device.location_id}),
    )
    scan = read_scan(platform.vault, scan_id, body)
    carrier = OfflineDevice(device.id, caller, is_revoked=device.revoked_at is not None)
    outcome = await take_in(platform, scan, device=carrier)
    return json_response({"data": published_scan(outcome)}, status=201)


@get("/till/conflicts", operation=CONFLICTS)
async def get_conflicts(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show supervisors the conflicts at their locations, by both times."""
    shift = await shift_of(request, platform)
    if shift is None:
        return see_other("/till")
    shift.require(StaffRight.SETTLE)
    return await _conflicts_page(renderer, platform, shift)


@post("/till/conflicts", operation=SETTLE)
async def post_conflict(
    request: Request, body: bytes, platform: Platform, renderer: Renderer
) -> Response:
    """Settle a conflict, with a reason. Sent twice it settles once."""
    shift = await shift_of(request, platform)
    if shift is None:
        return signed_out()
    shift.require(StaffRight.SETTLE)
    try:
        form = fill(request, body, SettleForm)
        conflict = await conflict_of(platform.database, form.scan, brand_id=shift.brand_id)
        if not shift.caller.acts_at(conflict.location_id):
            raise ScanNotFound
        name = shift.signed_in.name
        await settle(platform, conflict, form.decision, note=form.reason, by=name, caller=shift.caller)
    except InvalidForm:
        problem = "Choose a decision, and write the reason."
        return await _conflicts_page(renderer, platform, shift, problem=problem, status=422)
    except Refusal as refusal:
        return await _conflicts_page(renderer, platform, shift, problem=clerk_words(refusal), status=409)
    return await _conflicts_page(renderer, platform, shift, note="Settled.")


async def _conflicts_page(
    renderer: Renderer,
    platform: Platform,
    shift: Shift,
    *,
    status: int = 200,
    **more: Any,  # noqa: ANN401 - the template's values
) -> Response:
    caller = shift.caller
    day = await trading_day(platform.database, shift.brand_id)
    values = {
        "conflicts": await conflicts(
            platform.database,
            brand_id=shift.brand_id,
            location_ids=None if caller.every_location else caller.location_ids,
        ),
        "at": partial(local_day_and_time, time_zone=day.time_zone),
        "pounds": pounds,
        **dict.fromkeys(("problem", "note")),
        **more,
    }
    return await renderer.page("till/conflicts.html.j2", values, scripts=True, status=status)


ROUTES = [get_kit, put_scan, get_conflicts, post_conflict]
