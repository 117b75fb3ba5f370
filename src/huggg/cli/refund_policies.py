"""`refund-policy set`, `remove` and `list`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.tables import JSON, print_rows
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.transactions.ends.refund_policy import AFTER_DAYS_MAX, policies, remove_policy, set_policy

refund_policy = typer.Typer(
    name="refund-policy",
    help="Refund policies: the return of the value of cancelled and expired hugggs to their buyers.",
    no_args_is_help=True,
)

OF_TEAM = Annotated[
    UUID | None, typer.Option("--team", metavar="TEAM", help="Only hugggs that this team bought.")
]
OF_BRAND = Annotated[
    UUID | None, typer.Option("--brand", metavar="BRAND", help="Only hugggs of this brand.")
]


@refund_policy.command("set")
def set_(
    team_id: OF_TEAM = None,
    brand_id: OF_BRAND = None,
    after_days: Annotated[
        int | None,
        typer.Option(min=0, max=AFTER_DAYS_MAX, help="The days after which the value returns."),
    ] = None,
    *,
    never: Annotated[bool, typer.Option("--never", help="The value does not return.")] = False,
    even_shown: Annotated[
        bool,
        typer.Option(
            "--even-shown",
            help="It returns although the merchant's code was shown, and may have been spent.",
        ),
    ] = False,
) -> None:
    """Set the policy for hugggs that are cancelled or expire from now on.

    Of several policies that match a huggg the most precise one holds, and a team's before a brand's.
    Without any policy the value returns at once, and that of a huggg whose merchant's code was shown
    stays.
    """
    if (after_days is None) != never:
        raise Invalid("Exactly one of --after-days and --never is needed.")
    if never and even_shown:
        raise Invalid("--even-shown says that value returns, and --never that it does not.")

    async def act(platform: Platform) -> None:
        await set_policy(
            platform.database,
            team_id=team_id,
            brand_id=brand_id,
            after_days=after_days,
            even_shown=even_shown,
        )

    run_with_platform(act)
    also = ", even if its code was shown" if even_shown else ""
    typer.echo(f"The value of a huggg that ends unspent returns {_when(after_days)}{also}.")


@refund_policy.command()
def remove(team_id: OF_TEAM = None, brand_id: OF_BRAND = None) -> None:
    """Remove the policy of exactly this team and brand, so that a less precise one holds."""

    async def act(platform: Platform) -> None:
        await remove_policy(platform.database, team_id=team_id, brand_id=brand_id)

    run_with_platform(act)
    typer.echo("Removed.")


@refund_policy.command("list")
def list_(*, as_json: JSON = False) -> None:
    """List the policies, the most precise first."""

    async def act(platform: Platform) -> list[Record]:
        return await policies(platform.database)

    print_rows(
        run_with_platform(act),
        ("team", "team_id", "brand", "brand_id", "after_days", "even_shown"),
        as_json=as_json,
        empty="There is no refund policy: value returns at once, but where a merchant's code was shown.",
    )


def _when(after_days: int | None) -> str:
    if after_days is None:
        return "never"
    return "at once" if after_days == 0 else f"after {after_days} days"
