"""Vouchers: the hugggs that get one, its kind, and the order of refusals; no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from huggg.hugggs.errors import HugggNotFound, HugggNotYetSent
from huggg.identity.caller import Caller
from huggg.kit.ids import new_id
from huggg.refusal import Refusal
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
from huggg.vouchers.integrations import INTEGRATIONS, integration_of
from huggg.vouchers.integrations.integration import CodeOwner, Moment, Symbol
from huggg.vouchers.issuers.issuer import IssuerConfig, IssuerKind, Need
from huggg.vouchers.voucher import (
    SegmentRequest,
    Subject,
    VoucherPlan,
    decide_replacement,
    decide_voucher,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SEGMENT = new_id()
SENDER = new_id()

HUGGG = Subject(
    id=new_id(),
    sender_id=SENDER,
    receiver_id=None,
    product_id=new_id(),
    awaits_pick=False,
    brand_id=new_id(),
    integration_id=4,
    segment_ids=frozenset({SEGMENT}),
    issuer=None,
    shortcode="jcsk2df4sphbgl7f",
    value=350,
    voucher_id=None,
    voucher_segment_id=None,
    voucher_expires_at=None,
    replaces_ended=False,
    redemption_id=None,
    cancelled_at=None,
    sent_at=NOW,
    expires_at=NOW + timedelta(days=1),
    good_until=NOW + timedelta(days=1),
    link=b"sealed",
)
LATER = replace(HUGGG, sent_at=NOW + timedelta(microseconds=1))
OWNER = Caller("app", SENDER)


def decide(huggg: Subject | None, segment: SegmentRequest | None = None, caller: Caller = OWNER) -> Any:
    return decide_voucher(huggg, segment, caller=caller, now=NOW)


def test_refusals_in_the_order_in_which_they_win() -> None:
    worst = replace(
        HUGGG,
        integration_id=8,
        redemption_id=new_id(),
        cancelled_at=NOW,
        expires_at=NOW,
    )
    foreign, stranger = SegmentRequest(new_id()), Caller("app", new_id())
    cases: list[tuple[Subject | None, SegmentRequest | None, Caller, type[Refusal]]] = [
        (None, foreign, stranger, HugggNotFound),
        (worst, foreign, stranger, HugggNotFound),
        (worst, foreign, OWNER, CancelledHuggg),
        (replace(worst, cancelled_at=None), foreign, OWNER, RedeemedWithoutVoucher),
        (replace(HUGGG, expires_at=NOW), foreign, OWNER, ExpiredWithoutVoucher),
        (replace(LATER, expires_at=NOW), foreign, OWNER, ExpiredWithoutVoucher),
        (replace(LATER, integration_id=8), foreign, OWNER, HugggNotYetSent),
        (replace(HUGGG, integration_id=8), foreign, OWNER, SegmentOfAnotherProduct),
        (replace(HUGGG, integration_id=8), None, OWNER, NoIssuer),
        (HUGGG, None, OWNER, SegmentNeeded),
        (HUGGG, SegmentRequest(None), OWNER, SegmentOfAnotherProduct),
    ]
    for huggg, segment, caller, refusal in cases:
        with pytest.raises(refusal):
            decide(huggg, segment, caller)


def test_a_voucher_that_exists_is_returned_whatever_befell_the_huggg() -> None:
    has = replace(HUGGG, voucher_id=new_id(), redemption_id=new_id(), expires_at=NOW)
    assert decide(has, SegmentRequest(new_id())) is None


@pytest.mark.parametrize("voucher_id", [None, new_id()])
def test_a_scheduled_huggg_is_not_there_for_its_receiver_nor_for_a_client_that_shows_it(
    voucher_id: Any,
) -> None:
    receiver = Caller("app", new_id())
    huggg = replace(HUGGG, receiver_id=receiver.user_id, voucher_id=voucher_id)
    for caller in (receiver, Caller("page", shows_hugggs=True)):
        decide(huggg, SegmentRequest(SEGMENT), caller)
        with pytest.raises(HugggNotFound):
            decide(replace(huggg, sent_at=LATER.sent_at), SegmentRequest(SEGMENT), caller)


def test_its_sender_is_shown_the_voucher_that_a_scheduled_huggg_was_born_with() -> None:
    assert decide(replace(LATER, voucher_id=new_id())) is None


@pytest.mark.parametrize(
    ("integration", "code_owner", "moment", "symbol"),
    [
        (1, CodeOwner.ISSUER, Moment.PURCHASE, Symbol.NUMBER),
        (2, CodeOwner.NONE, Moment.ACTIVATION, Symbol.PIN_PAD),
        (3, CodeOwner.ISSUER, Moment.PURCHASE, Symbol.QR),
        (4, CodeOwner.ISSUER, Moment.ACTIVATION, Symbol.QR),
        (5, CodeOwner.HUGGG, Moment.ACTIVATION, Symbol.QR),
        (6, CodeOwner.HUGGG, Moment.ACTIVATION, Symbol.BARCODE),
    ],
)
def test_each_integration_gets_its_code_at_its_moment(
    integration: int, code_owner: CodeOwner, moment: Moment, symbol: Symbol
) -> None:
    entry = INTEGRATIONS[integration]
    assert (entry.code_owner, entry.moment, entry.shown_as) == (
        code_owner,
        moment,
        symbol,
    )


def test_the_need_of_an_issuer_is_all_that_the_huggg_says_of_its_code() -> None:
    plan = decide(HUGGG, SegmentRequest(SEGMENT))
    need = Need(
        huggg_id=HUGGG.id,
        brand_id=HUGGG.brand_id,
        product_id=HUGGG.product_id,
        segment_id=SEGMENT,
        value=350,
        expires_at=HUGGG.good_until,
        now=NOW,
    )
    issuer = IssuerConfig(IssuerKind.POOL)
    assert plan == VoucherPlan(need, INTEGRATIONS[4], code="", issuer=issuer, link=b"sealed")


def test_a_huggg_that_shows_its_own_code_asks_no_issuer() -> None:
    assert (
        decide(replace(HUGGG, integration_id=5, issuer=IssuerConfig(IssuerKind.MINTED))).issuer is None
    )


def test_above_six_an_issuer_has_to_be_configured() -> None:
    assert integration_of(9).issuer is None
    minted = IssuerConfig(IssuerKind.MINTED)
    assert decide(replace(HUGGG, integration_id=9, issuer=minted)).issuer == minted


def test_only_the_epos_integrations_show_the_shortcode() -> None:
    codes = {n: decide(replace(HUGGG, integration_id=n)).code for n in (2, 5, 6)}
    assert codes == {2: "", 5: HUGGG.shortcode, 6: HUGGG.shortcode}


def test_a_trusted_client_shows_hugggs_on_its_own_behalf_only() -> None:
    segment = SegmentRequest(SEGMENT)
    assert decide(HUGGG, segment, Caller("page", shows_hugggs=True)) is not None
    for caller in (Caller("page"), Caller("page", new_id(), shows_hugggs=True)):
        with pytest.raises(HugggNotFound):
            decide(HUGGG, segment, caller)


# Another code ------------------------------------------------------------------------------------

HAS = replace(HUGGG, voucher_id=new_id(), voucher_segment_id=SEGMENT)
ENDED = replace(HAS, voucher_expires_at=NOW, replaces_ended=True)
A_MOMENT = timedelta(microseconds=1)


def test_refusals_of_another_code_in_the_order_in_which_they_win() -> None:
    worst = replace(HUGGG, cancelled_at=NOW, redemption_id=new_id(), expires_at=NOW)
    cases: list[tuple[Subject | None, type[Refusal]]] = [
        (None, HugggNotFound),
        (worst, CancelledHuggg),
        (replace(worst, cancelled_at=None), RedeemedWithoutVoucher),
        (replace(HUGGG, expires_at=NOW), ExpiredWithoutVoucher),
        (HUGGG, NoVoucher),
        (replace(HAS, integration_id=8), NoIssuer),
        (replace(HAS, voucher_segment_id=None), SegmentNeeded),
    ]
    for huggg, refusal in cases:
        with pytest.raises(refusal):
            decide_replacement(huggg, now=NOW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"integration_id": 5}, "This huggg's code is its own, or its brand takes none."),
        ({"integration_id": 2}, "This huggg's code is its own, or its brand takes none."),
        (
            {"issuer": IssuerConfig(IssuerKind.HTTP)},
            "The brand's own service made this huggg's code, and has to replace it.",
        ),
    ],
)
def test_codes_that_are_not_ours_to_give_are_not_replaced(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CannotReplace) as refused:
        decide_replacement(replace(HAS, **changes), now=NOW)
    assert str(refused.value) == sentence


def test_another_code_is_asked_for_as_the_first_was_but_under_an_id_of_its_own() -> None:
    first, another = decide(HUGGG, SegmentRequest(SEGMENT)), decide_replacement(HAS, now=NOW)
    assert another.replaces == HAS.voucher_id
    assert another.need.huggg_id != HAS.id
    assert replace(another, need=replace(another.need, huggg_id=HAS.id), replaces=None) == first


def test_a_code_that_ended_before_its_huggg_gives_way_where_its_pool_is_told() -> None:
    assert decide(ENDED).replaces == HAS.voucher_id
    assert decide(replace(ENDED, voucher_expires_at=NOW - A_MOMENT)).replaces == HAS.voucher_id


@pytest.mark.parametrize(
    "changes",
    [
        {"voucher_expires_at": None},
        {"voucher_expires_at": NOW + A_MOMENT},
        {"replaces_ended": False},
        {"redemption_id": new_id()},
        {"expires_at": NOW},
    ],
    ids=["without an end", "not over", "not told to", "redeemed", "huggg over"],
)
def test_any_other_code_stays(changes: dict[str, Any]) -> None:
    assert decide(replace(ENDED, **changes)) is None


@pytest.mark.parametrize("segment_id", [SEGMENT, new_id(), None], ids=["its own", "another", "no GUID"])
def test_a_voucher_that_exists_is_returned_for_any_segment(segment_id: UUID | None) -> None:
    request = SegmentRequest(segment_id)
    assert decide(HAS, request) is None
    assert decide(replace(HAS, voucher_segment_id=None), request) is None


def test_a_person_who_chose_another_segment_gets_no_code_of_this_one() -> None:
    with pytest.raises(SegmentDiffers):
        decide(HAS, SegmentRequest(new_id(), exclusive=True))
    assert decide(HAS, SegmentRequest(SEGMENT, exclusive=True)) is None
    assert decide(replace(HAS, voucher_segment_id=None), SegmentRequest(SEGMENT, exclusive=True)) is None
