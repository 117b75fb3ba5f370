"""`offline-conflict list` and `settle`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from huggg.cli.amounts import amounts
from huggg.cli.operator import BY, operator_named
from huggg.cli.tables import JSON, print_rows
from huggg.identity.caller import Caller, UserKind
from huggg.kit.money import pounds
from huggg.kit.platform import Platform
from huggg.offline.conflicts import ListedConflict, conflicts
from huggg.offline.scan import OfflineScan
from huggg.offline.settle import Decision, conflict_of, settle
from huggg.server.process import run_with_platform

CLIENT_ID = "operator"
"""The client that settlements by command are recorded with."""

COLUMNS = (
    *("id", "brand", "location_id", "product", "value", "reason", "scanned_at", "arrived_at"),
    *("losses", "settlement", "settled_at", "settled_by", "note"),
)

offline_conflict = typer.Typer(
    name="offline-conflict",
    help="Hugggs that a device accepted offline and that were spent, or not to be accepted.",
    no_args_is_help=True,
)


@offline_conflict.command("list")
def list_(
    brand_id: Annotated[
        UUID | None, typer.Option("--brand", metavar="BRAND", help="Only those of this brand.")
    ] = None,
    *,
    settled: Annotated[
        bool, typer.Option("--settled", help="List those that were settled, too.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """List the conflicts that wait for a person, the oldest first, by both times; 500 at most."""

    async def act(platform: Platform) -> list[ListedConflict]:
        return await conflicts(platform.database, brand_id=brand_id, waiting=not settled)

    print_rows(
        map(_row, run_with_platform(act)),
        COLUMNS,
        as_json=as_json,
        empty="There is no conflict." if settled else "No conflict waits.",
        words=amounts("value"),
    )


@offline_conflict.command("settle")
def settle_(
    scan_id: Annotated[
        UUID, typer.Argument(metavar="SCAN", help="The scan's id, from `offline-conflict list`.")
    ],
    decision: Annotated[
        Decision,
        typer.Argument(
            metavar="DECISION",
            help="redeem: the huggg, where it still can be; loss: it is borne by the brand's rule.",
        ),
    ],
    reason: Annotated[str, typer.Option(help="The reason; kept in the books.")],
    by: BY = None,
) -> None:
    """Settle a conflict, once: redeem the huggg after all, or book the loss."""

    async def act(platform: Platform) -> OfflineScan:
        conflict = await conflict_of(platform.database, scan_id, brand_id=None)
        caller = Caller(CLIENT_ID, None, UserKind.MERCHANT, brand_id=conflict.brand_id)
        return await settle(
            platform, conflict, decision, note=reason, by=operator_named(by), caller=caller
        )

    scan = run_with_platform(act)
    typer.echo(f"Settled: {scan.settlement}, £{pounds(scan.value)}.")


def _row(conflict: ListedConflict) -> dict[str, Any]:
    scan = conflict.scan
    facts = {name: getattr(scan, name) for name in scan.__struct_fields__}
    return {**facts, "brand": conflict.brand, "product": conflict.product}
