"""The one table from refusals to HTTP: what went wrong is decided elsewhere, what it looks like here.

Every error of the API is `{"error": "<sentence>"}`. Statuses with a source are published; where no
page says anything, the status is what HTTP means by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, TypeVar

from huggg.catalogue.errors import BadCatalogue, BrandNotFound, ProductNotFound
from huggg.http.web import Response, encode
from huggg.hugggs.errors import HugggAlreadyClaimed, HugggNotFound, HugggNotYetSent
from huggg.identity.errors import (
    BasicUnproven,
    InvalidClient,
    NameTaken,
    OAuthRefusal,
    TeamNotFound,
)
from huggg.identity.rfc import OF_TOKENS
from huggg.kit.errors import (
    Forbidden,
    Invalid,
    Malformed,
    Refusal,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UserNeeded,
)
from huggg.kit.idempotency import Answer, KeyReused, StillRunning
from huggg.payments.errors import (
    BadSignature,
    CardDeclined,
    CardNotYours,
    CardsNotTaken,
    CardTaken,
    ProcessorSilent,
    UnknownCard,
)
from huggg.redemptions.errors import (
    AlreadyUnredeemed,
    CannotRedeem,
    CannotUnredeem,
    HugggAlreadyRedeemed,
    HugggCancelled,
    HugggExpired,
    InvalidLocation,
    NoAdjustmentOnceRedeemed,
    NotTheLatest,
    RedemptionNotFound,
)
from huggg.transactions.errors import NotForSale, TransactionNotFound, UnknownReceiver
from huggg.vouchers.errors import (
    BadCodes,
    CancelledHuggg,
    CannotReplace,
    ExpiredWithoutVoucher,
    IssuerRefused,
    NoIssuer,
    NothingToReissue,
    NoVoucher,
    PoolEmpty,
    RedeemedWithoutVoucher,
    SegmentDiffers,
    SegmentNeeded,
    SegmentOfAnotherProduct,
    UnknownScope,
)
from huggg.wallets.errors import (
    InsufficientFunds,
    ReferenceUsed,
    TooLittleAvailable,
    WalletNotFound,
    WalletNotYours,
)

STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    BadSignature: 400,
    OAuthRefusal: 400,  # RFC 6749, of forms
    InvalidClient: 401,  # likewise
    Unauthenticated: 401,  # published, all endpoints
    InsufficientFunds: 402,
    CardDeclined: 402,
    Forbidden: 403,  # published, user login
    WalletNotYours: 403,
    CardNotYours: 403,
    CannotRedeem: 403,  # published, redeem and adjustment codes
    CannotUnredeem: 403,  # published, unredeem
    HugggNotFound: 404,  # published
    RedemptionNotFound: 404,  # published, without its words
    TransactionNotFound: 404,
    BrandNotFound: 404,
    ProductNotFound: 404,
    WalletNotFound: 404,
    TeamNotFound: 404,
    UnknownScope: 404,
    NoVoucher: 404,
    UnknownCard: 404,
    HugggAlreadyRedeemed: 405,  # published, redeem; we would have said 409
    HugggCancelled: 405,
    HugggExpired: 405,  # published, redeem
    RedeemedWithoutVoucher: 405,
    CancelledHuggg: 405,
    ExpiredWithoutVoucher: 405,
    HugggNotYetSent: 405,
    StillRunning: 409,
    HugggAlreadyClaimed: 409,
    NameTaken: 409,
    CardTaken: 409,
    ReferenceUsed: 409,
    TooLittleAvailable: 409,
    PoolEmpty: 409,
    NoIssuer: 409,
    IssuerRefused: 409,
    NothingToReissue: 409,
    CannotReplace: 409,
    SegmentDiffers: 409,
    InvalidLocation: 422,  # published, redeem
    NoAdjustmentOnceRedeemed: 422,  # published, adjustment codes
    NotTheLatest: 422,
    AlreadyUnredeemed: 422,
    Invalid: 422,
    NotForSale: 422,
    CardsNotTaken: 422,
    UnknownReceiver: 422,
    KeyReused: 422,
    BadCatalogue: 422,
    BadCodes: 422,
    SegmentNeeded: 422,
    SegmentOfAnotherProduct: 422,
    TooManyRequests: 429,
    Unavailable: 503,
    ProcessorSilent: 503,
}

BASIC = {"WWW-Authenticate": 'Basic realm="huggg", charset="UTF-8"'}

HINT = "Huggg-Hint"
"""What there is to say beside a published sentence, which clients compare to the letter."""

HEADERS: dict[type[Refusal], dict[str, str]] = {
    UserNeeded: {HINT: "This takes a user's access token or an API key, and a client's came."},
    OAuthRefusal: OF_TOKENS,
    InvalidClient: OF_TOKENS | BASIC,
    BasicUnproven: BASIC,
    Unauthenticated: {"WWW-Authenticate": "Bearer"},
    StillRunning: {"Retry-After": "1"},
    Unavailable: {"Retry-After": "1"},
}

PLAIN_SENTENCES = {
    400: "Host: must be one host name.",
    404: "Not found.",
    405: "Method not allowed.",
    413: "The body is larger than 1 MB.",
    414: "The address is longer than 16 KB.",
    500: "Something went wrong on our side.",
}
"""What is said where no rule of ours was broken."""

GONE = 499
"""What is noted when the caller hung up before they were answered; nobody ever receives it."""

T = TypeVar("T")


def status_of(kind: type[Refusal]) -> int:
    """Give the status of a kind of refusal: its own, or that of the nearest one above it."""
    return _nearest(STATUS, kind, 500)


class CallerGoneError(Exception):
    """The caller hung up while we were still listening."""


class TooLargeError(Exception):
    """The body is larger than any that we read."""


def refused(refusal: Refusal) -> Answer:
    """Turn a refusal into the answer its caller gets."""
    return Answer(status_of(type(refusal)), encode(refusal.told(str(refusal))))


def headers_of(refusal: Refusal) -> dict[str, str]:
    """Give the headers that go with it."""
    if isinstance(refusal, TooManyRequests):
        return {"Retry-After": str(max(1, ceil(refusal.wait_seconds)))}
    return _nearest(HEADERS, type(refusal), {})


def said(status: int) -> bytes:
    """Write the body of an error that is no refusal of a rule."""
    return encode({"error": PLAIN_SENTENCES.get(status, "Bad request.")})


def refusal_response(refusal: Refusal) -> Response:
    """Answer a refusal."""
    answer = refused(refusal)
    return Response(answer.body, answer.status, headers=headers_of(refusal))


def error_response(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Answer what no rule refuses."""
    return Response(said(status), status, headers=headers or {})


def _nearest(table: Mapping[Any, T], kind: type[Refusal], default: T) -> T:
    """Look a refusal up by its own class, or else by the nearest one above it."""
    return next((table[above] for above in kind.__mro__ if above in table), default)
