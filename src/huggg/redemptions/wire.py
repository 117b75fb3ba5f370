"""The Redemption as published, `creation_at` and all, and the bodies of the till's requests."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from huggg.http.body import NO_NUL, read_body
from huggg.http.leniency import LenientBody
from huggg.http.published import Guid, IsoTimestamp
from huggg.kit.clock import iso_timestamp
from huggg.kit.errors import Invalid
from huggg.redemptions.adjustment_codes import AdjustmentCodes
from huggg.redemptions.errors import (
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    HugggHeld,
    NoAdjustmentOnceRedeemed,
)
from huggg.redemptions.redemption import Redemption
from huggg.redemptions.sale import NO_SALE, Sale
from huggg.refusal import Refusal

STATUSES: dict[type[Refusal], int] = {
    HugggAlreadyRedeemed: 405,  # published, redeem
    HugggCancelled: 405,  # as of one that is expired
    HugggExpired: 405,  # published, redeem
    HugggHeld: 405,  # as of one that is expired
    NoAdjustmentOnceRedeemed: 422,  # published, adjustment codes
}
"""Statuses of conflicts that are published otherwise than as 409."""


LOCATION_LENGTH_MAX = 255
AMOUNT_MAX = 100_000_000
"""A million pounds, in pence."""

TillText = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL)]
"""A text of a till about its sale."""


class SaleBody(LenientBody):
    """The sale in which a huggg is redeemed: optional fields of ours, beside the published body."""

    reference: Annotated[
        TillText | None, Meta(description="The till's own reference of the sale.", examples=["A-1042"])
    ] = None
    receipt_number: Annotated[
        TillText | None, Meta(description="The number on the receipt.", examples=["000317"])
    ] = None
    staff: Annotated[
        TillText | None, Meta(description="The clerk, by the till's own name for them.", examples=["17"])
    ] = None
    amount: Annotated[
        Annotated[int, Meta(ge=0, le=AMOUNT_MAX)] | None,
        Meta(description="The amount of the whole sale as it was rung up, in pence.", examples=[780]),
    ] = None

    def sale(self) -> Sale:
        """Give the sale as a value."""
        sale = Sale(self.reference, self.receipt_number, self.staff, self.amount)
        return NO_SALE if sale == NO_SALE else sale


class RedemptionBody(SaleBody, kw_only=True):
    """The location of a redemption, and the sale: the body of `POST /api/v2/hugggs/{id}/redemptions`."""

    location_id: Annotated[str, Meta(examples=["bristol17"])]


class RedemptionRead(SaleBody):
    """The same body as the server reads it: a `location_id` that is missing or no text is invalid.

    It is refused in that refusal's turn: the page wants to hear of a spent huggg first.
    """

    location_id: msgspec.Raw = msgspec.Raw(b"null")

    def location(self) -> str | None:
        """Read the location id; None for anything that cannot be one."""
        try:
            text = msgspec.json.decode(self.location_id, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return None if "\0" in text or len(text) > LOCATION_LENGTH_MAX else text


class RedemptionPatched(LenientBody):
    """The body of `PATCH …/redemptions/{id}`: a partial Redemption, of which one patch is valid."""

    redeemed: Annotated[
        bool,
        Meta(
            description="Can only be set to false.",
            examples=[False],
            extra_json_schema={"const": False},
        ),
    ]


def check_patch(body: bytes) -> None:
    """Insist on `{"redeemed": false}`. Raises Malformed, Invalid."""
    if read_body(body, RedemptionPatched).redeemed:
        raise Invalid("redeemed: can only be set to false; redeem again to set it to true.")


class PublishedRedemption(Struct):
    """The spending of a huggg at a location, and whether it was taken back."""

    id: Guid
    huggg_id: Guid
    redeemed: Annotated[
        bool, Meta(description="False once the redemption was taken back.", examples=[True])
    ]
    creation_at: IsoTimestamp
    updated_at: IsoTimestamp
    location_id: Annotated[str, Meta(examples=["bristol17"])]


class PublishedAdjustmentCodes(Struct):
    """One merchant's codes for the product: a till rings up exactly one. They have no id."""

    product_id: Guid
    adjustment_codes: Annotated[list[str], Meta(examples=[["one", "two", "three"]])]


def published_redemption(redemption: Redemption) -> PublishedRedemption:
    """Write a Redemption, in the key order of its page."""
    return PublishedRedemption(
        id=redemption.id,
        huggg_id=redemption.huggg_id,
        redeemed=redemption.redeemed,
        creation_at=iso_timestamp(redemption.created_at),
        updated_at=iso_timestamp(redemption.updated_at),
        location_id=redemption.location_id,
    )


def published_adjustment_codes(codes: AdjustmentCodes) -> PublishedAdjustmentCodes:
    """Write the adjustment codes."""
    return PublishedAdjustmentCodes(codes.product_id, codes.codes)
