"""`staff`: merchants' users at the till page, their roles and PINs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
import typer

from huggg.cli.asking import DRAW_PIN, ask_pin
from huggg.cli.tables import JSON, print_rows
from huggg.identity.create import find_user
from huggg.identity.passwords import Passwords
from huggg.identity.role import StaffRole
from huggg.kit.ids import parse_id
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.staff.hire import set_staff_role
from huggg.staff.member import Member
from huggg.staff.pin import set_pin
from huggg.staff.store import staff_of

staff = typer.Typer(name="staff", help="Merchants' users at the till page.", no_args_is_help=True)

USER = Annotated[str, typer.Argument(metavar="USER", help="A username, or a user's id.")]


@staff.command("list")
def staff_list(
    brand_id: Annotated[
        UUID | None, typer.Option("--brand", metavar="BRAND", help="Only that of this brand.")
    ] = None,
    *,
    as_json: JSON = False,
) -> None:
    """List merchants' users by name, with the role of each at the till page."""

    async def act(platform: Platform) -> list[Member]:
        return await staff_of(platform, brand_id=brand_id)

    columns = ("id", "name", "username", "role", "location_ids", "has_pin", "has_password", "active")
    rows = [
        {**msgspec.structs.asdict(each), "location_ids": sorted(each.location_ids)}
        for each in run_with_platform(act)
    ]
    print_rows(
        rows,
        columns,
        as_json=as_json,
        empty="There is no staff yet.",
        words={"location_ids": lambda ids: ", ".join(ids) or "all"},
    )


@staff.command("role")
def staff_role(
    username_or_id: USER,
    role: Annotated[StaffRole, typer.Argument(metavar="ROLE", help="The role at the till page.")],
) -> None:
    """Give a member of staff another role, from the next request on."""

    async def act(platform: Platform) -> None:
        await set_staff_role(platform, await _user_id(platform, username_or_id), role)

    run_with_platform(act)
    typer.echo(f"{username_or_id} is {role} now.")


@staff.command("pin")
def staff_pin(
    username_or_id: USER,
    *,
    draw: DRAW_PIN = False,
) -> None:
    """Set the PIN by which a member of staff signs in on a paired device."""

    async def act(platform: Platform) -> str:
        user_id = await _user_id(platform, username_or_id)
        pin = None if draw else ask_pin()
        return await set_pin(platform, Passwords(), user_id, pin)

    new_pin = run_with_platform(act)
    typer.echo(new_pin if draw else "Set.")


async def _user_id(platform: Platform, username_or_id: str) -> UUID:
    return parse_id(username_or_id) or await find_user(platform.database, platform.vault, username_or_id)
