"""`device`: the browsers in which merchants' staff use the till page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
import typer

from huggg.cli.tables import JSON, print_rows
from huggg.devices.device import Device
from huggg.devices.invite import Invitation, invite_device
from huggg.devices.revoke import revoke_device
from huggg.devices.store import devices
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

device = typer.Typer(name="device", help="Browsers paired with the till page.", no_args_is_help=True)


@device.command("invite")
def device_invite(
    location_id: Annotated[
        str, typer.Argument(metavar="LOCATION", help="The location's id, from `location list`.")
    ],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name that managers read in their list.")
    ],
) -> None:
    """Print a pairing code: the browser in which it is typed, at /till/pair, becomes the device."""

    async def act(platform: Platform) -> Invitation:
        return await invite_device(platform, location_id=location_id, name=name)

    invitation = run_with_platform(act)
    typer.echo(
        f"id {invitation.device_id}\ncode {invitation.code}\nends at {invitation.ends_at:%H:%M} UTC"
    )


@device.command("list")
def device_list(
    brand_id: Annotated[
        UUID | None, typer.Option("--brand", metavar="BRAND", help="Only those of this brand.")
    ] = None,
    *,
    as_json: JSON = False,
) -> None:
    """List devices, the youngest first, with the time at which each was seen last."""

    async def act(platform: Platform) -> list[Device]:
        return await devices(platform.database, brand_id=brand_id)

    now = datetime.now(UTC)
    rows = [
        {**msgspec.structs.asdict(each), "state": each.state(now)} for each in run_with_platform(act)
    ]
    columns = ("id", "name", "location", "location_id", "state", "paired_at", "seen_at", "revoked_at")
    print_rows(rows, columns, as_json=as_json, empty="There is no device yet.")


@device.command("revoke")
def device_revoke(
    device_id: Annotated[
        UUID, typer.Argument(metavar="DEVICE", help="The device's id, from `device list`.")
    ],
) -> None:
    """Refuse a device at once, on every server, and end the sign-ins on it."""

    async def act(platform: Platform) -> None:
        await revoke_device(platform.database, device_id)

    run_with_platform(act)
    typer.echo("Revoked.")
