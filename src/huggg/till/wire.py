"""The till's own calls on the wire. All of it is ours: no published page knows them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from huggg.http.published import Guid, IsoTimestamp, Pence
from huggg.kit.clock import iso_timestamp
from huggg.kit.idempotency import KeyOutcome
from huggg.redemptions.reverse import Reversal
from huggg.redemptions.search import ListedRedemption
from huggg.redemptions.till_view import StandingHold, TillView, VoucherClass
from huggg.redemptions.wire import PublishedRedemption, published_redemption

UNKNOWN = "unknown"


class PublishedTillProduct(Struct):
    """The product of a huggg, as a till shows it."""

    id: Guid
    label: Annotated[str | None, Meta(examples=["Coffee & Cake"])]


class PublishedVat(Struct):
    """The VAT of a huggg; `unknown` where the product's data lack it."""

    class_: Annotated[
        str, Meta(examples=["single"], extra_json_schema={"enum": ["single", "multi", UNKNOWN]})
    ] = msgspec.field(name="class")
    rate: Annotated[
        float | str | None,
        Meta(description="Percent, or `unknown`; null of a multi-purpose one.", examples=[20]),
    ]
    country: Annotated[
        str | None, Meta(description="`unknown`, or null of a multi-purpose one.", examples=[UNKNOWN])
    ]
    consideration: Annotated[Pence, Meta(description="The price last paid for it, VAT included.")]


class PublishedStandingHold(Struct):
    """The hold that stands. A till sees only the end of another merchant's hold."""

    id: Guid | None
    location_id: str | None
    reference: str | None
    ends_at: IsoTimestamp


class PublishedTillView(Struct):
    """A huggg as a till sees it."""

    id: Guid
    redeemable: Annotated[bool, Meta(examples=[True])]
    reason: Annotated[
        str | None,
        Meta(description="The sentence that would refuse a redemption here now.", examples=[None]),
    ]
    location_id: Annotated[str | None, Meta(examples=["bristol17"])]
    product: PublishedTillProduct
    adjustment_codes: Annotated[list[str], Meta(examples=[["one", "two", "three"]])]
    value: Pence
    currency: Annotated[str, Meta(examples=["GBP"])]
    treatment: Annotated[
        str,
        Meta(
            description="`tender`: ring the goods up with VAT. `discount`: the huggg is already taxed.",
            examples=["discount"],
            extra_json_schema={"enum": ["tender", "discount", UNKNOWN]},
        ),
    ]
    vat: PublishedVat
    expires_at: Annotated[
        IsoTimestamp, Meta(description="The huggg can be redeemed before this instant.")
    ]
    hold: PublishedStandingHold | None
    redemption: Annotated[
        PublishedRedemption | None,
        Meta(description="The redemption that stands, if it is this merchant's."),
    ]


class PublishedReversal(Struct):
    """A redemption under the till's own id that does not stand, and never will."""

    id: Guid
    huggg_id: Guid
    state: Annotated[
        str,
        Meta(
            description="`reversed`: it was taken back. `forestalled`: it never stood.",
            examples=["reversed"],
            extra_json_schema={"enum": ["reversed", "forestalled"]},
        ),
    ]
    reversed_at: IsoTimestamp


class PublishedKey(Struct):
    """The outcome of the requests with an idempotency key."""

    id: Annotated[str, Meta(description="The key.", examples=["order-2026-0117"])]
    state: Annotated[
        str,
        Meta(
            description=(
                "`answered`: with `status` and `answer`. `running`: an attempt is under way."
                " `interrupted`: no effect is recorded; send the request again."
            ),
            examples=["answered"],
            extra_json_schema={"enum": ["answered", "running", "interrupted"]},
        ),
    ]
    status: Annotated[int | None, Meta(examples=[201])]
    answer: Annotated[
        dict[str, Any] | None, Meta(description="The body of the answer.", examples=[{"data": {}}])
    ]
    created_at: IsoTimestamp


class PublishedListedRedemption(PublishedRedemption):
    """A redemption in a merchant's list, with the facts about its sale."""

    product_id: Guid
    product: Annotated[str | None, Meta(description="The product's label.", examples=["Coffee & Cake"])]
    value: Pence
    currency: Annotated[str, Meta(examples=["GBP"])]
    reference: Annotated[
        str | None, Meta(description="The till's own reference of the sale.", examples=["A-1042"])
    ]
    receipt_number: Annotated[str | None, Meta(examples=["000317"])]
    staff: Annotated[
        str | None,
        Meta(description="The clerk, as the till named them, or else the user's name.", examples=["17"]),
    ]
    amount: Annotated[
        int | None, Meta(description="The whole sale as it was rung up, in pence.", examples=[780])
    ]


def published_listed_redemption(entry: ListedRedemption) -> PublishedListedRedemption:
    """Write a redemption of a merchant's list."""
    sale = entry.redemption.sale
    return PublishedListedRedemption(
        **msgspec.structs.asdict(published_redemption(entry.redemption)),
        product_id=entry.product_id,
        product=entry.product,
        value=entry.value,
        currency=entry.currency,
        reference=sale.reference,
        receipt_number=sale.receipt_number,
        staff=entry.staff,
        amount=sale.amount,
    )


def published_till_view(view: TillView) -> PublishedTillView:
    """Write a huggg as a till sees it."""
    return PublishedTillView(
        id=view.huggg.id,
        redeemable=view.reason is None,
        reason=None if view.reason is None else str(view.reason),
        location_id=view.location_id,
        product=PublishedTillProduct(view.huggg.product_id, view.product_label),
        adjustment_codes=view.adjustment_codes,
        value=view.value,
        currency=view.currency,
        treatment=view.treatment.value,
        vat=_vat(view),
        expires_at=iso_timestamp(view.huggg.expires_at),
        hold=None if view.hold is None else _hold(view.hold),
        redemption=None if view.redemption is None else published_redemption(view.redemption),
    )


def _vat(view: TillView) -> PublishedVat:
    is_multi = view.vat.voucher_class is VoucherClass.MULTI
    rate = view.vat.rate
    return PublishedVat(
        class_=view.vat.voucher_class.value,
        rate=None if is_multi else UNKNOWN if rate is None else int(rate) if rate == int(rate) else rate,
        country=None if is_multi else UNKNOWN,
        consideration=view.value,
    )


def _hold(hold: StandingHold) -> PublishedStandingHold:
    return PublishedStandingHold(
        id=hold.id,
        location_id=hold.location_id,
        reference=hold.reference,
        ends_at=iso_timestamp(hold.ends_at),
    )


def published_reversal(reversal: Reversal) -> PublishedReversal:
    """Write a reversal."""
    return PublishedReversal(
        id=reversal.id,
        huggg_id=reversal.huggg_id,
        state=reversal.state.value,
        reversed_at=iso_timestamp(reversal.at),
    )


def published_key(key: str, outcome: KeyOutcome) -> PublishedKey:
    """Write the outcome of a key."""
    answer, state = outcome.answer, "running" if outcome.is_running else "interrupted"
    return PublishedKey(
        id=key,
        state=state if answer is None else "answered",
        status=None if answer is None else answer.status,
        answer=None if answer is None else msgspec.json.decode(answer.body),
        created_at=iso_timestamp(outcome.created_at),
    )
