"""Calls of tills that may lose their network: kits, scans and conflicts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from huggg.http.body import read_body
from huggg.http.operation import Each, One, Operation, Parameter
from huggg.http.route import get, post, put
from huggg.http.web import Request, Response, json_response, query_of
from huggg.identity.caller import Caller
from huggg.kit.errors import Invalid, Malformed
from huggg.kit.idempotency import StillRunning
from huggg.kit.platform import Platform
from huggg.offline.conflicts import conflicts
from huggg.offline.device_kit import OfflineKits
from huggg.offline.errors import AlreadySettled, ScanNotFound
from huggg.offline.scan import OfflineDevice
from huggg.offline.settle import Decision, conflict_of, settle
from huggg.offline.take_in import take_in
from huggg.offline.wire import (
    PublishedKit,
    PublishedScan,
    PublishedSigningKey,
    ScanBody,
    SettlementBody,
    published_kit,
    published_scan,
    published_signing_keys,
    read_scan,
    read_scan_id,
)
from huggg.redemptions.errors import REDEMPTION_REFUSALS

KEYS = Operation(
    id="listSigningKeys",
    tag="Till",
    summary="The public keys of offline codes",
    answer=Each((PublishedSigningKey,)),
    keepable=True,
)
KIT = Operation(
    id="showOfflineKit",
    tag="Till",
    summary="The allowance of a till without the server",
    answer=One(PublishedKit),
    keepable=True,
)
TAKE_IN = Operation(
    id="takeInOfflineScan",
    tag="Till",
    summary="A huggg that a till accepted without the server",
    body=ScanBody,
    answer=One(PublishedScan),
    status=201,
    refuses=(Malformed, Invalid, StillRunning),
)
CONFLICTS = Operation(
    id="listOfflineConflicts",
    tag="Till",
    summary="Conflicts of offline scans",
    query=(
        Parameter(
            "state",
            Annotated[str, Meta(extra_json_schema={"enum": ["conflict", "all"]})],
            "`conflict`, those that wait to be settled, unless given; or `all`.",
        ),
    ),
    answer=Each((PublishedScan,)),
    refuses=(Invalid,),
)
SETTLE = Operation(
    id="settleOfflineConflict",
    tag="Till",
    summary="Settle a conflict of an offline scan",
    body=SettlementBody,
    answer=One(PublishedScan),
    status=201,
    refuses=(Malformed, Invalid, ScanNotFound, AlreadySettled, StillRunning, *REDEMPTION_REFUSALS),
)


@get("/api/v2/signing-keys", operation=KEYS)
async def get_signing_keys(platform: Platform) -> Response:
    """List the public keys that offline codes are verified by, with no need of a token.

    A new key is listed before codes are signed under it. Codes under older keys stay good.
    """
    return json_response({"data": published_signing_keys(platform.vault.public_keys)})


@get("/api/v2/offline-kit", operation=KIT)
async def get_kit(caller: Caller, offline_kits: OfflineKits) -> Response:
    """Give staff all that a till needs to judge offline codes by itself.

    Until the next refresh a device may accept as much as `rule` allows: a code that one of `keys`
    proves, that has not ended, whose brands' set is one of `brand_sets`, and of which `revoked` has
    neither the huggg nor the huggg with the code's sequence. The answer has an `ETag`: a refresh mostly
    costs a 304.
    """
    return json_response({"data": published_kit(await offline_kits.get(_brand_of(caller)))})


@put("/api/v2/offline-scans/{scan_id}", operation=TAKE_IN)
async def put_scan(scan_id: str, body: bytes, caller: Caller, platform: Platform) -> Response:
    """Take in a huggg that a till accepted offline, under an id of the till's own, a new GUID each.

    The scan becomes a redemption under that id, or a conflict, by the order in which scans arrive. The
    till repeats the call until it is answered; a repeated scan gets the same answer. The user of an ePOS
    is one device.
    """
    scan = read_scan(platform.vault, scan_id, body)
    device = OfflineDevice(caller.required_user(), caller)
    recorded_scan = await take_in(platform, scan, device=device)
    return json_response({"data": published_scan(recorded_scan)}, status=201)


@get("/api/v2/offline-scans", operation=CONFLICTS)
async def get_conflicts(request: Request, caller: Caller, platform: Platform) -> Response:
    """List the conflicts at the caller's locations, the oldest first, and no more than 500."""
    state = dict(query_of(request)).get("state", "conflict")
    if state not in ("conflict", "all"):
        raise Invalid("state: must be conflict or all.")
    page = await conflicts(
        platform.database,
        brand_id=_brand_of(caller),
        location_ids=None if caller.every_location else caller.location_ids,
        waiting=state == "conflict",
    )
    return json_response({"data": [published_scan(each.scan) for each in page]})


@post("/api/v2/offline-scans/{scan_id}/settlement", operation=SETTLE)
async def post_settlement(scan_id: str, body: bytes, caller: Caller, platform: Platform) -> Response:
    """Settle a conflict, once, with a reason: redeem the huggg after all, or book the loss by the rule.

    Sent again it gets the same answer; another decision is refused with 409.
    """
    document = read_body(body, SettlementBody)
    brand_id = _brand_of(caller)
    conflict = await conflict_of(platform.database, read_scan_id(scan_id), brand_id=brand_id)
    if not caller.acts_at(conflict.location_id):
        raise ScanNotFound
    scan = await settle(
        platform,
        conflict,
        Decision(document.decision),
        note=document.reason,
        by=str(caller.required_user()),
        caller=caller,
    )
    return json_response({"data": published_scan(scan)}, status=201)


def _brand_of(caller: Caller) -> UUID:
    assert caller.brand_id is not None  # noqa: S101 - these operations are for staff alone
    return caller.brand_id


ROUTES = [get_signing_keys, get_kit, put_scan, get_conflicts, post_settlement]
