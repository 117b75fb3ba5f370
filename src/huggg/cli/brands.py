"""`brand`, `segment` and `location`: merchants, the kinds of their codes, and their tills' places."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
import typer
from asyncpg import Record

from huggg.catalogue.create_brand import create_brand
from huggg.catalogue.directory import (
    brands,
    locations,
    segments,
    show_brand,
    show_location,
    show_segment,
)
from huggg.catalogue.remove_location import set_removed
from huggg.cli.amounts import amounts
from huggg.cli.asking import DRAW_PIN, ask_pin
from huggg.cli.tables import JSON, print_row, print_rows
from huggg.gift.set_symbology import set_symbology
from huggg.gift.symbols import Symbology
from huggg.kit.clock import NEAR_DAY, near_day
from huggg.kit.errors import Invalid
from huggg.kit.platform import Platform
from huggg.redemptions.search import period_of
from huggg.redemptions.statement import StatementLine, statement_of, vat_words
from huggg.redemptions.store_pin import set_pin
from huggg.server.process import run_with_platform

brand = typer.Typer(name="brand", help="Merchants.", no_args_is_help=True)
segment = typer.Typer(name="segment", help="Kinds of codes that a brand has.", no_args_is_help=True)
location = typer.Typer(name="location", help="Locations at which tills redeem.", no_args_is_help=True)


def _day(text: str) -> date:
    day = near_day(text)
    if day is None:
        raise typer.BadParameter(f"{text!r} is not {NEAR_DAY}.")
    return day


LOCATION_ID = Annotated[
    str, typer.Argument(metavar="LOCATION", help="The location's id, from `location list`.")
]
OF_BRAND = Annotated[
    UUID | None, typer.Option("--brand", metavar="BRAND", help="Only those of this brand.")
]


@brand.command("create")
def brand_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name that recipients read.")],
    integration: Annotated[int, typer.Option(min=1, max=7, help="The way its hugggs are redeemed.")] = 2,
    weight: Annotated[int, typer.Option(help="Its place in lists: heavier brands come first.")] = 1000,
    website: Annotated[str | None, typer.Option(help="The address of its website.")] = None,
) -> None:
    """Register a brand without products and print its id; `huggg catalogue import` brings the rest."""

    async def act(platform: Platform) -> UUID:
        return await create_brand(
            platform.database,
            name=name,
            integration_id=integration,
            weight=weight,
            website=website,
            now=datetime.now(UTC),
        )

    typer.echo(str(run_with_platform(act)))


@brand.command("list")
def brand_list(*, as_json: JSON = False) -> None:
    """List all brands in the order of the API, inactive ones too."""

    async def act(platform: Platform) -> list[Record]:
        return await brands(platform.database)

    columns = ("id", "name", "integration_id", "active", "weight")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no brand yet.")


@brand.command("show")
def brand_show(
    brand_id: Annotated[
        UUID, typer.Argument(metavar="BRAND", help="The brand's id, from `brand list`.")
    ],
    *,
    as_json: JSON = False,
) -> None:
    """Show a brand, and the numbers of its products, stores and segments in the catalogue."""

    async def act(platform: Platform) -> Record:
        return await show_brand(platform.database, brand_id)

    print_row(run_with_platform(act), as_json=as_json)


@brand.command("symbol")
def brand_symbol(
    brand_id: Annotated[
        UUID, typer.Argument(metavar="BRAND", help="The brand's id, from `brand list`.")
    ],
    symbology: Annotated[
        Symbology,
        typer.Argument(metavar="SYMBOLOGY", help="The kind of code that its tills scan."),
    ],
) -> None:
    """Choose how gift pages draw a brand's codes; without it, the brand's integration decides."""

    async def act(platform: Platform) -> None:
        await set_symbology(platform.database, brand_id, symbology)

    run_with_platform(act)
    typer.echo("Set.")


@brand.command("statement")
def brand_statement(
    brand_id: Annotated[
        UUID, typer.Argument(metavar="BRAND", help="The brand's id, from `brand list`.")
    ],
    first: Annotated[date, typer.Option("--from", parser=_day, metavar="DAY", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=_day, metavar="DAY", help="The last day.")],
    location_id: Annotated[
        str | None,
        typer.Option("--location", metavar="LOCATION", help="Only redemptions at this location."),
    ] = None,
    *,
    as_json: JSON = False,
) -> None:
    """Add up the redemptions of a period, by location and class of VAT; values in JSON are pence."""
    if last < first:
        raise Invalid("--to: must not be before --from.")

    async def act(platform: Platform) -> list[StatementLine]:
        await show_brand(platform.database, brand_id)  # or there is none
        period = await period_of(platform, brand_id, first, last)
        location_ids = None if location_id is None else [location_id]
        return await statement_of(platform, brand_id, period, location_ids=location_ids)

    columns = tuple(StatementLine.__struct_fields__)
    rows = [
        {**msgspec.structs.asdict(line), "vat": vat_words(line.vat)} for line in run_with_platform(act)
    ]
    print_rows(
        rows,
        columns,
        as_json=as_json,
        empty="Nothing was redeemed.",
        words=amounts("value", "taken_back_value"),
    )


@segment.command("list")
def segment_list(brand_id: OF_BRAND = None, *, as_json: JSON = False) -> None:
    """List segments; `codes status` shows the levels of their pools."""

    async def act(platform: Platform) -> list[Record]:
        return await segments(platform.database, brand_id=brand_id)

    columns = ("id", "name", "brand", "brand_id")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no segment yet.")


@segment.command("show")
def segment_show(
    segment_id: Annotated[
        UUID, typer.Argument(metavar="SEGMENT", help="The segment's id, from `segment list`.")
    ],
    *,
    as_json: JSON = False,
) -> None:
    """Show a segment and its products."""

    async def act(platform: Platform) -> Record:
        return await show_segment(platform.database, segment_id)

    print_row(run_with_platform(act), as_json=as_json)


@location.command("list")
def location_list(brand_id: OF_BRAND = None, *, as_json: JSON = False) -> None:
    """List the locations at which tills redeem."""

    async def act(platform: Platform) -> list[Record]:
        return await locations(platform.database, brand_id=brand_id)

    columns = ("id", "name", "brand", "brand_id", "store_id", "removed_at")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="There is no location yet.")


@location.command("show")
def location_show(
    location_id: LOCATION_ID,
    *,
    as_json: JSON = False,
) -> None:
    """Show a location and the users of its tills."""

    async def act(platform: Platform) -> Record:
        return await show_location(platform.database, platform.vault, location_id)

    print_row(run_with_platform(act), as_json=as_json)


@location.command("remove")
def location_remove(location_id: LOCATION_ID) -> None:
    """Close a location to tills at once; earlier redemptions can still be taken back there."""
    typer.echo("Removed." if _set_removed(location_id, removed=True) else "Removed already.")


@location.command("restore")
def location_restore(location_id: LOCATION_ID) -> None:
    """Open a removed location to tills again."""
    typer.echo("Restored." if _set_removed(location_id, removed=False) else "It was not removed.")


@location.command("pin")
def location_pin(
    location_id: LOCATION_ID,
    *,
    draw: DRAW_PIN = False,
) -> None:
    """Set the PIN that staff of a location enter on a recipient's phone to redeem a huggg."""

    async def act(platform: Platform) -> str:
        await show_location(platform.database, platform.vault, location_id)  # or there is none
        pin = None if draw else ask_pin()
        return await set_pin(platform.database, platform.vault, location_id, pin)

    new_pin = run_with_platform(act)
    typer.echo(new_pin if draw else "Set.")


def _set_removed(location_id: str, *, removed: bool) -> bool:
    async def act(platform: Platform) -> bool:
        return await set_removed(platform.database, location_id, removed=removed)

    return run_with_platform(act)
