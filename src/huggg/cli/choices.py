"""`choice`: products that stand for several others, of which a receiver picks one."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.catalogue.choices import choices, products_of_choice, set_choice
from huggg.catalogue.report import Report
from huggg.cli.amounts import amounts
from huggg.cli.tables import JSON, print_rows
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform

choice = typer.Typer(
    name="choice",
    help="Products that stand for several others, of which a receiver picks one.",
    no_args_is_help=True,
)

PRICE = amounts("sale_price")
CHOICE_ID = Annotated[UUID, typer.Argument(metavar="CHOICE", help="The id of the choice's own product.")]


@choice.command("list")
def choice_list(*, as_json: JSON = False) -> None:
    """List the choices; `on_sale` counts the products that receivers can pick now.

    Prices in JSON are pence.
    """

    async def act(platform: Platform) -> list[Record]:
        return await choices(platform.database)

    columns = ("id", "label", "sale_price", "products", "on_sale")
    print_rows(
        run_with_platform(act), columns, as_json=as_json, empty="There is no choice yet.", words=PRICE
    )


@choice.command("show")
def choice_show(choice_id: CHOICE_ID, *, as_json: JSON = False) -> None:
    """List the products of a choice in the order in which the gift page shows them.

    Prices in JSON are pence.
    """

    async def act(platform: Platform) -> list[Record]:
        return await products_of_choice(platform.database, choice_id)

    columns = ("id", "label", "brand", "sale_price", "on_sale")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="", words=PRICE)


@choice.command("set")
def choice_set(
    choice_id: CHOICE_ID,
    product_ids: Annotated[
        list[UUID] | None,
        typer.Argument(metavar="PRODUCT", help="The products that it stands for, in order."),
    ] = None,
) -> None:
    """Let a product of the catalogue stand for these others; for none, it is a product like any other.

    Hugggs of which the product is picked stay as they are.
    """

    async def act(platform: Platform) -> Report:
        return await set_choice(platform.database, choice_id, product_ids or [])

    report = run_with_platform(act)
    for warning in report.warnings:
        typer.echo(warning, err=True)
    typer.echo("Set." if report.changed else "It is so already.")
