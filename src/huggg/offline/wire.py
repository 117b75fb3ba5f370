"""Offline scans on the wire. All of it is ours: no published page knows them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from huggg.http.body import NO_NUL, read_body
from huggg.http.published import Guid, IsoTimestamp, Pence
from huggg.kit.clock import in_utc, iso_timestamp
from huggg.kit.codes import Vault
from huggg.kit.errors import Invalid
from huggg.kit.ids import NO_GUID, parse_id
from huggg.kit.sealed_text import sealed_text
from huggg.offline.code import read_offline_code
from huggg.offline.device_kit import OfflineKit
from huggg.offline.revoked import PLACES
from huggg.offline.scan import AcceptedScan, ConflictReason, OfflineScan, Settlement
from huggg.offline.settle import NOTE_LENGTH_MAX
from huggg.redemptions.wire import LOCATION_LENGTH_MAX, SaleBody

EXAMPLE_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # RFC 8037, appendix A
CODE_LENGTH_MAX = 200

Instant = Annotated[datetime, Meta(tz=True, examples=["2026-11-28T09:41:07.350Z"])]
Base64 = Annotated[str, Meta(description="In base64.", examples=["q2xQTA=="])]


class ScanBody(SaleBody, kw_only=True):
    """A scan that a till accepted without the server: the body of `PUT /api/v2/offline-scans/{id}`."""

    code: Annotated[
        str, Meta(max_length=CODE_LENGTH_MAX, description="The text of the offline code, as scanned.")
    ]
    location_id: Annotated[
        str, Meta(max_length=LOCATION_LENGTH_MAX, pattern=NO_NUL, examples=["bristol17"])
    ]
    scanned_at: Annotated[Instant, Meta(description="The instant of the scan, by the till's clock.")]
    refreshed_at: Annotated[
        Instant,
        Meta(description="The instant of the till's last refresh before the scan, by the till's clock."),
    ]


class SettlementBody(Struct, forbid_unknown_fields=True):
    """A person's decision about a conflict."""

    decision: Annotated[
        Literal["redeem", "loss"],
        Meta(
            description=(
                "`redeem`: redeem the huggg, if it still can be. `loss`: the bearer named by the brand's"
                " rule bears it."
            ),
            examples=["loss"],
        ),
    ]
    reason: Annotated[
        str,
        Meta(
            max_length=NOTE_LENGTH_MAX,
            pattern=NO_NUL,
            description="The reason, kept with the conflict.",
            examples=["Shown on two phones."],
        ),
    ]


class PublishedSigningKey(Struct):
    """The public half of a key that signs offline codes, as a JSON Web Key (RFC 8037)."""

    id: Annotated[
        int, Meta(description="The number of the key, which codes begin with.", ge=1, examples=[1])
    ]
    kty: Annotated[str, Meta(extra_json_schema={"enum": ["OKP"]}, examples=["OKP"])]
    crv: Annotated[str, Meta(extra_json_schema={"enum": ["Ed25519"]}, examples=["Ed25519"])]
    x: Annotated[str, Meta(description="32 bytes, in base64url.", examples=[EXAMPLE_KEY])]


class PublishedRule(Struct):
    """The allowance of each device between two refreshes."""

    scans: Annotated[int, Meta(description="Hugggs that may wait on a device.", examples=[50])]
    value: Annotated[Pence, Meta(description="The total value of these hugggs, in pence.")]
    hours: Annotated[int, Meta(description="Hours since the last refresh.", examples=[24])]
    losses: Annotated[
        str,
        Meta(
            description="The bearer of a loss.",
            examples=["merchant"],
            extra_json_schema={"enum": ["merchant", "platform"]},
        ),
    ]


class PublishedHonoured(Struct):
    """A product that the brand honours; `name` is the four bytes that offline codes have."""

    id: Guid
    name: Base64
    label: Annotated[str | None, Meta(examples=["Coffee & Cake"])]
    adjustment_codes: Annotated[list[str], Meta(examples=[["COFFEE"]])]


class PublishedRevokedFilter(Struct):
    """The Bloom filter of hugggs that no till may accept offline."""

    entries: Annotated[int, Meta(description="Revoked hugggs, and older codes.", examples=[120])]
    places: Annotated[int, Meta(description="Bits of each entry.", examples=[PLACES])]
    false_answer_rate: Annotated[
        float,
        Meta(description="The share of good hugggs that look revoked.", ge=0, le=1, examples=[0.0006]),
    ]
    filter: Base64


class PublishedKit(Struct):
    """The rule, keys, products and revoked list of a brand's tills. Null `rule`: nothing offline."""

    id: Annotated[Guid, Meta(description="The brand.")]
    rule: PublishedRule | None
    keys: list[PublishedSigningKey]
    brand_sets: Annotated[
        list[Base64], Meta(description="The names of the sets of brands that contain this brand.")
    ]
    products: list[PublishedHonoured]
    revoked: PublishedRevokedFilter


class PublishedScan(Struct):
    """A scan that was taken in: a redemption, or a conflict."""

    id: Guid
    huggg_id: Guid
    state: Annotated[
        str,
        Meta(
            description=(
                "`redeemed`: under the scan's id. `conflict`: a person has to settle it."
                " `settled`: a person settled it."
            ),
            examples=["redeemed"],
            extra_json_schema={"enum": ["redeemed", "conflict", "settled"]},
        ),
    ]
    reason: Annotated[
        str | None,
        Meta(
            description="The reason of the conflict.",
            examples=["spent"],
            extra_json_schema={"enum": [*(each.value for each in ConflictReason), None]},
        ),
    ]
    location_id: Annotated[str, Meta(examples=["bristol17"])]
    device_id: Annotated[Guid, Meta(description="The paired device, or the user of an ePOS.")]
    value: Pence
    scanned_at: IsoTimestamp
    arrived_at: IsoTimestamp
    losses: Annotated[
        str | None, Meta(description="The bearer of the loss of a conflict.", examples=["merchant"])
    ]
    settlement: Annotated[
        str | None,
        Meta(
            examples=[None],
            extra_json_schema={"enum": [*(each.value for each in Settlement), None]},
        ),
    ]
    settled_at: IsoTimestamp | None
    settled_by: Annotated[str | None, Meta(examples=[None])]
    settlement_reason: Annotated[str | None, Meta(examples=[None])]


def published_signing_keys(public_keys: Mapping[int, bytes]) -> list[PublishedSigningKey]:
    """Write public keys, by number."""
    return [
        PublishedSigningKey(number, "OKP", "Ed25519", sealed_text(public))
        for number, public in public_keys.items()
    ]


def published_kit(kit: OfflineKit) -> PublishedKit:
    """Write the kit of a brand's devices."""
    rule, revoked = kit.rule, kit.revoked
    return PublishedKit(
        id=kit.brand_id,
        rule=None
        if rule is None
        else PublishedRule(rule.scans, rule.value, rule.hours, rule.losses.value),
        keys=published_signing_keys(kit.public_keys),
        brand_sets=[_base64(name) for name in kit.brand_sets],
        products=[
            PublishedHonoured(each.id, _base64(each.name), each.label, each.adjustment_codes)
            for each in kit.products
        ],
        revoked=PublishedRevokedFilter(
            revoked.entries, PLACES, round(revoked.false_answer_rate, 6), _base64(revoked.filter)
        ),
    )


def published_scan(scan: OfflineScan) -> PublishedScan:
    """Write a scan that was taken in."""
    conflict = "conflict" if scan.settlement is None else "settled"
    return PublishedScan(
        id=scan.id,
        huggg_id=scan.huggg_id,
        state="redeemed" if scan.reason is None else conflict,
        reason=None if scan.reason is None else scan.reason.value,
        location_id=scan.location_id,
        device_id=scan.device_id,
        value=scan.value,
        scanned_at=iso_timestamp(scan.scanned_at),
        arrived_at=iso_timestamp(scan.arrived_at),
        losses=None if scan.reason is None else scan.losses.value,
        settlement=None if scan.settlement is None else scan.settlement.value,
        settled_at=None if scan.settled_at is None else iso_timestamp(scan.settled_at),
        settled_by=scan.settled_by,
        settlement_reason=scan.note,
    )


def read_scan(vault: Vault, scan_id: str, body: bytes) -> AcceptedScan:
    """Read a scan that a till accepted, and prove its code. Raises Malformed, Invalid."""
    document = read_body(body, ScanBody)
    try:
        facts = read_offline_code(document.code, vault.verifies)
    except ValueError:
        raise Invalid("code: must be an offline code of this installation.") from None
    scanned_at = _instant("scanned_at", document.scanned_at)
    refreshed_at = _instant("refreshed_at", document.refreshed_at)
    if refreshed_at > scanned_at:
        raise Invalid("refreshed_at: must not be after scanned_at.")
    return AcceptedScan(
        read_scan_id(scan_id),
        facts,
        document.location_id,
        scanned_at,
        refreshed_at,
        document.sale(),
    )


def _instant(name: str, at: datetime) -> datetime:
    try:
        return in_utc(at)
    except ValueError:
        raise Invalid(f"{name}: must be an instant of the years 1 to 9999 in UTC.") from None


def read_scan_id(text: str) -> UUID:
    """Read the id of a scan. Raises Invalid."""
    scan_id = parse_id(text)
    if scan_id is None:
        raise Invalid(f"id: {NO_GUID}")
    return scan_id


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()
