"""`card add`, `card list`, `card remove`, and `payment list`, `payment settle`: paying by card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.amounts import amounts
from huggg.cli.tables import JSON, print_rows
from huggg.kit.platform import Platform
from huggg.payments.card import Card
from huggg.payments.cards import add_card, cards_named, remove_card
from huggg.payments.processor import Processor
from huggg.payments.store import unsettled
from huggg.server.process import run_with_platform
from huggg.server.wiring import build_processor
from huggg.settings.settings import read_settings
from huggg.settings.values import SettingError
from huggg.transactions.purchase import FailedPurchase, PurchaseOutcome
from huggg.transactions.settle_payment import Checkout, settle_by_hand

card = typer.Typer(name="card", help="Cards that users pay with.", no_args_is_help=True)
payment = typer.Typer(name="payment", help="Charges of cards.", no_args_is_help=True)

T = TypeVar("T")


@card.command()
def add(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="The card's user.")],
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="The processor's id of the card.")
    ],
    customer: Annotated[
        str | None, typer.Option(help="The processor's customer; unset, the card's own.")
    ] = None,
) -> None:
    """Let a user pay with a card that the processor keeps."""

    async def act(platform: Platform, processor: Processor) -> None:
        card = Card(reference, customer)
        await add_card(platform.database, platform.vault, processor, username=username, card=card)

    _run(act)


@card.command("list")
def list_(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="The user.")],
    *,
    as_json: JSON = False,
) -> None:
    """Show the cards that a user can pay with."""

    async def act(platform: Platform) -> list[Record]:
        return await cards_named(platform.database, platform.vault, username=username)

    columns = ("id", "brand", "last4", "exp_month", "exp_year", "processor", "customer")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty=f"{username} has no card.")


@card.command()
def remove(
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="The processor's id of the card.")
    ],
) -> None:
    """Remove a card from its user; the processor still has it."""

    async def act(platform: Platform) -> None:
        await remove_card(platform.database, reference=reference)

    run_with_platform(act)


@payment.command("list")
def payment_list(*, as_json: JSON = False) -> None:
    """Show the payments whose outcome is not known yet."""

    async def act(platform: Platform) -> list[Record]:
        return await unsettled(platform.database)

    columns = ("id", "transaction_id", "state", "amount", "attempts", "created_at", "given_up_at")
    print_rows(
        run_with_platform(act),
        columns,
        as_json=as_json,
        empty="Every payment is settled.",
        words=amounts("amount"),
    )


@payment.command()
def settle(
    payment_id: Annotated[UUID, typer.Argument(metavar="PAYMENT", help="The payment's id.")],
) -> None:
    """Settle a payment by the processor's record of it, and print whether the purchase was made."""

    async def act(platform: Platform, processor: Processor) -> PurchaseOutcome:
        return await settle_by_hand(
            Checkout(platform, processor, read_settings().launch_url), payment_id
        )

    outcome = _run(act)
    if isinstance(outcome, FailedPurchase):
        typer.echo(f"Settled: the purchase failed. {outcome.refusal}")
    else:
        typer.echo(f"Settled: the purchase was made, of {outcome.transaction.quantity} hugggs.")


def _run(act: Callable[[Platform, Processor], Awaitable[T]]) -> T:
    """Run a command that asks the processor."""

    async def work(platform: Platform) -> T:
        processor = build_processor(read_settings(), platform.database)
        if not processor.takes_cards:
            raise SettingError("HUGGG_CARD_PROCESSOR is unset, so huggg has no card processor to ask.")
        try:
            return await act(platform, processor)
        finally:
            await processor.close()

    return run_with_platform(work)
