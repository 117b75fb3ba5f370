"""The table from refusals to HTTP: a status for each kind, and the published exceptions of the nouns.

An exception has its source in the noun's `wire.py`. Every other status is the one that HTTP defines for
the kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from huggg.http.errors import Refusals
from huggg.hugggs.wire import STATUSES as OF_HUGGGS
from huggg.identity.rfc import HEADERS as OF_IDENTITY
from huggg.kit.idempotency import StillRunning
from huggg.redemptions.wire import STATUSES as OF_REDEMPTIONS
from huggg.refusal import Kind, Refusal, Unavailable
from huggg.vouchers.wire import STATUSES as OF_VOUCHERS

STATUS = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,  # published, every endpoint
    Kind.UNPAID: 402,
    Kind.FORBIDDEN: 403,  # published, user login
    Kind.NOT_FOUND: 404,  # published
    Kind.CONFLICT: 409,
    Kind.INVALID: 422,  # published, redeem
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}

HEADERS: dict[type[Refusal], Mapping[str, str]] = {
    **OF_IDENTITY,
    StillRunning: {"Retry-After": "1"},
    Unavailable: {"Retry-After": "1"},
}

REFUSALS = Refusals(STATUS, {**OF_HUGGGS, **OF_REDEMPTIONS, **OF_VOUCHERS}, HEADERS)
