"""Holds on the wire. All of it is ours: no published page knows holds."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from huggg.holds.hold import SECONDS, SECONDS_MAX, Hold
from huggg.holds.reverse import EndedHold
from huggg.http.body import NO_NUL
from huggg.http.published import Guid, IsoTimestamp
from huggg.kit.clock import iso_timestamp
from huggg.redemptions.wire import LOCATION_LENGTH_MAX, SaleBody, TillText


class HoldBody(Struct, forbid_unknown_fields=True):
    """The body of `POST /api/v2/hugggs/{id}/holds`."""

    location_id: Annotated[
        str, Meta(max_length=LOCATION_LENGTH_MAX, pattern=NO_NUL, examples=["bristol17"])
    ]
    seconds: Annotated[
        int,
        Meta(ge=1, le=SECONDS_MAX, description="The time after which the hold lapses.", examples=[120]),
    ] = SECONDS
    reference: Annotated[
        TillText | None, Meta(description="The till's own reference of the sale.", examples=["A-1042"])
    ] = None


class ConfirmationBody(SaleBody):
    """The sale, as beside a redemption: the body of `POST …/holds/{hold}/confirmation`."""


class PublishedHold(Struct):
    """A hold as it was placed."""

    id: Guid
    huggg_id: Guid
    location_id: Annotated[str, Meta(examples=["bristol17"])]
    reference: Annotated[str | None, Meta(examples=["A-1042"])]
    created_at: IsoTimestamp
    ends_at: Annotated[IsoTimestamp, Meta(description="The instant at which it lapses.")]


class PublishedHoldEnd(Struct):
    """A hold that ended without a redemption that stands."""

    id: Guid
    huggg_id: Guid
    state: Annotated[
        str,
        Meta(examples=["reversed"], extra_json_schema={"enum": ["reversed", "lapsed"]}),
    ]
    ended_at: IsoTimestamp


def published_hold(hold: Hold) -> PublishedHold:
    """Write a hold."""
    return PublishedHold(
        id=hold.id,
        huggg_id=hold.huggg_id,
        location_id=hold.location_id,
        reference=hold.reference,
        created_at=iso_timestamp(hold.created_at),
        ends_at=iso_timestamp(hold.ends_at),
    )


def published_hold_end(ended: EndedHold) -> PublishedHoldEnd:
    """Write the end of a hold."""
    return PublishedHoldEnd(
        id=ended.hold.id,
        huggg_id=ended.hold.huggg_id,
        state=ended.state.value,
        ended_at=iso_timestamp(ended.ended_at),
    )
