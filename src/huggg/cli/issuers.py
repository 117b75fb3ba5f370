"""`issuer set`, `issuer list`, `issuer remove`: the sources of brands' codes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from asyncpg import Record

from huggg.cli.tables import JSON, print_rows
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.vouchers.configure import issuers, remove_issuer, set_issuer
from huggg.vouchers.issuers.issuer import VALID_DAYS_MAX, IssuerKind

issuer = typer.Typer(name="issuer", help="Sources of brands' voucher codes.", no_args_is_help=True)

SCOPE = Annotated[UUID, typer.Argument(metavar="BRAND|SEGMENT", help="A brand's id, or a segment's.")]


@issuer.command("set")
def set_(
    scope_id: SCOPE,
    kind: Annotated[
        IssuerKind,
        typer.Argument(
            metavar="KIND",
            help="pool: imported codes; minted: made by huggg; http: the brand's service.",
        ),
    ],
    pool_id: Annotated[
        UUID | None,
        typer.Option(
            "--pool", metavar="SEGMENT", help="pool: the segment to draw from if a request names none."
        ),
    ] = None,
    url: Annotated[str | None, typer.Option(help="http: the address of the brand's service.")] = None,
    valid_days: Annotated[
        int | None,
        typer.Option(
            min=1, max=VALID_DAYS_MAX, help="minted: days of validity of codes; else the huggg's."
        ),
    ] = None,
) -> None:
    """Choose the issuer; for http, print the signing secret of its requests, once."""

    async def act(platform: Platform) -> str | None:
        return await set_issuer(
            platform.database,
            platform.vault,
            platform.outgoing,
            scope_id=scope_id,
            kind=kind,
            pool_id=pool_id,
            url=url,
            valid_days=valid_days,
        )

    secret = run_with_platform(act)
    if secret is not None:
        typer.echo(f"signing_secret {secret}")


@issuer.command("list")
def list_(*, as_json: JSON = False) -> None:
    """Show the configured issuers. Other brands and segments follow their integration's default."""

    async def act(platform: Platform) -> list[Record]:
        return await issuers(platform.database)

    columns = ("brand", "segment", "kind", "url", "pool_id", "valid_days", "scope_id")
    print_rows(run_with_platform(act), columns, as_json=as_json, empty="No issuer is configured.")


@issuer.command()
def remove(scope_id: SCOPE) -> None:
    """Go back to the integration's default."""

    async def act(platform: Platform) -> None:
        await remove_issuer(platform.database, scope_id=scope_id)

    run_with_platform(act)
