"""`/till/devices`: a manager pairs and revokes the devices at their locations."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from huggg.devices.errors import DeviceNotFound
from huggg.devices.invite import invite_device
from huggg.devices.revoke import revoke_device
from huggg.devices.store import devices
from huggg.html.forms import fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.redemptions.trading_day import locations_of, trading_day
from huggg.till.clerk_words import clerk_words
from huggg.till.sheet import local_day_and_time
from huggg.till.shift import Shift, manager_of, signed_out

DEVICES = page_operation("showTillDevices", "A merchant's devices")
INVITE = page_operation("inviteTillDevice", "Get a pairing code for a device")
REVOKE = page_operation("revokeTillDevice", "Revoke a device")


class InviteForm(Struct):
    """The form that asks for a pairing code."""

    name: Annotated[str, Meta(max_length=255)]
    location: Annotated[str, Meta(max_length=255)]


class RevokeForm(Struct):
    """The form that revokes a device."""

    device: UUID


@get("/till/devices", operation=DEVICES)
async def get_devices(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show a manager the devices at their locations."""
    shift = await manager_of(request, platform)
    return see_other("/till") if shift is None else await _devices_page(renderer, platform, shift)


@post("/till/devices", operation=INVITE)
async def post_device(request: Request, body: bytes, platform: Platform, renderer: Renderer) -> Response:
    """Make a pairing code, and show it this once."""
    shift = await manager_of(request, platform)
    if shift is None:
        return signed_out()
    try:
        form = fill(request, body, InviteForm)
        invitation = await invite_device(
            platform, location_id=form.location, name=form.name, manager=shift.caller
        )
    except Invalid as refusal:
        return await _devices_page(renderer, platform, shift, problem=clerk_words(refusal), status=422)
    return await _devices_page(renderer, platform, shift, invitation=invitation)


@post("/till/devices/revocation", operation=REVOKE)
async def post_revocation(
    request: Request, body: bytes, platform: Platform, renderer: Renderer
) -> Response:
    """Revoke a device at once, and the sign-ins on it. Sent twice it revokes once."""
    shift = await manager_of(request, platform)
    if shift is None:
        return signed_out()
    form = fill(request, body, RevokeForm)
    try:
        await revoke_device(platform.database, form.device, manager=shift.caller)
    except DeviceNotFound as refusal:
        problem = clerk_words(refusal)
        return await _devices_page(renderer, platform, shift, problem=problem, status=404)
    return await _devices_page(renderer, platform, shift, note="Revoked. Nothing works on it any more.")


async def _devices_page(
    renderer: Renderer,
    platform: Platform,
    shift: Shift,
    *,
    status: int = 200,
    **more: Any,  # noqa: ANN401 - the template's values
) -> Response:
    day = await trading_day(platform.database, shift.brand_id)
    rows = await devices(platform.database, manager=shift.caller)
    values = {
        "devices": [(each, each.state(shift.signed_in.now)) for each in rows],
        "locations": await locations_of(platform.database, shift.caller),
        "at": partial(local_day_and_time, time_zone=day.time_zone),
        **dict.fromkeys(("invitation", "problem", "note")),
        **more,
    }
    return await renderer.page("till/devices.html.j2", values, scripts=True, status=status)


ROUTES = [get_devices, post_device, post_revocation]
