"""`huggg cancel` and `transaction cancel`, for operators."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.operator import BY, operator_named
from huggg.hugggs.huggg import Huggg
from huggg.hugggs.lifecycle import Party
from huggg.hugggs.reference import reference
from huggg.hugggs.store import lookup_huggg
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.transactions.ends.cancel import CancelledHugggs, cancel_huggg, cancel_transaction
from huggg.transactions.ends.end import Author

huggg = typer.Typer(name="huggg", help="Single hugggs.", no_args_is_help=True)
transaction = typer.Typer(name="transaction", help="Purchases.", no_args_is_help=True)

REASON = Annotated[str, typer.Option(help="The reason; kept with the event, sealed.")]


@huggg.command("cancel")
def cancel_one(
    huggg_id: Annotated[str, typer.Argument(metavar="HUGGG", help="The id or shortcode.")],
    reason: REASON,
    by: BY = None,
) -> None:
    """Cancel a huggg that is neither redeemed nor expired; its value returns by the refund policy."""

    async def operators(_: Record) -> Collection[Party]:
        return (Party.OPERATOR,)

    async def act(platform: Platform) -> Huggg:
        database, vault = platform.database, platform.vault
        lookup = lookup_huggg(database, reference(vault, huggg_id))
        author = Author(by=operator_named(by))
        return await cancel_huggg(
            database, vault, lookup, parties=operators, author=author, reason=reason
        )

    typer.echo(f"Cancelled: {run_with_platform(act).id}.")


@transaction.command("cancel")
def cancel_all(
    transaction_id: Annotated[UUID, typer.Argument(metavar="TRANSACTION", help="The purchase's id.")],
    reason: REASON,
    by: BY = None,
) -> None:
    """Cancel all hugggs of a purchase that are neither redeemed nor expired, nor held at a till."""

    async def act(platform: Platform) -> CancelledHugggs:
        author = Author(by=operator_named(by))
        return await cancel_transaction(
            platform.database, platform.vault, transaction_id, author=author, reason=reason
        )

    cancelled_hugggs = run_with_platform(act)
    ended_hugggs = cancelled_hugggs.together
    typer.echo(
        f"Cancelled: {ended_hugggs.count} hugggs worth £{pounds(ended_hugggs.value)}, of which"
        f" £{pounds(ended_hugggs.returned)} went back at once."
    )
    if cancelled_hugggs.at_tills:
        typer.echo(f"Tills hold {cancelled_hugggs.at_tills} more, for some minutes.")
