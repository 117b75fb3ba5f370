"""`wallet create`, `list`, `show`, `ledger`, `top-up` and `correct`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.amounts import Pounds, amounts, read_pounds
from huggg.cli.asking import confirm
from huggg.cli.operator import BY, operator_named
from huggg.cli.tables import JSON, print_row, print_rows
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.wallets.alarm import set_alarm
from huggg.wallets.correct import correct as run_correct
from huggg.wallets.directory import LEDGER, show_wallet, wallets
from huggg.wallets.directory import ledger as read_ledger
from huggg.wallets.open_wallet import open_wallet
from huggg.wallets.top_up import UNASKED_MAX
from huggg.wallets.top_up import top_up as run_top_up

NEGATIVE_AMOUNTS = {"ignore_unknown_options": True}
"""Without this setting click takes `-20` for an unknown option, which helps no operator."""

wallet = typer.Typer(name="wallet", help="Prepaid money of a team.", no_args_is_help=True)


WALLET = Annotated[UUID, typer.Argument(metavar="WALLET", help="The wallet's id, from `wallet list`.")]
OF_TEAM = Annotated[
    UUID | None, typer.Option("--team", metavar="TEAM", help="Only wallets of this team.")
]

AMOUNTS = amounts("amount", "balance", "available", "topped_up", "corrected", "bought", "returned")


@wallet.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The wallet's name.")],
    team: Annotated[UUID, typer.Option(metavar="TEAM", help="The team's id.")],
) -> None:
    """Open an empty wallet and print its id."""

    async def act(platform: Platform) -> UUID:
        return await open_wallet(platform.database, team_id=team, name=name)

    typer.echo(str(run_with_platform(act)))


@wallet.command("list")
def wallet_list(team_id: OF_TEAM = None, *, as_json: JSON = False) -> None:
    """List wallets and their available money; amounts in JSON are pence."""

    async def act(platform: Platform) -> list[Record]:
        return await wallets(platform.database, team_id=team_id)

    columns = ("id", "name", "team", "team_id", "currency", "available")
    empty = "There is no wallet yet." if team_id is None else "This team has no wallet."
    print_rows(run_with_platform(act), columns, as_json=as_json, empty=empty, words=AMOUNTS)


@wallet.command("show")
def wallet_show(wallet_id: WALLET, *, as_json: JSON = False) -> None:
    """Show a wallet: its top-ups, corrections, purchases and returns in all, and its available money."""

    async def act(platform: Platform) -> Record:
        return await show_wallet(platform.database, wallet_id)

    print_row(run_with_platform(act), as_json=as_json, words=AMOUNTS)


@wallet.command("ledger")
def wallet_ledger(wallet_id: WALLET, *, as_json: JSON = False) -> None:
    """List top-ups, corrections, purchases and returns of a wallet, latest first."""

    async def act(platform: Platform) -> list[dict[str, Any]]:
        return await read_ledger(platform.database, platform.vault, wallet_id)

    empty = "No money has moved yet."
    print_rows(run_with_platform(act), LEDGER, as_json=as_json, empty=empty, words=AMOUNTS)


@wallet.command("alarm")
def wallet_alarm(
    wallet_id: WALLET,
    amount: Annotated[
        Pounds,
        typer.Argument(parser=read_pounds, metavar="POUNDS", help="The level; 0 for no alarm."),
    ],
) -> None:
    """Set the level below which a purchase sends the admins of the wallet's team one mail."""

    async def act(platform: Platform) -> None:
        await set_alarm(platform.database, wallet_id=wallet_id, below=amount)

    run_with_platform(act)


@wallet.command("top-up", context_settings=NEGATIVE_AMOUNTS)
def top_up(
    wallet_id: WALLET,
    amount: Annotated[
        Pounds,
        typer.Argument(parser=read_pounds, metavar="POUNDS", help="An amount like 20, 20.50 or 1,250."),
    ],
    reference: Annotated[
        str | None,
        typer.Option(help="The reference in the bank's statement; a wallet is topped up once under it."),
    ] = None,
    by: BY = None,
    *,
    yes: Annotated[
        bool,
        typer.Option("--yes", help=f"Skip the confirmation of amounts above £{UNASKED_MAX // 100:,}."),
    ] = False,
) -> None:
    """Add money that has arrived, and print the available money."""

    async def act(platform: Platform) -> int:
        if amount > UNASKED_MAX and not yes:
            await _confirm(platform, wallet_id, amount)
        return await run_top_up(
            platform.database,
            wallet_id=wallet_id,
            amount=amount,
            reference=reference,
            by=operator_named(by),
        )

    typer.echo(f"£{pounds(run_with_platform(act))} available")


@wallet.command("correct", context_settings=NEGATIVE_AMOUNTS)
def correct(
    wallet_id: WALLET,
    amount: Annotated[
        Pounds,
        typer.Argument(parser=read_pounds, metavar="POUNDS", help="The amount to take out, such as 20."),
    ],
    reason: Annotated[str, typer.Option(help="The reason; kept in the ledger.")],
    reference: Annotated[
        str | None,
        typer.Option(help="The reference outside huggg; a wallet is corrected once under it."),
    ] = None,
    by: BY = None,
) -> None:
    """Take out money that was topped up by mistake, and print the available money.

    The ledger keeps both the top-up and its correction.
    """

    async def act(platform: Platform) -> int:
        return await run_correct(
            platform.database,
            wallet_id=wallet_id,
            amount=amount,
            reason=reason,
            reference=reference,
            by=operator_named(by),
        )

    typer.echo(f"£{pounds(run_with_platform(act))} available")


async def _confirm(platform: Platform, wallet_id: UUID, amount: int) -> None:
    """Have the operator confirm a large amount. Raises Invalid without a terminal."""
    row = await show_wallet(platform.database, wallet_id)
    amount_text = f"£{amount // 100:,}.{amount % 100:02d}"
    confirm(
        f"Top up the wallet {row['name']} of {row['team']} by {amount_text}?",
        refusal=f"{amount_text} is more than £{UNASKED_MAX // 100:,}: nothing was added.",
    )
