"""`offline-rule set`, `remove` and `list`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.amounts import amounts, read_pounds
from huggg.cli.tables import JSON, print_rows
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.offline.rule import HOURS_MAX, SCANS_MAX, LossBearer, OfflineRule
from huggg.offline.set_rule import remove_rule, rules, set_rule
from huggg.server.process import run_with_platform

offline_rule = typer.Typer(
    name="offline-rule",
    help="Allowances of offline scans, a brand's for each of its devices.",
    no_args_is_help=True,
)


BRAND = Annotated[UUID, typer.Argument(metavar="BRAND", help="The brand's id, from `brand list`.")]


@offline_rule.command("set")
def set_(
    brand_id: BRAND,
    scans: Annotated[
        int, typer.Option(min=1, max=SCANS_MAX, help="Hugggs that a device accepts without the server.")
    ],
    value: Annotated[
        int, typer.Option(parser=read_pounds, metavar="POUNDS", help="The total value of these hugggs.")
    ],
    hours: Annotated[
        int, typer.Option(min=1, max=HOURS_MAX, help="Hours since the device's last refresh.")
    ],
    losses: Annotated[
        LossBearer, typer.Option(help="The bearer of the loss where a huggg was spent already.")
    ] = LossBearer.MERCHANT,
) -> None:
    """Set the allowance of each device of a brand, and let the brand's gifts show offline codes.

    Gift pages follow within half a minute, and devices with their next refresh.
    """
    rule = OfflineRule(scans, value, hours, losses)

    async def act(platform: Platform) -> None:
        await set_rule(platform.database, brand_id, rule)

    run_with_platform(act)
    typer.echo(f"Each device may accept {scans} hugggs worth £{pounds(value)} in {hours} hours offline.")


@offline_rule.command()
def remove(brand_id: BRAND) -> None:
    """Stop offline scans at a brand; scans that wait on devices are still taken in, as conflicts."""

    async def act(platform: Platform) -> bool:
        return await remove_rule(platform.database, brand_id)

    typer.echo("Removed." if run_with_platform(act) else "The brand has no offline rule.")


@offline_rule.command("list")
def list_(*, as_json: JSON = False) -> None:
    """List the brands that have offline scans, and their rules; value in JSON is pence."""

    async def act(platform: Platform) -> list[Record]:
        return await rules(platform.database)

    print_rows(
        run_with_platform(act),
        ("brand", "brand_id", "scans", "value", "hours", "losses"),
        as_json=as_json,
        empty="No brand has offline scans.",
        words=amounts("value"),
    )
