"""The voucher as a value, and the rules for making one, without a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from huggg.hugggs.errors import HugggNotFound, HugggNotPicked, HugggNotYetSent
from huggg.hugggs.huggg import is_there_for
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id
from huggg.vouchers.errors import (
    CancelledHuggg,
    CannotReplace,
    ExpiredWithoutVoucher,
    NoIssuer,
    NoVoucher,
    RedeemedWithoutVoucher,
    SegmentDiffers,
    SegmentNeeded,
    SegmentOfAnotherProduct,
)
from huggg.vouchers.integrations import integration_of
from huggg.vouchers.integrations.integration import CodeOwner, Integration
from huggg.vouchers.issuers.issuer import IssuerConfig, IssuerKind, Need


@dataclass(frozen=True, slots=True)
class Voucher:
    """A code, and the huggg it belongs to."""

    id: UUID
    huggg_id: UUID
    segment_id: UUID | None
    code: str
    expires_at: datetime  # the code's own end, or its huggg's
    created_at: datetime | None
    updated_at: datetime
    time_zone: str  # of the brand
    pin: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The facts about a huggg that a decision about a voucher needs."""

    id: UUID
    sender_id: UUID
    receiver_id: UUID | None
    product_id: UUID
    awaits_pick: bool  # a choice, of which its receiver has yet to pick a product
    brand_id: UUID
    integration_id: int | None
    segment_ids: frozenset[UUID]  # of its product
    issuer: IssuerConfig | None  # configured for the brand or for the segment that is asked for
    shortcode: str
    value: int  # pence
    voucher_id: UUID | None
    voucher_segment_id: UUID | None  # None as well for a voucher of no segment
    voucher_expires_at: datetime | None
    replaces_ended: bool  # its pool is told to replace codes that ended
    redemption_id: UUID | None
    cancelled_at: datetime | None
    sent_at: datetime
    expires_at: datetime
    good_until: datetime  # the last instant of its code: that of its last day, or of the next one
    link: bytes  # its codes as they are sealed


@dataclass(frozen=True, slots=True)
class SegmentRequest:
    """The caller's `segmentId`; `id` is None for a text that cannot be one.

    `exclusive`: a voucher of another segment will not do, because a person chose on a page that does not
    name the segment of the code.
    """

    id: UUID | None
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class VoucherPlan:
    """The decision to make a voucher: its code's issuer and its need."""

    need: Need
    integration: Integration
    code: str  # for the sources that need no issuer
    issuer: IssuerConfig | None
    link: bytes  # the codes of the huggg as the decision read them, sealed
    replaces: UUID | None = None  # the voucher that gives way

    @property
    def pool_id(self) -> UUID | None:
        """Name the pool whose code is drawn; None where the code comes from elsewhere."""
        if self.issuer is None or self.issuer.kind is not IssuerKind.POOL:
            return None
        return self.need.segment_id or self.issuer.pool_id

    @property
    def asks_service(self) -> bool:
        """Tell whether the brand's own service issues the code."""
        return self.issuer is not None and self.issuer.kind is IssuerKind.HTTP


def decide_voucher(
    huggg: Subject | None, segment: SegmentRequest | None, *, caller: Caller, now: datetime
) -> VoucherPlan | None:
    """Plan a voucher; None for a huggg that has one.

    As published, that is returned in every later state, and for each segment that is asked for. A code
    that ended before its huggg is planned again if the policy of its pool replaces it.

    Raises, in this order, HugggNotFound (also for one that the caller may not show, or not yet),
    CancelledHuggg, SegmentDiffers, RedeemedWithoutVoucher, ExpiredWithoutVoucher, HugggNotYetSent,
    HugggNotPicked, SegmentOfAnotherProduct, NoIssuer, SegmentNeeded.
    """
    if huggg is None or not may_show(
        caller,
        sender_id=huggg.sender_id,
        receiver_id=huggg.receiver_id,
        sent_at=huggg.sent_at,
        now=now,
    ):
        raise HugggNotFound
    if huggg.cancelled_at is not None:
        raise CancelledHuggg
    if huggg.voucher_id is not None:
        if _has_another_segment(huggg, segment):
            raise SegmentDiffers
        return plan_replacement(huggg, now) if _gives_way(huggg, now) else None
    if huggg.redemption_id is not None:
        raise RedeemedWithoutVoucher
    if now >= huggg.expires_at:
        raise ExpiredWithoutVoucher
    if now < huggg.sent_at:
        raise HugggNotYetSent
    if huggg.awaits_pick:
        raise HugggNotPicked
    if segment is not None and segment.id not in huggg.segment_ids:
        raise SegmentOfAnotherProduct
    return _plan(huggg, segment.id if segment else None, now)


def decide_replacement(huggg: Subject | None, *, now: datetime) -> VoucherPlan:
    """Plan another code for a huggg that has one, for an operator.

    Raises HugggNotFound, CancelledHuggg, RedeemedWithoutVoucher, ExpiredWithoutVoucher, NoVoucher,
    CannotReplace, NoIssuer.
    """
    if huggg is None:
        raise HugggNotFound
    if huggg.cancelled_at is not None:
        raise CancelledHuggg
    if huggg.redemption_id is not None:
        raise RedeemedWithoutVoucher
    if now >= huggg.expires_at:
        raise ExpiredWithoutVoucher
    if huggg.voucher_id is None:
        raise NoVoucher
    return plan_replacement(huggg, now)


def plan_replacement(huggg: Subject, now: datetime) -> VoucherPlan:
    """Plan the code after the one that a huggg has. Raises CannotReplace, NoIssuer.

    It is reserved under an id of its own, as the huggg's is taken by the code that it has.
    """
    plan = _plan(huggg, huggg.voucher_segment_id, now)
    if plan.issuer is None:
        raise CannotReplace("This huggg's code is its own, or its brand takes none.")
    if plan.issuer.kind is IssuerKind.HTTP:
        raise CannotReplace("The brand's own service made this huggg's code, and has to replace it.")
    return replace(plan, need=replace(plan.need, huggg_id=new_id()), replaces=huggg.voucher_id)


def _has_another_segment(huggg: Subject, segment: SegmentRequest | None) -> bool:
    if segment is None or not segment.exclusive:
        return False
    return huggg.voucher_segment_id not in (None, segment.id)


def _gives_way(huggg: Subject, now: datetime) -> bool:
    """Tell whether the code has ended, while the huggg has not, and its pool replaces such codes."""
    has_ended = huggg.voucher_expires_at is not None and huggg.voucher_expires_at <= now
    return has_ended and huggg.replaces_ended and huggg.redemption_id is None and now < huggg.expires_at


def issuer_for(integration: Integration, configured: IssuerConfig | None) -> IssuerConfig:
    """Choose the issuer of the code. Raises NoIssuer."""
    if configured is not None:
        return configured
    if integration.issuer is None:
        raise NoIssuer
    return IssuerConfig(integration.issuer)


def _plan(huggg: Subject, segment_id: UUID | None, now: datetime) -> VoucherPlan:
    integration = integration_of(huggg.integration_id)
    issuer = None
    if integration.code_owner is CodeOwner.ISSUER:
        issuer = issuer_for(integration, huggg.issuer)
        if segment_id is None and integration.per_segment:
            raise SegmentNeeded
    need = Need(
        huggg_id=huggg.id,
        brand_id=huggg.brand_id,
        product_id=huggg.product_id,
        segment_id=segment_id,
        value=huggg.value,
        expires_at=huggg.good_until,
        now=now,
    )
    own_code = huggg.shortcode if integration.code_owner is CodeOwner.HUGGG else ""
    return VoucherPlan(need, integration, own_code, issuer, link=huggg.link)


def may_show(
    caller: Caller, *, sender_id: UUID, receiver_id: UUID | None, sent_at: datetime, now: datetime
) -> bool:
    """Let a trusted client speak for the holder of the link; a user is only ever themselves."""
    if not is_there_for(caller.user_id, sender_id=sender_id, sent_at=sent_at, now=now):
        return False
    if caller.user_id is None:
        return caller.shows_hugggs
    return caller.user_id in (sender_id, receiver_id)
