"""`/till/staff`: a manager hires, gives roles and PINs, and disables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from huggg.html.forms import InvalidForm, fill
from huggg.html.operation import page_operation
from huggg.html.redirect import see_other
from huggg.html.renderer import Renderer
from huggg.http.route import get, post
from huggg.http.web import Request, Response
from huggg.identity.errors import NameTaken
from huggg.identity.passwords import Passwords
from huggg.identity.role import StaffRole
from huggg.kit.codes import random_text
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.redemptions.trading_day import locations_of
from huggg.staff.errors import OwnRole, StaffNotFound
from huggg.staff.hire import hire, set_staff_active, set_staff_role
from huggg.staff.pin import set_pin
from huggg.staff.store import find_member, staff_of
from huggg.till.clerk_words import clerk_words
from huggg.till.shift import Shift, manager_of, signed_out

STAFF = page_operation("showTillStaff", "A merchant's staff")
HIRE = page_operation("hireTillStaff", "Add a member of staff")
PIN = page_operation("setTillPin", "Give a member of staff a new PIN")
ROLE = page_operation("setTillRole", "Give a member of staff another role")
ACTIVE = page_operation("setTillStaffActive", "Disable a member of staff, or enable them")

PASSWORD_SYMBOLS = 16


class SignInSecrets(Struct, frozen=True):
    """The secrets by which a member of staff signs in from now on, shown to the manager once."""

    name: str
    pin: str
    username: str | None = None
    password: str | None = None


class HireForm(Struct):
    """The form that adds a member of staff; without a location at every one."""

    name: Annotated[str, Meta(max_length=255)]
    role: StaffRole
    location: Annotated[str, Meta(max_length=255)] | None = None
    username: Annotated[str, Meta(max_length=255)] | None = None


class NewPinForm(Struct):
    """The form that gives a member of staff a PIN, drawn unless it has one."""

    staff: UUID
    pin: Annotated[str, Meta(max_length=20)] | None = None


class RoleForm(Struct):
    """The form that gives a member of staff another role."""

    staff: UUID
    role: StaffRole


class ActiveForm(Struct):
    """The form that disables a member of staff, or enables them."""

    staff: UUID
    active: bool


@get("/till/staff", operation=STAFF)
async def get_staff(request: Request, platform: Platform, renderer: Renderer) -> Response:
    """Show a manager the staff at their locations."""
    shift = await manager_of(request, platform)
    return see_other("/till") if shift is None else await _staff_page(renderer, platform, shift)


@post("/till/staff", operation=HIRE)
async def post_staff(
    request: Request, body: bytes, platform: Platform, renderer: Renderer, passwords: Passwords
) -> Response:
    """Add a member of staff, and show the PIN and the password this once."""
    shift = await manager_of(request, platform)
    if shift is None:
        return signed_out()
    try:
        form = fill(request, body, HireForm)
    except InvalidForm as refusal:
        page = partial(_staff_page, renderer, platform, shift, status=422)
        return await page(texts=refusal.texts, problem=clerk_words(refusal))
    try:
        secrets = await _hire(platform, passwords, form, shift)
    except (Invalid, NameTaken) as refusal:
        page = partial(_staff_page, renderer, platform, shift, status=422)
        return await page(texts=msgspec.structs.asdict(form), problem=clerk_words(refusal))
    return await _staff_page(renderer, platform, shift, secrets=secrets)


@post("/till/staff/pin", operation=PIN)
async def post_staff_pin(
    request: Request, body: bytes, platform: Platform, renderer: Renderer, passwords: Passwords
) -> Response:
    """Give a member of staff a new PIN, and show it this once. The former PIN's sign-ins end."""
    shift = await manager_of(request, platform)
    if shift is None:
        return signed_out()
    form = fill(request, body, NewPinForm)
    try:
        pin = await set_pin(platform, passwords, form.staff, form.pin, manager=shift.caller)
    except (Invalid, StaffNotFound) as refusal:
        return await _staff_page(renderer, platform, shift, problem=clerk_words(refusal), status=422)
    member = await find_member(platform, form.staff)
    name = "" if member is None else member.name
    return await _staff_page(renderer, platform, shift, secrets=SignInSecrets(name, pin))


@post("/till/staff/role", operation=ROLE)
async def post_staff_role(
    request: Request, body: bytes, platform: Platform, renderer: Renderer
) -> Response:
    """Give a member of staff another role, from their next request on."""
    shift = await manager_of(request, platform)
    if shift is None:
        return signed_out()
    form = fill(request, body, RoleForm)
    try:
        await set_staff_role(platform, form.staff, form.role, manager=shift.caller)
    except (StaffNotFound, OwnRole) as refusal:
        return await _staff_page(renderer, platform, shift, problem=clerk_words(refusal), status=409)
    return await _staff_page(renderer, platform, shift, note="The role is changed.")


@post("/till/staff/active", operation=ACTIVE)
async def post_staff_active(
    request: Request, body: bytes, platform: Platform, renderer: Renderer
) -> Response:
    """Lock a member of staff out at once, or let them in again."""
    shift = await manager_of(request, platform)
    if shift is None:
        return signed_out()
    form = fill(request, body, ActiveForm)
    try:
        await set_staff_active(platform, form.staff, active=form.active, manager=shift.caller)
    except (StaffNotFound, OwnRole) as refusal:
        return await _staff_page(renderer, platform, shift, problem=clerk_words(refusal), status=409)
    note = "Enabled again." if form.active else "Disabled, and signed out everywhere."
    return await _staff_page(renderer, platform, shift, note=note)


async def _hire(platform: Platform, passwords: Passwords, form: HireForm, shift: Shift) -> SignInSecrets:
    """Hire, and draw the secrets of the new member. Raises Invalid, NameTaken."""
    password = None if form.username is None else random_text(PASSWORD_SYMBOLS)
    user_id = await hire(
        platform,
        passwords,
        name=form.name,
        role=form.role,
        location_ids=[] if form.location is None else [form.location],
        username=form.username,
        password=password,
        manager=shift.caller,
    )
    pin = await set_pin(platform, passwords, user_id, manager=shift.caller)
    return SignInSecrets(form.name, pin, form.username, password)


async def _staff_page(
    renderer: Renderer,
    platform: Platform,
    shift: Shift,
    *,
    status: int = 200,
    texts: Mapping[str, Any] | None = None,
    **more: Any,  # noqa: ANN401 - the template's values
) -> Response:
    values = {
        "members": await staff_of(platform, brand_id=shift.brand_id, manager=shift.caller),
        "locations": await locations_of(platform.database, shift.caller),
        "every_location": shift.caller.every_location,
        "own_id": shift.caller.user_id,
        "roles": list(StaffRole),
        "texts": {**dict.fromkeys(HireForm.__struct_fields__), **(texts or {})},
        **dict.fromkeys(("secrets", "problem", "note")),
        **more,
    }
    return await renderer.page("till/staff.html.j2", values, scripts=True, status=status)


ROUTES = [get_staff, post_staff, post_staff_pin, post_staff_role, post_staff_active]
