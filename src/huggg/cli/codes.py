"""`codes status`, `low-water`, `policy`, `replace`, `withdraw`, `reissue`, `show`: pools and codes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from huggg.cli.code_files import SEGMENT, import_file
from huggg.cli.tables import JSON, print_json
from huggg.hugggs.reference import reference
from huggg.hugggs.voucher_code import VoucherCode
from huggg.kit.platform import Platform
from huggg.server.process import run_with_platform
from huggg.vouchers.issuers.registry import Issuers
from huggg.vouchers.issuers.service import IssuingService
from huggg.vouchers.pool_levels import Level, pool_levels, set_low_water
from huggg.vouchers.pool_policy import EndedCodes, PoolPolicy, ShortCodes, pool_policy
from huggg.vouchers.reissue import reissue as run_reissue
from huggg.vouchers.replace import replace_code
from huggg.vouchers.show_code import show_code
from huggg.vouchers.withdraw import withdraw as run_withdraw

codes = typer.Typer(name="codes", help="Pools of voucher codes.", no_args_is_help=True)

LOW_WATER_MAX = 1_000_000_000
NO_POOL = "No segment of that id has a pool: look with `segment list`, and import codes first."

codes.command("import")(import_file)


@codes.command()
def status(
    segment_id: Annotated[
        UUID | None, typer.Option("--segment", metavar="SEGMENT", help="Only the pool of this segment.")
    ] = None,
    *,
    as_json: JSON = False,
) -> None:
    """Show the level of every pool."""
    levels = _levels(segment_id)
    if as_json:
        print_json([asdict(level) | {"low": level.low} for level in levels])
        return
    counts = ("imported", "free", "reserved", "assigned", "withdrawn", "expired")
    for level in levels:
        numbers = ", ".join(f"{getattr(level, name):,} {name}" for name in counts)
        mark = "LOW " if level.low else ""
        typer.echo(f"{level.segment_id}  {level.brand}: {level.segment}\n  {mark}{numbers}")
    if not levels:
        typer.echo("There is no pool yet." if segment_id is None else NO_POOL)


@codes.command("low-water")
def low_water(
    level: Annotated[
        int | None,
        typer.Argument(
            metavar="LEVEL",
            min=0,
            max=LOW_WATER_MAX,
            help="Record `pool.low` when no more codes than this are left.",
        ),
    ] = None,
    segment_id: Annotated[
        UUID | None, typer.Option("--segment", metavar="SEGMENT", help="The segment of the pool.")
    ] = None,
) -> None:
    """Set the level at which a pool counts as low.

    Without a level, name the low pools, and exit 1 for any.
    """
    if level is None:
        _print_low(segment_id)
        return
    if segment_id is None:
        raise typer.BadParameter("is needed to choose a level.", param_hint="--segment")
    pool_id = segment_id

    async def act(platform: Platform) -> bool:
        return await set_low_water(platform.database, segment_id=pool_id, low_water=level)

    if not run_with_platform(act):
        typer.echo(NO_POOL, err=True)
        raise typer.Exit(1)


def _print_low(segment_id: UUID | None) -> None:
    levels = _levels(segment_id)
    if segment_id is not None and not levels:
        typer.echo(NO_POOL, err=True)
        raise typer.Exit(1)
    low = [level for level in levels if level.low]
    for level in low:
        usable = level.free - level.expired
        typer.echo(f"{level.segment_id}  {level.brand}: {level.segment}: {usable:,} left")
    if low:
        raise typer.Exit(1)


def _levels(segment_id: UUID | None) -> list[Level]:
    async def act(platform: Platform) -> list[Level]:
        return await pool_levels(platform.database, segment_id=segment_id)

    return run_with_platform(act)


@codes.command()
def policy(
    segment_id: SEGMENT,
    short_codes: Annotated[
        ShortCodes | None, typer.Option(help="Policy when no code is good as long as the huggg.")
    ] = None,
    ended_codes: Annotated[
        EndedCodes | None, typer.Option(help="Policy when a code has ended before its huggg.")
    ] = None,
) -> None:
    """Set a pool's policies for codes that end before their hugggs, and print them."""

    async def act(platform: Platform) -> PoolPolicy | None:
        return await pool_policy(
            platform.database,
            segment_id=segment_id,
            short_codes=short_codes,
            ended_codes=ended_codes,
        )

    policy = run_with_platform(act)
    if policy is None:
        typer.echo(NO_POOL, err=True)
        raise typer.Exit(1)
    typer.echo(f"short_codes {policy.short_codes}\nended_codes {policy.ended_codes}")


@codes.command()
def replace(
    huggg: Annotated[str, typer.Argument(metavar="HUGGG", help="The id or shortcode.")],
    reason: Annotated[str, typer.Option(help="The reason; it is kept with both codes.")],
) -> None:
    """Replace a huggg's code that ended or is disputed; both codes stay on record."""

    async def act(platform: Platform) -> None:
        database, vault = platform.database, platform.vault
        issuers = Issuers(database, vault, IssuingService(platform.outgoing))
        await replace_code(database, vault, issuers, reference(vault, huggg), reason=reason)

    run_with_platform(act)
    typer.echo("Replaced. `huggg codes show` shows the new code.")


@codes.command()
def withdraw(
    batch_id: Annotated[UUID, typer.Argument(metavar="BATCH", help="The batch's id, from import.")],
) -> None:
    """Withdraw those codes of a batch that no huggg has."""

    async def act(platform: Platform) -> int:
        return await run_withdraw(platform.database, batch_id=batch_id)

    typer.echo(f"{run_with_platform(act):,} codes withdrawn.")


@codes.command()
def reissue(
    huggg: Annotated[str, typer.Argument(metavar="HUGGG", help="The id or shortcode.")],
    reason: Annotated[str, typer.Option(help="The reason; it is kept with the old key.")],
) -> None:
    """Ask a brand's service for a code under a new key, after it refused or gave an unusable one."""

    async def act(platform: Platform) -> UUID:
        return await run_reissue(platform.database, reference(platform.vault, huggg), reason=reason)

    typer.echo(f"The service is asked within seconds, under the key {run_with_platform(act)}.")


@codes.command()
def show(
    huggg: Annotated[str, typer.Argument(metavar="HUGGG", help="The id or shortcode.")],
    reason: Annotated[str, typer.Option(help="The reason; it is kept in the event.")],
    *,
    as_json: JSON = False,
) -> None:
    """Show the code of a huggg's voucher, and its PIN if it has one, to staff, and record an event."""

    async def act(platform: Platform) -> VoucherCode:
        huggg_reference = reference(platform.vault, huggg)
        return await show_code(platform.database, platform.vault, huggg_reference, reason=reason)

    secret = run_with_platform(act)
    if as_json:
        print_json(secret)
        return
    typer.echo(secret.code)
    if secret.pin:
        typer.echo(f"PIN {secret.pin}")
