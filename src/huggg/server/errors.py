"""The one table from refusals to HTTP: what went wrong is decided elsewhere, what it looks like here.

Every error of the API is `{"error": "<sentence>"}`. Statuses with a source are published; where no
page says anything, the status is what HTTP means by it.
"""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from huggg.catalogue.errors import BadCatalogue
from huggg.hugggs.errors import HugggAlreadyClaimed, HugggNotFound
from huggg.identity.errors import NameTaken
from huggg.kit.errors import Forbidden, Invalid, Malformed, Refusal, Unauthenticated, Unavailable
from huggg.kit.idempotency import Answer, KeyReused, StillRunning
from huggg.kit.web import JSON, encode
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
from huggg.wallets.errors import InsufficientFunds, WalletNotFound, WalletNotYours

STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    Unauthenticated: 401,  # published, all endpoints
    InsufficientFunds: 402,
    Forbidden: 403,  # published, user login
    WalletNotYours: 403,
    CannotRedeem: 403,  # published, redeem and adjustment codes
    CannotUnredeem: 403,  # published, unredeem
    HugggNotFound: 404,  # published
    RedemptionNotFound: 404,  # published, without its words
    TransactionNotFound: 404,
    WalletNotFound: 404,
    HugggAlreadyRedeemed: 405,  # published, redeem; we would have said 409
    HugggCancelled: 405,
    HugggExpired: 405,  # published, redeem
    StillRunning: 409,
    HugggAlreadyClaimed: 409,
    NameTaken: 409,
    InvalidLocation: 422,  # published, redeem
    NoAdjustmentOnceRedeemed: 422,  # published, adjustment codes
    NotTheLatest: 422,
    AlreadyUnredeemed: 422,
    Invalid: 422,
    NotForSale: 422,
    UnknownReceiver: 422,
    KeyReused: 422,
    BadCatalogue: 422,
    Unavailable: 503,
}

HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    409: {"Retry-After": "1"},
    503: {"Retry-After": "1"},
}

FRAMEWORK_SENTENCES = {
    404: "Not found.",
    405: "Method not allowed.",
    413: "The body is larger than 1 MB.",
}

log = structlog.get_logger()


def status_of(refusal: type[Refusal]) -> int:
    """Look a refusal up by the nearest class in the table."""
    return next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)


def refused(refusal: Refusal) -> Answer:
    """Turn a refusal into the answer its caller gets."""
    return Answer(status_of(type(refusal)), encode({"error": str(refusal)}))


def on_refusal(_: Request[Any, Any, Any], refusal: Refusal) -> Response[bytes]:
    """Answer a refusal."""
    answer = refused(refusal)
    return _response(answer.status, answer.body)


def on_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what the framework refuses before any route sees it."""
    status = error.status_code
    if status >= 500:  # noqa: PLR2004 - server errors
        return on_exception(_, error)
    sentence = FRAMEWORK_SENTENCES.get(status, "Bad request.")
    return _response(status, encode({"error": sentence}), error.headers)


def on_exception(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a defect of ours; the log has the rest, the caller nothing to exploit."""
    log.error("unexpected error", exc_info=error)
    return _response(500, encode({"error": "Something went wrong on our side."}))


def _response(status: int, body: bytes, headers: Any = None) -> Response[bytes]:  # noqa: ANN401
    merged = {**HEADERS.get(status, {}), **(headers or {})}
    return Response(body, status_code=status, media_type=JSON, headers=merged)
