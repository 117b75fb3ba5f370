"""Every refusal has a status and a sentence; the published ones are spelt as they are published."""

from __future__ import annotations

import pytest

from huggg.hugggs.errors import HugggNotFound
from huggg.kit.errors import Forbidden, Unauthenticated
from huggg.redemptions.errors import (
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggExpired,
    InvalidLocation,
    NoAdjustmentOnceRedeemed,
)
from huggg.refusal import Kind, Refusal
from huggg.server.errors import REFUSALS, STATUS
from tests.support.refusals import all_refusals

PUBLISHED: dict[type[Refusal], tuple[int, str]] = {
    Unauthenticated: (401, "Authentication failed."),
    Forbidden: (403, "Forbidden."),
    CannotRedeem: (403, "Cannot redeem this huggg."),
    CannotUnredeem: (403, "Cannot unredeem this huggg."),
    HugggNotFound: (404, "huggg not found"),
    HugggAlreadyRedeemed: (405, "huggg already redeemed."),
    HugggExpired: (405, "huggg is expired and cannot be redeemed."),
    NoAdjustmentOnceRedeemed: (422, "huggg already redeemed."),
    InvalidLocation: (422, "Invalid location."),
}
"""Copied from the published pages, full stops and all."""


STATUSES = {
    "Malformed": 400,
    "BadSignature": 400,
    "OAuthRefusal": 400,
    "InvalidClient": 401,
    "Unauthenticated": 401,
    "InsufficientFunds": 402,
    "CardDeclined": 402,
    "Forbidden": 403,
    "WalletNotYours": 403,
    "CardNotYours": 403,
    "CannotRedeem": 403,
    "CannotUnredeem": 403,
    "HugggNotFound": 404,
    "HugggAlreadyRedeemed": 405,
    "HugggCancelled": 405,
    "HugggExpired": 405,
    "RedeemedWithoutVoucher": 405,
    "CancelledHuggg": 405,
    "ExpiredWithoutVoucher": 405,
    "HugggNotYetSent": 405,
    "StillRunning": 409,
    "HugggAlreadyClaimed": 409,
    "PoolEmpty": 409,
    "InvalidLocation": 422,
    "NoAdjustmentOnceRedeemed": 422,
    "NotTheLatest": 422,
    "Invalid": 422,
    "LoginBusy": 503,
    "TooManyRequests": 429,
    "ProcessorSilent": 503,
    "TooManyWaiting": 503,
}
"""Statuses that callers rely on, by the class of the refusal."""


def test_every_kind_has_a_status_of_refusals() -> None:
    assert set(STATUS) == set(Kind)
    assert {status for status in STATUS.values() if not (400 <= status < 500 or status == 503)} == set()


def test_a_refusal_without_a_kind_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="Forgotten names no kind"):
        type("Forgotten", (Refusal,), {})


def test_every_refusal_says_why_it_exists() -> None:
    refusals = all_refusals()
    assert len(refusals) > 25
    assert [refusal for refusal in refusals if not refusal.__doc__] == []


def test_statuses_stay_as_they_are() -> None:
    statuses = {refusal.__name__: REFUSALS.status_of(refusal) for refusal in all_refusals()}
    assert {name: statuses[name] for name in STATUSES} == STATUSES


def test_a_status_of_its_own_is_another_than_that_of_its_kind() -> None:
    assert [each for each, status in REFUSALS.published.items() if status == STATUS[each.kind]] == []


@pytest.mark.parametrize("kind", PUBLISHED)
def test_a_published_refusal_is_spelt_as_published(kind: type[Refusal]) -> None:
    status, sentence = PUBLISHED[kind]
    answer = REFUSALS.answer(kind())
    assert answer.status == status
    assert answer.body == b'{"error":"' + sentence.encode() + b'"}'
