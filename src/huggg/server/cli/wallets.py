"""`wallet create` and `wallet top-up`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from huggg.kit.money import parse_pounds, pounds
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import top_up as run_top_up

wallet = typer.Typer(name="wallet", help="Prepaid money of a team.", no_args_is_help=True)


def _pence(text: str) -> int:
    try:
        return parse_pounds(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None


@wallet.command()
def create(
    name: Annotated[str, typer.Argument(help="What the team calls it.")],
    team: Annotated[UUID, typer.Option(help="The team's id.")],
) -> None:
    """Open an empty wallet and print its id."""

    async def act(platform: Platform) -> UUID:
        return await open_wallet(platform.database, team_id=team, name=name)

    typer.echo(str(run_with_platform(act)))


@wallet.command("top-up")
def top_up(
    wallet_id: Annotated[UUID, typer.Argument(help="The wallet's id.")],
    amount: Annotated[int, typer.Argument(parser=_pence, metavar="POUNDS", help="Such as 20 or 20.50.")],
) -> None:
    """Add money that has arrived, and print what is available."""

    async def act(platform: Platform) -> int:
        return await run_top_up(platform.database, wallet_id=wallet_id, amount=amount)

    typer.echo(f"£{pounds(run_with_platform(act))} available")
